"""The step from one frame to the next: each thing keeps its number."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from eyecandy.detection.tracks.matching import affinities, contained, overlaps, pairs
from eyecandy.detection.tracks.motion import Motion, shifted
from eyecandy.detection.tracks.sharing import COVERED, divided
from eyecandy.detection.tracks.sighting import Sighting
from eyecandy.detection.tracks.votes import Votes

SETTLED = 3  # sightings after which a thing is believed to be one
_STEADY = 0.5  # of the speed that a thing had: it does not turn at once


@dataclass(frozen=True, eq=False)
class Followed:
    """One thing in one frame.

    Attributes:
        number: of the thing, from 1, the same in every frame.
        mask: (h, w) float32 in [0, 1]; the thing is where it is at least a half.
        sighting: what a look at this frame said of it; None where its mask was carried here by the motion.
    """

    number: int
    mask: np.ndarray = field(repr=False)
    sighting: Sighting | None = None


class Tracker:
    """Follows things from frame to frame.

    A thing that is not found again is carried along by the motion, at most `patience` frames. What is hidden meanwhile
    is looked for where it would be if it had moved on as before.
    """

    def __init__(self, patience: int) -> None:
        self.patience = patience
        self._things: list[_Thing] = []
        self._count = 0

    def step(self, sightings: Sequence[Sighting] | None, motion: Motion | None) -> list[Followed]:
        """The things in the next frame.

        Args:
            sightings: what a look at it found; None where nobody looked, so that all is carried.
            motion: since the last frame; None of the first and after a cut, where all things are new.

        Returns:
            Those that are to be seen, by their numbers.
        """
        if motion is None:
            self._things = []
        for thing in self._things:
            assert motion is not None
            thing.move(motion)
        if sightings is not None:
            self._match(list(sightings), motion)
        self._things = [thing for thing in self._things if thing.missed <= self.patience]
        return [
            Followed(thing.number, thing.mask, thing.sighting)
            for thing in self._things
            if thing.sighting is not None or (thing.mask >= 0.5).any()
        ]

    def _match(self, sightings: list[Sighting], motion: Motion | None) -> None:
        things = self._things
        found = pairs(self._affinities(sightings)) if things and sightings else []
        for sighting, part_of in self._shared(sightings, found):
            part_of.see(sighting, motion)
        free = set(range(len(sightings))) - {d for _, d in found}
        for d in sorted(free):
            self._count += 1
            self._things.append(_Thing(self._count, sightings[d]))

    def _affinities(self, sightings: list[Sighting]) -> np.ndarray:
        things, seen = self._things, [sighting.inside for sighting in sightings]
        carried = overlaps([thing.mask >= 0.5 for thing in things], seen)
        hidden = overlaps([thing.expected for thing in things], seen)
        shares = np.array([[thing.votes.share(sighting.word) for sighting in sightings] for thing in things])
        return affinities(np.maximum(carried, hidden), shares)

    def _shared(
        self, sightings: list[Sighting], found: list[tuple[int, int]]
    ) -> list[tuple[Sighting, "_Thing"]]:
        """Each sighting with its thing; one that several things of its word lie in is divided among them."""
        things = self._things
        without = [thing for t, thing in enumerate(things) if t not in {t for t, _ in found} and thing.settled]
        given: list[tuple[Sighting, _Thing]] = []
        for t, d in found:
            sighting, owner = sightings[d], things[t]
            inside = sighting.inside
            others = [
                thing
                for thing in without
                if owner.settled
                and thing.votes.name.word == owner.votes.name.word
                and contained(thing.expected, inside) >= COVERED
            ]
            parts = divided(inside, [each.expected for each in (owner, *others)]) if others else None
            if parts is None:
                given.append((sighting, owner))
                continue
            without = [thing for thing in without if thing not in others]
            for part, thing in zip(parts, (owner, *others), strict=True):
                given.append((replace(sighting, mask=np.where(part, sighting.mask, np.float32(0))), thing))
        return given


class _Thing:
    """What is known of one thing so far.

    Attributes:
        mask: (h, w) float32, what is to be seen of it in this frame.
        sighting: of this frame, if any.
        missed: frames since the last sighting.
    """

    def __init__(self, number: int, sighting: Sighting) -> None:
        self.number = number
        self.votes = Votes()
        self._speed = np.zeros(2)  # pixels a frame, beside what the camera does
        self.see(sighting, None)

    def see(self, sighting: Sighting, motion: Motion | None) -> None:
        """It is found in this frame."""
        if motion is not None:
            speed = motion.of(sighting.inside) - motion.overall
            self._speed = speed if self.votes.count < 2 else _STEADY * self._speed + (1 - _STEADY) * speed
        self.votes.add(sighting)
        self.sighting: Sighting | None = sighting
        self.mask = self._last = sighting.mask
        self._way = np.zeros(2)  # since then
        self.missed = 0

    def move(self, motion: Motion) -> None:
        """The next frame comes."""
        self.mask = motion.carry(self.mask)
        self.sighting = None
        self.missed += 1
        self._way = self._way + self._speed + motion.overall

    @property
    def settled(self) -> bool:
        """Whether it was seen often enough to be believed."""
        return self.votes.count >= SETTLED

    @property
    def expected(self) -> np.ndarray:
        """(h, w) bool, where all of it would be if it had moved on as before, be it hidden or not."""
        return shifted(self._last, self._way) >= 0.5
