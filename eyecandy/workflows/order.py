"""What is to be painted: a recipe with its options, pictures and network, whoever asks for it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eyecandy.arguments import check_integer, check_one_of
from eyecandy.art.core.assignment import check_paintings, files, is_file_name, painting_of
from eyecandy.art.recipes import Preset, Recipe
from eyecandy.workflows.command import Knobs, spelled
from eyecandy.workflows.network import Network, PaintingNetwork

if TYPE_CHECKING:
    from eyecandy.art.output.painting import Viewing
    from eyecandy.backbone.model import Backbone


@dataclass
class Order:
    """What is to be painted.

    Attributes:
        recipe: how.
        knobs: the options that were given; pictures among them are paths.
        paintings: the pictures besides the photo, as "painting.jpg" or "painting.jpg:0.5".
        preset: the name of one of the recipe's; options beside it win.
        network: which one paints.
        zoom: the frames of the film that falls into the finished picture.
    """

    recipe: Recipe
    knobs: Knobs = field(default_factory=dict)
    paintings: Sequence[str] = ()
    preset: str | None = None
    network: Network = field(default_factory=PaintingNetwork)
    zoom: int | None = None

    def check(self) -> None:
        """Says what is wrong before anything heavy is started: a picture that cannot be read, no frames.

        Raises:
            EyecandyError: then.
        """
        from eyecandy import images  # here: --help does without NumPy

        if self.zoom is not None:
            check_integer("zoom", self.zoom, 1)
        if self.recipe.regions:
            check_paintings(self.knobs.get("region"), self.paintings)
        for path in (*self.painting_files, self.knobs.get("guide")):
            if path is not None:
                images.load(path)
        for path in self.masks:
            if is_file_name(path):
                images.load(path)

    @property
    def painting_files(self) -> list[str]:
        """The paintings without their weights and parts, those of regions among them."""
        return [painting_of(name)[0] for name in self.paintings] + files(self.knobs.get("region"))[0]

    @property
    def masks(self) -> list[str]:
        """What regions, and parts of paintings, are called: a mask's path, or else a word or a box."""
        parts = [part for _, part, _ in map(painting_of, self.paintings) if part is not None]
        return parts + files(self.knobs.get("region"))[1]

    @property
    def inputs(self) -> list[str | Path]:
        """What pictures are made of besides the photos: paintings, a guide, a mask, a picture to begin with."""
        named = (*(self.knobs.get(name) for name in ("guide", "init")), *self.masks)
        there = [Path(each) for each in named if isinstance(each, str | Path) and Path(each).is_file()]
        return [*self.painting_files, *there]

    def command(self, photos: Sequence[str]) -> str:
        """The command line that does the same, but for the network and where the picture goes."""
        words, more = [*photos], [word for name in self.paintings for word in ("--painting", name)]
        if self.recipe.takes_paintings == "needed":
            words = [*photos[:1], *self.paintings]
            more = [word for name in photos[1:] for word in ("--photo", name)]
        if self.recipe.photo_flag is not None:
            words, more = [], [word for name in photos for word in (self.recipe.photo_flag, name)]
        preset = [] if self.preset is None else ["--preset", self.preset]
        return spelled([self.recipe.name, *words, *more, *preset], self.knobs, self.recipe.options)

    def signed(self, photos: Sequence[str]) -> dict[str, Any]:
        """What records hold of an order beside the recipe's own."""
        zoom = {} if self.zoom is None else {"zoom": self.zoom}
        return {"command": self.command(photos), "network": self.network.record(), **zoom}

    @property
    def options(self) -> dict[str, Any]:
        """Those of the preset, and those given, which win."""
        return {**preset_of(self.recipe, self.preset).options, **self.knobs}

    def make(
        self, photo: Any, backbone: "Backbone", viewing: "Viewing", *directory: Path, paintings: Any = None, **more: Any
    ) -> Any:
        """What the recipe makes of a photo.

        Args:
            photo: None where the recipe can begin without.
            backbone: the network of the order, opened.
            viewing: who watches.
            directory: for a recipe that makes a folder.
            paintings: instead of the order's own names.
            more: for a recipe that makes a folder.

        Raises:
            EyecandyError: as the recipe.
        """
        painted = list(self.paintings) if paintings is None else paintings
        return self.recipe.run(photo, painted, *directory, backbone=backbone, viewing=viewing, **more, **self.options)


def preset_of(recipe: Recipe, name: str | None) -> Preset:
    """A recipe's preset; one that changes nothing for None.

    Raises:
        EyecandyError: it has none of this name.
    """
    return Preset({}) if name is None else recipe.presets[check_one_of("preset", name, list(recipe.presets))]
