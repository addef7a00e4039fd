"""Through a clip, frame by frame: looks, and what is carried between them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from eyecandy.clips.flow import Flow, flow, is_cut
from eyecandy.detection.tracks.sighting import Sighting
from eyecandy.detection.tracks.tracker import Followed, Tracker
from eyecandy.images import fit, resize

GRID = 640  # longest side, in pixels, at which masks are followed: more than networks look at

Look = Callable[[np.ndarray, tuple[int, int]], Sequence[Sighting]]
"""What is seen in a frame (H, W, 3) uint8, with masks at a size (width, height)."""


@dataclass(frozen=True, eq=False)
class Frame:
    """One frame, and the things in it.

    Attributes:
        number: from 0.
        scene: from 0; another begins at each cut.
        looked: whether somebody looked, or all is carried.
        things: those that are to be seen. Their masks are at most `GRID` pixels a side.
    """

    number: int
    scene: int
    looked: bool
    things: Sequence[Followed] = field(repr=False)


def follow(frames: Iterable[np.ndarray], look: Look, *, every: int, patience: int) -> Iterator[Frame]:
    """Follows things through frames, of which no more than two are held.

    Args:
        frames: (H, W, 3) uint8 each, all of one size.
        look: at a frame.
        every: how many frames there are from one look to the next; a new scene is looked at at once.
        patience: how many frames a thing is carried that is not found again.
    """
    tracker = Tracker(patience)
    before: np.ndarray | None = None
    scene, begun = 0, 0
    for number, frame in enumerate(frames):
        size = fit((frame.shape[1], frame.shape[0]), GRID)
        small = resize(frame, size)
        back: Flow | None = None
        if before is not None:
            back = flow(before, small)
            if is_cut(before, small, back):
                back, scene, begun = None, scene + 1, number
        looked = (number - begun) % every == 0
        yield Frame(number, scene, looked, tracker.step(look(frame, size) if looked else None, back))
        before = small
