"""The step from one frame to the next: each thing keeps its number."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from eyecandy.clips.flow import Flow
from eyecandy.detection.tracks.matching import affinities, contained, overlaps, pairs
from eyecandy.detection.tracks.motion import carry, shifted, way
from eyecandy.detection.tracks.sharing import COVERED, divided, joined
from eyecandy.detection.tracks.sighting import Sighting
from eyecandy.detection.tracks.votes import Votes

SETTLED = 3  # sightings after which a thing is believed to be one
_PART = 0.5  # what a part counts that lies where something hidden is expected
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
            self._match(self._whole(list(sightings)), flow)
        self._things = [thing for thing in self._things if thing.missed <= self.patience]
        return [
            Followed(thing.number, thing.mask, thing.sighting)
            for thing in self._things
            if thing.sighting is not None or (thing.mask >= 0.5).any()
        ]

    def _match(self, sightings: list[Sighting], flow: Flow | None) -> None:
        things = self._things
        found = pairs(self._affinities(sightings)) if things and sightings else []
        for sighting, thing, whole in self._shared(sightings, found):
            thing.see(sighting, flow, whole=whole)
        free = set(range(len(sightings))) - {d for _, d in found}
        for d in sorted(free):
            self._count += 1
            self._things.append(_Thing(self._count, sightings[d], self.patience))

    def _whole(self, sightings: list[Sighting]) -> list[Sighting]:
        """The sightings; those of the pieces of one thing, which lie where it is expected, as one."""
        for thing in self._things:
            here = thing.mask >= 0.5
            word = thing.votes.name.word
            pieces = [each for each in sightings if each.word == word and contained(each.inside, here) >= COVERED]
            whole = joined(pieces) if thing.settled and len(pieces) > 1 else None
            if whole is not None:
                sightings = [whole, *(each for each in sightings if each not in pieces)]
        return sightings

    def _affinities(self, sightings: list[Sighting]) -> np.ndarray:
        things, seen = self._things, [sighting.inside for sighting in sightings]
        carried = overlaps([thing.mask >= 0.5 for thing in things], seen)
        hidden = np.array([[thing.hidden(inside) for inside in seen] for thing in things])
        shares = np.array([[thing.votes.share(sighting.word) for sighting in sightings] for thing in things])
        return affinities(np.maximum(carried, hidden), shares)

    def _shared(self, sightings: list[Sighting], found: list[tuple[int, int]]) -> list[tuple[Sighting, "_Thing", bool]]:
        """Each sighting with its thing, and whether it is of that alone; else it is divided among several."""
        things = self._things
        without = [thing for t, thing in enumerate(things) if t not in {t for t, _ in found} and thing.settled]
        given: list[tuple[Sighting, _Thing, bool]] = []
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
                given.append((sighting, owner, True))
                continue
            without = [thing for thing in without if thing not in others]
            for part, thing in zip(parts, (owner, *others), strict=True):
                given.append((replace(sighting, mask=np.where(part, sighting.mask, np.float32(0))), thing, False))
        return given


class _Thing:
    """What is known of one thing so far.

    Attributes:
        mask: (h, w) float32, what is to be seen of it in this frame.
        sighting: of this frame, if any.
        missed: frames since the last sighting.
    """

    def __init__(self, number: int, sighting: Sighting, patience: int) -> None:
        self.number = number
        self.votes = Votes()
        self._patience = patience
        self._speed = np.zeros(2)  # pixels a frame, beside what the camera does
        self.see(sighting, None)

    def see(self, sighting: Sighting, flow: Flow | None, *, whole: bool = True) -> None:
        """It is found in this frame; where it was found together with others, that is not the whole of it."""
        self.votes.add(sighting)
        self.sighting: Sighting | None = sighting
        self.mask, self.missed = sighting.mask, 0
        if not whole and self._alone <= self._patience:
            return
        if flow is not None:
            speed = way(sighting.inside, flow) - way(np.ones(flow.known.shape, bool), flow)
            self._speed = speed if self.votes.count < 3 else _STEADY * self._speed + (1 - _STEADY) * speed
        self._last, self._way, self._alone = sighting.mask, np.zeros(2), 0

    def move(self, flow: Flow, camera: np.ndarray) -> None:
        """The next frame comes; the camera moves the whole of it by (dx, dy)."""
        self.mask = carry(self.mask, flow)
        self.sighting = None
        self.missed += 1
        self._alone += 1  # frames since it was last seen by itself
        self._way = self._way + self._speed + camera

    @property
    def settled(self) -> bool:
        """Whether it was seen often enough to be believed."""
        return self.votes.count >= SETTLED

    @property
    def expected(self) -> np.ndarray:
        """(h, w) bool, where all of it would be if it had moved on as before, be it hidden or not."""
        return shifted(self._last, self._way) >= 0.5

    def hidden(self, inside: np.ndarray) -> float:
        """How well a sighting, (h, w) bool, fits to where it is expected, in [0, 1].

        Of what comes out from behind something else there is only a part to be seen.
        """
        expected = self.expected
        whole = float(overlaps([expected], [inside])[0, 0])
        return whole if self.missed <= 1 else max(whole, _PART * contained(inside, expected))
