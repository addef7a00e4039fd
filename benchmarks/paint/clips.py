"""Films of known motion, painted frame by frame and one by one: how much they flicker, and what a frame takes.

    python -m benchmarks.paint.clips [--size 640] [--frames 12] [--alone 3] [--show film.png]

The film is `benchmarks.paint.scene`: a pan that zooms, and a cut-out that moves before it. Flicker is the mean absolute
difference, in grey levels, of a frame and the one before moved by the true flow, where the same was to be seen. Seconds
are those of the processor, so that other programs count little.
"""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.paint.scene import SAMPLES, Scene
from eyecandy.art.core.moving import MovingSource
from eyecandy.art.output.motion import Motion
from eyecandy.art.output.painting import Viewing
from eyecandy.art.recipes.style import style
from eyecandy.backbone.load import load_backbone
from eyecandy.clips import warp
from eyecandy.images import Photo
from eyecandy.workflows.output import ClipOptions

PAINTING = SAMPLES / "style_flow.jpg"
Row = tuple[str, str, float]


def rows(size: int = 640, frames: int = 12, alone: int = 3, show: Path | None = None, **knobs: Any) -> list[Row]:
    """The bars: (what, bar, figure).

    Args:
        size: width of the film; it is 16:9.
        frames: of the film, from its beginning.
        alone: how many of these are painted one by one.
        show: where to save the frames, the film's above those of either way.
        knobs: options of `style`.
    """
    scene = Scene.of((size, size * 9 // 16))
    film = [scene.frame(number) for number in range(frames)]
    net = load_backbone()
    moved, moved_seconds = _moved(net, film, size=size, **knobs)
    single, single_seconds = _alone(net, film[:alone], size=size, **knobs)
    if show is not None:
        picked = np.linspace(0, frames - 1, 4).astype(int)
        sheet = [np.hstack([each[number] for number in picked]) for each in (film, moved)]
        cv2.imwrite(str(show), np.vstack(sheet)[..., ::-1])
    calm, wild = flicker(scene, moved), flicker(scene, single)
    first, last = sharpness(moved[0]), sharpness(moved[-1])
    return [
        ("flicker over that of frames painted one by one", "<= 0.35", calm / wild),
        ("seconds a frame over those of a picture", "<= 0.25", moved_seconds / single_seconds),
        (f"flicker of {frames} frames, grey levels", "", calm),
        (f"flicker of {alone} painted one by one", "", wild),
        ("seconds a frame, of the processor", "", moved_seconds),
        ("sharpness of the last frame over that of the first", "", last / first),
    ]


def flicker(scene: Scene, frames: Sequence[np.ndarray]) -> float:
    """Mean absolute difference from the frame before, moved by the true flow, where the same is to be seen."""
    found = []
    for number in range(1, len(frames)):
        back, seen = scene.back(number)
        apart = np.abs(warp(frames[number - 1], back).astype(np.float32) - frames[number])
        found.append(apart[seen].mean())
    return float(np.mean(found))


def sharpness(picture: np.ndarray) -> float:
    """Variance of the Laplacian of the greys."""
    return float(cv2.Laplacian(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.CV_32F).var())


def _moved(net: Any, film: Sequence[np.ndarray], **knobs: Any) -> tuple[list[np.ndarray], float]:
    """The frames one after another, and the seconds of each after the first two, in which steps are compiled."""
    source = MovingSource(Photo(film[0], None, ()), "photo")
    motion = Motion(source, steps=ClipOptions.steps, hold=ClipOptions.hold)
    made, seconds = [], []
    for frame in film:
        began = time.process_time()
        motion.show(Photo(frame, None, ()))
        made.append(style(source, PAINTING, backbone=net, viewing=Viewing(motion=motion), **knobs).image)
        seconds.append(time.process_time() - began)
    return made, float(np.mean(seconds[2:]))


def _alone(net: Any, film: Sequence[np.ndarray], **knobs: Any) -> tuple[list[np.ndarray], float]:
    began = time.process_time()
    made = [style(frame, PAINTING, backbone=net, **knobs).image for frame in film]
    return made, (time.process_time() - began) / len(film)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=640)
    parser.add_argument("--frames", type=int, default=12)
    parser.add_argument("--alone", type=int, default=3)
    parser.add_argument("--show", type=Path)
    for what, bar, figure in rows(**vars(parser.parse_args())):
        print(f"{figure:8.3f}  {bar:8}  {what}")


if __name__ == "__main__":
    main()
