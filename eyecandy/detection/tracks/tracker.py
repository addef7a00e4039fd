"""The step from one frame to the next: each thing keeps its number."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from eyecandy.clips.flow import Flow
from eyecandy.detection.tracks.matching import affinities, contained, fits, pairs
from eyecandy.detection.tracks.motion import carry, shifted, way
from eyecandy.detection.tracks.sharing import COVERED, divided, joined, touch
from eyecandy.detection.tracks.sighting import Sighting
from eyecandy.detection.tracks.votes import Votes

SETTLED = 3  # sightings after which a thing is believed to be one
MUCH = 0.6  # of a thing: what is found of it and has less is a part
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

    def step(self, sightings: Sequence[Sighting] | None, flow: Flow | None) -> list[Followed]:
        """The things in the next frame.

        Args:
            sightings: what a look at it found; None where nobody looked, so that all is carried.
            flow: back to the last frame; None of the first and after a cut, where all things are new.

        Returns:
            Those that are to be seen, by their numbers.
        """
        if flow is None:
            self._things = []
        else:
            camera = way(np.ones(flow.known.shape, bool), flow)
            for thing in self._things:
                thing.move(flow, camera)
        if sightings is not None:
            self._match(list(sightings), flow)
        self._things = [thing for thing in self._things if thing.missed <= self.patience]
        return [
            Followed(thing.number, thing.mask, thing.sighting)
            for thing in self._things
            if thing.sighting is not None or (thing.mask >= 0.5).any()
        ]

    def _match(self, sightings: list[Sighting], flow: Flow | None) -> None:
        """Gives the sightings of a frame to the things that they are of; the others are new things."""
        things = self._things
        found = pairs(self._affinities(sightings)) if things and sightings else []
        free = [sighting for d, sighting in enumerate(sightings) if d not in {d for _, d in found}]
        without = [thing for t, thing in enumerate(things) if t not in {t for t, _ in found} and thing.settled]
        for t, d in found:
            thing, sighting = things[t], sightings[d]
            others = [other for other in without if other.is_in(sighting, thing)]
            parts = divided(sighting.inside, [each.expected for each in (thing, *others)]) if others else None
            if parts is not None:
                without = [other for other in without if other not in others]
                for each, part in zip((thing, *others), parts, strict=True):
                    each.see(replace(sighting, mask=np.where(part, sighting.mask, np.float32(0))), flow, whole=False)
                continue
            pieces = [other for other in free if thing.holds(other)] if thing.holds(sighting) else []
            if thing.see_pieces([sighting, *pieces], flow):
                free = [other for other in free if other not in pieces]
        for thing in things:
            thing.lost = thing.sighting is None
        for sighting in free:
            self._count += 1
            things.append(_Thing(self._count, sighting, self.patience))

    def _affinities(self, sightings: list[Sighting]) -> np.ndarray:
        things, seen = self._things, [sighting.inside for sighting in sightings]
        carried = fits([thing.mask >= 0.5 for thing in things], seen)
        hidden = fits([thing.expected for thing in things], seen)
        hidden[[not thing.lost for thing in things]] = 0
        shares = np.array([[thing.votes.share(sighting.word) for sighting in sightings] for thing in things])
        return affinities(np.maximum(carried, hidden), shares)


class _Thing:
    """What is known of one thing so far.

    Attributes:
        mask: (h, w) float32, what is to be seen of it in this frame.
        sighting: of this frame, if any.
        missed: frames since the last sighting.
        lost: whether the last look did not find it.
    """

    def __init__(self, number: int, sighting: Sighting, patience: int) -> None:
        self.number = number
        self.votes = Votes()
        self._patience = patience
        self._speed = np.zeros(2)  # pixels a frame, beside what the camera does
        self._partly = 0  # frames since all of it was to be seen
        self.see(sighting, None)

    def see(self, sighting: Sighting, flow: Flow | None, *, whole: bool = True) -> None:
        """It is found in this frame; or what of it is not hidden, so that the rest is still expected beside that."""
        self.votes.add(sighting)
        self.sighting: Sighting | None = sighting
        self.mask, self.missed, self.lost = sighting.mask, 0, False
        if flow is not None:
            speed = way(sighting.inside, flow) - way(np.ones(flow.known.shape, bool), flow)
            self._speed = speed if self.votes.count < 3 else _STEADY * self._speed + (1 - _STEADY) * speed
        if whole or self._partly > self._patience:
            self._last, self._way, self._partly = sighting.mask, np.zeros(2), 0

    def see_pieces(self, pieces: list[Sighting], flow: Flow | None) -> bool:
        """It is found, perhaps in pieces, of which the first fits best; whether the others are of it too."""
        together = len(pieces) > 1 and self.settled and touch(pieces)
        seen = joined(pieces) if together else pieces[0]
        much = MUCH * np.count_nonzero(self.expected)
        self.see(seen, flow, whole=bool(np.count_nonzero(seen.inside) >= much))
        return together

    def holds(self, sighting: Sighting) -> bool:
        """Whether a sighting lies in it and is of its word."""
        return sighting.word == self.word and contained(sighting.inside, self.mask >= 0.5) >= COVERED

    def is_in(self, sighting: Sighting, of: "_Thing") -> bool:
        """Whether it lies in a sighting of another thing of its word."""
        return of.settled and of.word == self.word and contained(self.expected, sighting.inside) >= COVERED

    def move(self, flow: Flow, camera: np.ndarray) -> None:
        """The next frame comes; the camera moves the whole of it by (dx, dy)."""
        self.mask = carry(self.mask, flow)
        self.sighting = None
        self.missed += 1
        self._partly += 1
        self._way = self._way + self._speed + camera

    @property
    def word(self) -> str:
        """What it is called so far."""
        return self.votes.name.word

    @property
    def settled(self) -> bool:
        """Whether it was seen often enough to be believed."""
        return self.votes.count >= SETTLED

    @property
    def expected(self) -> np.ndarray:
        """(h, w) bool, where all of it would be if it had moved on as before, be it hidden or not."""
        return shifted(self._last, self._way) >= 0.5
