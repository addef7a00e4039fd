"""Which part of a photo takes which paintings, or which parts of them: the objective of style, region by region."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from eyecandy._tensorflow import tf
from eyecandy.art.core import objectives
from eyecandy.art.core.guided import Guide
from eyecandy.art.core.objectives import Objective
from eyecandy.art.core.scales import Size
from eyecandy.art.core.sources import Source
from eyecandy.art.large import stream
from eyecandy.art.output.partition import Partition, partition, scaled
from eyecandy.art.output.region import Finder, source
from eyecandy.backbone.model import Backbone
from eyecandy.errors import EyecandyError, OptionError
from eyecandy.images import fit

Distance = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]


@dataclass(frozen=True, eq=False)
class Regions:
    """A photo, and what its regions are painted as.

    Attributes:
        photo: the photo.
        specs: its regions, as `partition` takes them; none where all of it is one.
        paintings: of each region; of the whole photo where there are none.
        net: the network that looks.
        tell: is told who has how much of the picture, once that is known.
    """

    photo: Source
    specs: Sequence[Any]
    paintings: Sequence[Sequence[Source]]
    net: Backbone
    tell: Callable[[str], None] | None = None
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
            targets = self._targets(self.paintings[0], longest, weights, margin)
            return objectives.style(targets, weights, distance=distance, border=margin)
        found = Objective(())
        names = self._partition.names if len(self.specs) > 1 else [""]
        for number, (name, paintings) in enumerate(zip(names, self.paintings, strict=True)):
            guide = self._partition.guide(number, size, self.net)
            targets = self._targets(paintings, longest, weights, margin)
            found += guide.share * objectives.style(
                targets, weights, distance=distance, border=margin, guide=guide, name=f"style {name}".strip()
            )
        return found

    @cached_property
    def _partition(self) -> Partition:
        return partition(self.photo.photo, self.specs, self.net)

    def _targets(
        self, paintings: Sequence[Source], longest: int, weights: Mapping[str, float], margin: int
    ) -> dict[str, tf.Tensor]:
        """Gram matrices of paintings at a size, mixed."""
        mixed: dict[str, tf.Tensor] = {}
        whole = sum(painting.weight for painting in paintings)
        for painting in paintings:
            for name, matrix in self._grams(painting, longest, weights, margin).items():
                share = matrix * (painting.weight / whole)
                mixed[name] = mixed[name] + share if name in mixed else share
        return mixed

    def _grams(self, painting: Source, longest: int, weights: Mapping[str, float], margin: int) -> dict[str, tf.Tensor]:
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
        # Reflected as the picture is, so that the network's own edge is in neither; the margin does not count.
        margin = min(margin, min(own) - 1)
        edged = np.pad(painting.at(own), ((margin, margin), (margin, margin), (0, 0)), mode="reflect")
        guide = None
        if painting.part is not None:
            guide = Guide.of(scaled(self._part(painting), own), net).padded(margin)
        return stream.grams(net, weights, edged, border=margin, guide=guide)

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
