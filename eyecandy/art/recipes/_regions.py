"""Which part of a photo takes which paintings, or which parts of them: the objective of style, region by region."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import cv2
import numpy as np

from eyecandy._tensorflow import tf
from eyecandy.art.core import objectives
from eyecandy.art.core.canvas import to_uint8
from eyecandy.art.core.guided import Guide
from eyecandy.art.core.objectives import Objective
from eyecandy.art.core.palette import Palette, recoloured
from eyecandy.art.core.scales import Size
from eyecandy.art.core.sources import Source
from eyecandy.art.large import stream
from eyecandy.art.output.partition import Partition, partition, scaled
from eyecandy.art.output.region import Finder, source
from eyecandy.backbone.model import Backbone
from eyecandy.errors import EyecandyError, OptionError
from eyecandy.images import Photo, fit, resize

Distance = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
_PALETTE = 256  # pixels of the longest side of what a palette is taken from


@dataclass(frozen=True, eq=False)
class Regions:
    """A photo, and what its regions are painted as.

    Attributes:
        photo: the photo.
        specs: its regions, as `partition` takes them; none where all of it is one.
        paintings: of each region; of the whole photo where there are none.
        net: the network that looks.
        share: how far all goes from the photo's own colours and statistics to those of the paintings, above 0 to 1.
        colours: whose both take on before anything is painted: "paintings", "photo", or None where each keeps its own.
        tell: is told who has how much of the picture, once that is known.
    """

    photo: Source
    specs: Sequence[Any]
    paintings: Sequence[Sequence[Source]]
    net: Backbone
    share: float = 1.0
    colours: str | None = "paintings"
    tell: Callable[[str], None] | None = None
    _coloured: dict[Size, tuple[Photo, np.ndarray]] = field(default_factory=dict, repr=False)
    _partitions: list[tuple[Photo, Partition]] = field(default_factory=list, repr=False)
    _found: list[tuple[Photo, list[tuple[Palette, Palette]]]] = field(default_factory=list, repr=False)
    _parts: dict[int, np.ndarray] = field(default_factory=dict, repr=False)

    @property
    def sources(self) -> list[Source]:
        """All that goes into the picture but the photo: paintings, and masks of regions and of parts of paintings."""
        painted = [painting for several in self.paintings for painting in several]
        masks = [source(spec) for spec in self.specs]
        masks += [source(painting.part) for painting in painted if painting.part is not None]
        return [*painted, *(mask for mask in masks if mask is not None)]

    def mask(self) -> np.ndarray | None:
        """How far the regions reach over each pixel of the photo, (H, W) in [0, 1]; None where all of it is painted.

        Raises:
            EyecandyError: as `partition`.
        """
        if not self.specs:
            return None
        if self.tell is not None:
            self.tell(self._partition.told)
        return self._partition.painted

    def pixels_at(self, size: Size) -> np.ndarray:
        """The photo at (width, height), as far in its paintings' colours as `share` says, (height, width, 3) uint8.

        Each region takes on those of its own paintings, and what is kept keeps its own.
        """
        if self.share == 0 or self.colours != "paintings":
            return self.photo.pixels_at(size)
        if size not in self._coloured or self._coloured[size][0] is not self.photo.photo:
            found = self.photo.at(size)
            own = found.copy() if self.specs else found
            for number, (before, after) in enumerate(self._palettes):
                change = recoloured(own, before, after)
                change -= own
                change *= self.share if not self.specs else self.share * self._reach(number, size)
                found += change
            self._coloured[size] = self.photo.photo, to_uint8(found)
        return self._coloured[size][1]

    def at(self, size: Size) -> np.ndarray:
        """`pixels_at` as float32."""
        return self.pixels_at(size).astype(np.float32)

    def objective(
        self, size: Size, weights: Mapping[str, float], *, scale: float, margin: int, distance: Distance
    ) -> Objective:
        """Be painted as the paintings of each region are, within it. A region weighs as much as it is large, so that
        each place is painted as strongly as if all of the picture were one region.

        Args:
            size: (width, height) of the picture.
            weights: of the layers, by full name.
            scale: the paintings' longest side over the picture's.
            margin: pixels that the picture is reflected outward a side.
            distance: of Gram matrices.

        Raises:
            EyecandyError: a painting is too small for the network, or a part is not found in it.
        """
        longest = max(1, round(max(size) * scale))
        if not self.specs:
            targets = self._targets(0, size, longest, weights, margin)
            return objectives.style(targets, weights, distance=distance, border=margin)
        found = Objective(())
        names = self._partition.names if len(self.specs) > 1 else [""]
        for number, name in enumerate(names):
            guide = self._partition.guide(number, size, self.net)
            targets = self._targets(number, size, longest, weights, margin, guide)
            distances = self.photo.derived(f"region {number}", size, partial(self._distances, number, size))
            guide = replace(guide, distances=distances)
            found += guide.share * objectives.style(
                targets, weights, distance=distance, border=margin, guide=guide, name=f"style {name}".strip()
            )
        return found

    @property
    def _partition(self) -> Partition:
        """Of the photo, and of a film, of the frame that it shows now."""
        photo = self.photo.photo
        if not self._partitions or self._partitions[-1][0] is not photo:
            self._partitions[:] = [(photo, partition(photo, self.specs, self.net))]
        return self._partitions[-1][1]

    def _distances(self, number: int, size: Size) -> tf.Tensor:
        """To a region's edge, as a `Guide` has them."""
        return tf.constant(self._partition.guide(number, size, self.net).distances)

    @property
    def palette(self) -> Palette | None:
        """Of the colours that the picture may have: its paintings', where it is one region and takes on theirs."""
        return None if self.specs or self.colours != "paintings" else self._palettes[0][1]

    def _reach(self, number: int, size: Size) -> np.ndarray:
        """How much of each pixel is a region's, (height, width, 1) float32."""
        inside = (self._partition.labels == number).astype(np.float32)
        return cv2.resize(inside, size, interpolation=cv2.INTER_AREA)[..., None]

    @property
    def _palettes(self) -> list[tuple[Palette, Palette]]:
        """Of each region, the photo's own and that of its paintings; of a film, those of the frame."""
        photo = self.photo.photo
        if not self._found or self._found[0][0] is not photo:
            size = fit(photo.size, _PALETTE)
            pixels, found = resize(photo.pixels, size), []
            for number, paintings in enumerate(self.paintings):
                inside = scaled(self._partition.labels == number, size) if self.specs else np.ones(size[::-1], bool)
                own = pixels[inside] if inside.any() else pixels
                found.append((Palette.of(own), Palette.of(*self._colours(paintings))))
            self._found[:] = [(photo, found)]
        return self._found[0][1]

    def _colours(self, paintings: Sequence[Source]) -> tuple[np.ndarray, np.ndarray]:
        """Colours (P, 3) of paintings, and how much each counts (P,)."""
        colours, counts = [], []
        for painting in paintings:
            size = fit(painting.photo.size, _PALETTE)
            own = painting.pixels_at(size).reshape(-1, 3)
            if painting.part is not None:
                inside = scaled(self._part(painting), size).reshape(-1)
                own = own[inside] if inside.any() else own
            colours.append(own)
            counts.append(np.full(len(own), painting.weight / len(own)))
        return np.concatenate(colours), np.concatenate(counts)

    def _targets(
        self,
        number: int,
        size: Size,
        longest: int,
        weights: Mapping[str, float],
        margin: int,
        guide: Guide | None = None,
    ) -> dict[str, tf.Tensor]:
        """Gram matrices of a region's paintings, mixed; and with the photo's own, as far as `share` leaves it."""
        paintings = self.paintings[number]
        whole = sum(painting.weight for painting in paintings)

        def painted() -> dict[str, tf.Tensor]:
            mixed: dict[str, tf.Tensor] = {}
            for painting in paintings:
                grams = self._grams(number, painting, longest, weights, margin)
                _mix(mixed, grams, self.share * painting.weight / whole)
            return mixed

        still = None if self.colours == "photo" else painted()
        if still is not None and self.share == 1:
            return still

        def between() -> dict[str, tf.Tensor]:
            found = painted() if still is None else dict(still)
            if self.share < 1:
                _mix(found, self._statistics(self.at(size), weights, margin, guide), 1 - self.share)
            return found

        return self.photo.derived(f"statistics {number}", size, between)

    def _grams(
        self, number: int, painting: Source, longest: int, weights: Mapping[str, float], margin: int
    ) -> dict[str, tf.Tensor]:
        own, net = fit(painting.photo.size, longest, enlarge=True), self.net
        if min(own) < net.minimum:
            raise OptionError(
                "the painting is {own[0]} x {own[1]} pixels at this size and style scale, and {net} sees pictures "
                "from {least} pixels a side up; raise {} or {}",
                "size",
                "style_scale",
                own=own,
                net=net.name,
                least=net.minimum,
            )
        pixels = painting.at(own)
        if self.colours == "photo":
            photos, paintings = self._palettes[number]
            pixels = recoloured(pixels, paintings, photos)
        guide = None if painting.part is None else Guide.of(scaled(self._part(painting), own), net)
        return self._statistics(pixels, weights, min(margin, min(own) - 1), guide)

    def _statistics(
        self, pixels: np.ndarray, weights: Mapping[str, float], margin: int, guide: Guide | None
    ) -> dict[str, tf.Tensor]:
        # Reflected as the picture is, so that the network's own edge is in neither; the margin does not count.
        edged = np.pad(pixels, ((margin, margin), (margin, margin), (0, 0)), mode="reflect")
        guide = None if guide is None else guide.padded(margin)
        return stream.grams(self.net, weights, edged, border=margin, guide=guide)

    def _part(self, painting: Source) -> np.ndarray:
        """The pixels of a painting's part, (H, W) bool."""
        if id(painting) not in self._parts:
            called = "the painting" if painting.photo.path is None else painting.photo.path
            try:
                inside = Finder(painting.photo, self.net).inside(painting.part)
            except EyecandyError as error:
                raise EyecandyError(f"{called}: {error}") from error
            if not inside.any():
                raise EyecandyError(f"the part {painting.part!r} holds no pixel of {called}; choose another")
            self._parts[id(painting)] = inside
        return self._parts[id(painting)]


def _mix(mixed: dict[str, tf.Tensor], grams: Mapping[str, tf.Tensor], share: float) -> None:
    """Adds a share of some Gram matrices."""
    for name, matrix in grams.items():
        mixed[name] = mixed[name] + matrix * share if name in mixed else matrix * share
