"""What is known of each frame, a line of JSON each, until all of the clip was seen: memory holds one frame."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypedDict

import cv2
import numpy as np

from eyecandy.detection.arrays import resize_mask
from eyecandy.detection.export.labelled import RunLengths, inside, run_lengths
from eyecandy.detection.tracks.follow import Frame
from eyecandy.detection.tracks.sighting import Sighting
from eyecandy.detection.tracks.track import Track


class Entry(TypedDict):
    """A thing in a frame."""

    thing: int
    carried: bool
    word: str | None
    label: str | None
    score: float | None
    probability: float | None
    mask: RunLengths


class Shown(TypedDict):
    """A frame as it is read again: its things by their tracks."""

    frame: int
    things: list[tuple[Track, Entry]]


class Journal:
    """A file of frames.

    Args:
        path: where nothing is yet.
        size: (width, height) of the frames; masks are kept at that.
    """

    def __init__(self, path: Path, size: tuple[int, int]) -> None:
        self.path, self.size = path, size
        self._file = path.open("x", encoding="ascii")

    def add(self, frame: Frame) -> None:
        """The next frame."""
        things = [self._entry(each.number, each.mask, each.sighting) for each in frame.things]
        self._file.write(json.dumps([each for each in things if each is not None]) + "\n")

    def close(self) -> None:
        """No more frames."""
        self._file.close()

    def read(self, tracks: Mapping[int, Track]) -> Iterator[Shown]:
        """Each frame, with the things that are of a track and between its first frame and its last."""
        self._file.flush()
        with self.path.open(encoding="ascii") as lines:
            for number, line in enumerate(lines):
                entries: list[Entry] = json.loads(line)
                pairs = [(tracks[each["thing"]], each) for each in entries if each["thing"] in tracks]
                shown = [(track, each) for track, each in pairs if track.first <= number <= track.last]
                yield {"frame": number, "things": sorted(shown, key=lambda pair: pair[0].number)}

    def _entry(self, thing: int, mask: np.ndarray, seen: Sighting | None) -> Entry | None:
        lengths = run_lengths(np.ascontiguousarray(resize_mask(mask, self.size) >= 0.5))
        if len(lengths["counts"]) < 2:  # nothing is left of it at this size
            return None
        said: Any = seen if seen is not None else _Unseen
        return {
            "thing": thing,
            "carried": seen is None,
            "word": said.word,
            "label": said.label,
            "score": said.score,
            "probability": said.probability,
            "mask": lengths,
        }


class _Unseen:
    word = label = score = probability = None


def mask_of(entry: Entry) -> np.ndarray:
    """Where a thing is, (H, W) bool."""
    return inside(entry["mask"])


def soft(where: np.ndarray, sigma: float) -> np.ndarray:
    """A boolean mask with edges that are smooth over `sigma` pixels, (H, W) float32 in [0, 1]."""
    return cv2.GaussianBlur(where.astype(np.float32), (0, 0), sigma)
