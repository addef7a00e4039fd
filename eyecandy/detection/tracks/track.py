"""The things of a clip, after all of it was seen: which they are, from where to where, and what they are called."""

from dataclasses import dataclass, field

from eyecandy.detection.tracks.follow import Frame
from eyecandy.detection.tracks.tracker import SETTLED
from eyecandy.detection.tracks.votes import Votes


@dataclass(frozen=True)
class Track:
    """One thing of a clip.

    Attributes:
        number: from 1, in the order in which things appear.
        word: the everyday word, such as "dog".
        label: the class, such as "Siberian husky".
        class_index: its number.
        score: in (0, 1): the scores of the looks that said so, over all looks that found it.
        probability: of the word, on average over these.
        first, last: numbers of the frames, counted from 0, in which it is first and last to be seen.
        frames: in how many it is to be seen.
        looks: how many found it; in the other frames its mask is carried by the motion.
        scene: from 0.
    """

    number: int
    word: str
    label: str
    class_index: int
    score: float
    probability: float
    first: int
    last: int
    frames: int
    looks: int
    scene: int


@dataclass
class _Role:
    """What is known of one number of the tracker so far."""

    scene: int
    first: int
    votes: Votes = field(default_factory=Votes)
    frames: int = 0  # up to the last look that found it, or since then up to the next
    waiting: int = 0  # frames since a look missed it: they count where it is found again
    last: int = 0
    missed: bool = False


class Cast:
    """Hears of each frame, and says at the end who was there.

    A mask that is carried stands until the next look. What that look does not find is gone, unless it is found again:
    then it was there all the time.
    """

    def __init__(self) -> None:
        self._roles: dict[int, _Role] = {}
        self._looks: dict[int, int] = {}  # of each scene

    def add(self, frame: Frame) -> None:
        """The next frame."""
        self._looks[frame.scene] = self._looks.get(frame.scene, 0) + frame.looked
        for thing in frame.things:
            role = self._roles.setdefault(thing.number, _Role(frame.scene, frame.number))
            if thing.sighting is not None:
                role.votes.add(thing.sighting)
                role.missed = False
                role.frames, role.waiting = role.frames + role.waiting, 0
            elif frame.looked:
                role.missed = True
            if role.missed:
                role.waiting += 1
            else:
                role.frames, role.last = role.frames + 1, frame.number

    def tracks(self) -> dict[int, Track]:
        """The tracks by the numbers of the tracker.

        What fewer looks found than make a thing believable is none: three, or half of those at a short scene.
        """
        kept = {
            number: role
            for number, role in self._roles.items()
            if role.votes.count >= min(SETTLED, (self._looks[role.scene] + 1) // 2)
        }
        told = {}
        for order, (number, role) in enumerate(sorted(kept.items()), start=1):
            counts = (role.first, role.last, role.frames, role.votes.count, role.scene)
            told[number] = Track(order, *role.votes.name, *counts)
        return told

    @property
    def fleeting(self) -> int:
        """How many things are left out of `tracks`, since too few looks found them."""
        return len(self._roles) - len(self.tracks())
