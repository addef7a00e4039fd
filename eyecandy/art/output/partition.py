"""A photo in regions: which of them each pixel belongs to, each to one, and what of it stays as it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from eyecandy.art.core.assignment import REST
from eyecandy.art.core.guided import Guide
from eyecandy.art.core.scales import Size
from eyecandy.art.output.region import Finder
from eyecandy.backbone.model import Backbone
from eyecandy.errors import EyecandyError
from eyecandy.images import Photo

KEPT = -1


@dataclass(frozen=True, eq=False)
class Partition:
    """Regions that overlap nowhere.

    Attributes:
        names: of the regions.
        labels: (H, W) int16, the number of the region that each pixel belongs to; `KEPT` where it belongs to none.
        painted: (H, W) float32 in [0, 1], how far all regions together reach over each pixel.
        overlaps: what two regions had both claimed, as a share of the picture: (the first, the other, share).
    """

    names: tuple[str, ...]
    labels: np.ndarray
    painted: np.ndarray
    overlaps: tuple[tuple[str, str, float], ...] = ()

    def guide(self, number: int, size: Size, backbone: Backbone) -> Guide:
        """A region as a network's layers are shown it, of the picture at a size."""
        return Guide.of(scaled(self.labels == number, size), backbone)

    @property
    def told(self) -> str:
        """Who has how much of the picture, in a line."""
        parts = [f"{name} {_percent((self.labels == number).mean())}" for number, name in enumerate(self.names)]
        kept = (self.labels == KEPT).mean()
        rest = [] if kept == 0 else [f"the rest, {_percent(kept)}, stays as it is"]
        both = [f"{first} has what {other} claims too, {_percent(share)}" for first, other, share in self.overlaps]
        return "; ".join([", ".join(parts), *rest, *both])


def partition(photo: Photo, specs: Sequence[Any], backbone: Backbone) -> Partition:
    """Parts a photo into regions; where two of them overlap, the pixels belong to the one that is named first.

    Args:
        photo: the photo.
        specs: of the regions, as `region.region` takes them; "rest" is what no other has.
        backbone: what the detector looks with.

    Raises:
        EyecandyError: as `region.region`, or a region of which those before it leave nothing.
    """
    finder = Finder(photo, backbone)
    labels = np.full(photo.pixels.shape[:2], KEPT, np.int16)
    left = np.ones(labels.shape, np.float32)
    names = tuple(_called(spec, number) for number, spec in enumerate(specs))
    overlaps = []
    order = sorted(range(len(specs)), key=lambda number: _is_rest(specs[number]))  # the rest is what is left at last
    for number in order:
        rest = _is_rest(specs[number])
        inside = labels == KEPT if rest else finder.inside(specs[number])
        for other in range(number if not rest else 0):
            share = float((inside & (labels == other)).mean())
            if share >= 0.001:
                overlaps.append((names[other], names[number], share))
        own = inside & (labels == KEPT)
        if not own.any():
            before = " that the other regions leave" if inside.any() or rest else ""
            raise EyecandyError(f"the region {names[number]!r} holds no pixel of the picture{before}; leave it out")
        labels[own] = number
        left -= left if rest else np.minimum(left, finder.soft(specs[number]))
    return Partition(names, labels, 1 - left, tuple(overlaps))


def scaled(inside: np.ndarray, size: Size) -> np.ndarray:
    """A mask (H, W) of booleans at (width, height): pixels at least half of which are in."""
    return cv2.resize(inside.astype(np.float32), size, interpolation=cv2.INTER_AREA) >= 0.5


def _is_rest(spec: Any) -> bool:
    return isinstance(spec, str) and spec.strip().lower() == REST


def _called(spec: Any, number: int) -> str:
    return spec.strip() if isinstance(spec, str) else getattr(spec, "word", f"region {number + 1}")


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.01 else "under 1 %"
