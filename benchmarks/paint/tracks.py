"""Objects followed through clips of known motion, beside objects found in each frame by itself.

Bars: no thing changes its number, and its mask lies at most 0.05 (intersection over union with the truth, on average
over the frames) below that of a look at every frame. The clips are a pan over two animals, a zoom onto a bird, a
cat of prey before a moving camera, two animals that pass each other, and two of a kind that cross.

    python -m benchmarks.paint.tracks [--frames 24] [--every 1 3 6]
"""

import argparse
from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np

import eyecandy
from benchmarks.paint.moving import Clip, Thing, cut_out, line, photo
from eyecandy.detection.tracks.follow import Frame, follow
from eyecandy.detection.tracks.matching import overlaps
from eyecandy.detection.tracks.options import EVERY
from eyecandy.detection.tracks.sighting import Sighting
from eyecandy.detection.tracks.track import Cast

FRAMES = 24
BELOW = 0.05
FOUND = 0.5  # intersection over union from which a track is that of a thing
Row = tuple[str, float, float]


def rows(old: object = None, *, frames: int = FRAMES, every: Sequence[int] = (EVERY,)) -> list[Row]:
    """(what, bar, figure) for each clip; a figure keeps its bar where it is not above it. There is nothing old."""
    made: list[Row] = []
    for name, clip in clips().items():
        shown = list(clip.frames(frames))
        seen = [_look(frame) for frame, _ in shown]
        alone = _mean([[each.inside for each in looked] for looked in seen], [truth for _, truth in shown])
        for step in every:
            followed = list(_followed([frame for frame, _ in shown], seen, step))
            masks = [list(frame.values()) for frame in followed]
            below = max(0.0, alone - _mean(masks, [truth for _, truth in shown]))
            made.append((f"tracks, {name}, a look every {step}: changes of number", 0, _changes(followed, shown)))
            made.append((f"tracks, {name}, a look every {step}: IoU below {alone:.3f}", BELOW, round(below, 4)))
    return made


def clips() -> dict[str, Clip]:
    """The clips, by what happens in them."""
    pair, masks = _seen("shepherd_and_kitten", 1000)
    middle = pair.shape[0] / 2
    truth = {name: mask >= 0.5 for name, mask in masks.items()}
    bird, bird_masks = _seen("macaw", 900)
    ground, bricks = photo("rocket", 1000), photo("brick", 900)
    dog, parrot, panda = _cut("german_shepherd", "dog"), _cut("macaw", "parrot"), _cut("giant_panda", "panda")
    other = np.ascontiguousarray(panda[:, ::-1])
    still = line((450, 450, 0.8), (450, 450, 0.8))
    down = ground.shape[0]
    prey = Thing("jaguar", _cut("jaguars", "jaguar"), line((180, down * 0.75, 0.7), (700, down * 0.75, 0.7)))
    return {
        "pan": Clip(pair, truth, line((430, middle, 0.75), (570, middle, 0.75))),
        "zoom": Clip(
            bird,
            {name: mask >= 0.5 for name, mask in bird_masks.items()},
            line((450, 314, 0.72), (420, 279, 1.15)),
        ),
        "moving": Clip(ground, {}, line((380, down * 0.6, 0.8), (560, down * 0.6, 0.8)), (prey,)),
        "passing": Clip(
            bricks,
            {},
            still,
            (
                Thing("parrot", parrot, line((640, 450, 0.5), (250, 450, 0.5))),
                Thing("dog", dog, line((200, 470, 0.6), (700, 470, 0.6))),
            ),
        ),
        "crossing": Clip(
            bricks,
            {},
            still,
            (
                Thing("one", panda, line((220, 430, 0.6), (700, 430, 0.6))),
                Thing("other", other, line((690, 480, 0.6), (210, 480, 0.6))),
            ),
        ),
    }


def _followed(
    frames: Sequence[np.ndarray], seen: Sequence[Sequence[Sighting]], every: int
) -> Iterator[dict[int, np.ndarray]]:
    """The masks of each frame by their tracks, as `detect_clip` shows them."""
    looks = iter([looked for number, looked in enumerate(seen) if number % every == 0])
    told: list[Frame] = []
    cast = Cast()
    for frame in follow(frames, lambda frame, size: next(looks), every=every, patience=max(every, len(frames) // 3)):
        told.append(frame)
        cast.add(frame)
    tracks = cast.tracks()
    for frame in told:
        shown = [each for each in frame.things if each.number in tracks]
        yield {
            tracks[each.number].number: each.mask >= 0.5
            for each in shown
            if tracks[each.number].first <= frame.number <= tracks[each.number].last
        }


def _look(frame: np.ndarray) -> list[Sighting]:
    return [Sighting.of(each, frame.shape[1::-1]) for each in eyecandy.detect(frame).objects]


def _mean(found: Sequence[Sequence[np.ndarray]], truth: Sequence[dict[str, np.ndarray]]) -> float:
    """Over all frames and things: the best overlap of a mask with the thing."""
    best = []
    for masks, things in zip(found, truth, strict=True):
        for thing in things.values():
            if thing.any():
                best.append(float(overlaps(masks, [thing]).max()) if masks else 0.0)
    return float(np.mean(best))


def _changes(
    followed: Sequence[dict[int, np.ndarray]], shown: Sequence[tuple[np.ndarray, dict[str, np.ndarray]]]
) -> int:
    """How often a thing goes by another number than before."""
    changes = 0
    before: dict[str, int] = {}
    for masks, (_, things) in zip(followed, shown, strict=True):
        for name, thing in things.items():
            if not masks or not thing.any():
                continue
            fit = overlaps(list(masks.values()), [thing])[:, 0]
            if fit.max() >= FOUND:
                number = list(masks)[int(fit.argmax())]
                changes += before.get(name, number) != number
                before[name] = number
    return changes


@cache
def _seen(name: str, width: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """A sample, and the masks of what is found in it by their words."""
    pixels = photo(name, width)
    return pixels, {each.word: each.mask for each in eyecandy.detect(pixels).objects}


def _cut(name: str, word: str) -> np.ndarray:
    pixels, masks = _seen(name, 600)
    return cut_out(pixels, masks[word])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=FRAMES)
    parser.add_argument("--every", type=int, nargs="+", default=[1, EVERY, 2 * EVERY])
    given = parser.parse_args()
    for what, bar, figure in rows(frames=given.frames, every=given.every):
        print(f"{'ok ' if figure <= bar else 'NOT'} {what}: {figure:g} (bar {bar:g})", flush=True)
