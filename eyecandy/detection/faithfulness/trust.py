"""Whether masks are to be trusted: the measures of one photo, and of many together."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from eyecandy.backbone.identity import differences
from eyecandy.backbone.model import Backbone
from eyecandy.detection.faithfulness.measure import Measure, Total
from eyecandy.detection.faithfulness.measures import MEASURES, chosen
from eyecandy.detection.faithfulness.numbers import ObjectTrust
from eyecandy.detection.faithfulness.scene import Scene
from eyecandy.detection.faithfulness.truth.objects import Truth
from eyecandy.detection.faithfulness.truth.reading import TruthLike, truth_of
from eyecandy.detection.result import Result
from eyecandy.errors import EyecandyError

if TYPE_CHECKING:
    from eyecandy._matplotlib import Figure


@dataclass(frozen=True, eq=False)
class Trust:
    """What the measures say of one photo, best object first.

    Attributes:
        found: what was found in the photo.
        objects: one for each.
        taken: the measures.
        parts: by the name of a measure, what its total needs of this photo.
    """

    found: Result
    objects: tuple[ObjectTrust, ...]
    taken: tuple[Measure, ...] = ()
    parts: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def figure(self) -> "Figure":
        """A row an object: its cut-out, its insertion curves and its deletion curves, and its other numbers."""
        from eyecandy.detection.faithfulness.figure import trust_figure

        return trust_figure(self.found, self.objects)

    def to_quantus(self) -> dict[str, np.ndarray]:
        """The arrays that Quantus takes, see `quantus.arrays`."""
        from eyecandy.detection.faithfulness.quantus import arrays

        return arrays(self.found)

    def _repr_png_(self) -> bytes:
        """What a notebook shows: the figure."""
        from eyecandy.detection.figures.sheet import png

        return png(self.figure())


def trust(
    found: Result,
    net: Backbone,
    again: Callable[[np.ndarray], Result],
    *,
    measure: Sequence[str] | None = None,
    truth: TruthLike | None = None,
    seed: int = 0,
) -> Trust:
    """Puts the mask of each object to the test; see `Detection.trust`.

    Args:
        found: what `detect` gave.
        net: the network that it was found with.
        again: what `detect` gives of other pixels (H, W, 3) uint8, by the same options.
        measure: names of `MEASURES`; by default all that can be taken.
        truth: what is really there.
        seed: of all that is drawn: the same seed gives the same numbers.

    Raises:
        EyecandyError: another network than the photo was looked at with; an unknown measure, or one that needs to know
            more of what is there; a truth that cannot be read or is of another size than the photo.
    """
    known = {"name": found.backbone, "weights_sha256": found.weights_sha256, **found.identity}
    differ = differences(known, net.identity)
    if differ:
        raise EyecandyError(
            f"the objects were found with {found.backbone}, got {net.name}; pass the backbone that was used: "
            f"{'; '.join(differ)}"
        )
    told = truth_of(truth, net.labels)
    taken = able(measure, told)
    path = found.photo.path or Path(found.photo.name)
    scene = Scene(found, net, again, None if told is None else told.of(path, found.photo.size), seed)
    readings = {each.name: each.objects(scene) for each in taken if each.objects is not None}
    objects = tuple(
        ObjectTrust(name, {measure: several[number] for measure, several in readings.items()})
        for number, name in enumerate(scene.names)
    )
    parts = {each.name: each.photo(scene) for each in taken if each.photo is not None}
    return Trust(found, objects, tuple(taken), parts)


def able(names: Sequence[str] | None, truth: Truth | None) -> list[Measure]:
    """The measures of some names; where none are given, all that can be taken with what is known to be there.

    Raises:
        EyecandyError: an unknown name, or a measure that needs to know more of what is there.
    """
    taken = []
    for name in chosen(names):
        lacks = MEASURES[name].lacks(truth)
        if lacks is None:
            taken.append(MEASURES[name])
        elif names is not None:
            raise EyecandyError(f"the measure {name!r} needs {lacks}")
    return taken


def totals(photos: Sequence[Trust], truth: Truth | None) -> dict[str, Total]:
    """What measures say of all photos together, by their names; none where there are no photos."""
    if not photos or truth is None:
        return {}
    return {
        each.name: each.total([photo.parts[each.name] for photo in photos], truth)
        for each in photos[0].taken
        if each.total is not None
    }
