"""Results to be looked through, made without a network: each photo has coloured squares on grey, found half each."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from eyecandy.datasets.journal import LOCAL, line
from eyecandy.detection.export.folders import MARKER
from eyecandy.detection.export.labelled import run_lengths

SIZE = (160, 120)
SQUARES = {"red": (20, 30, 60, 90), "blue": (90, 30, 140, 90)}
COLOURS = {"red": (210, 30, 30), "blue": (30, 40, 210)}


def square(word: str) -> np.ndarray:
    """Where a square is, (H, W) bool."""
    x0, y0, x1, y1 = SQUARES[word]
    inside = np.zeros(SIZE[::-1], bool)
    inside[y0:y1, x0:x1] = True
    return inside


def half(word: str) -> np.ndarray:
    """What was found of it: its upper half."""
    inside = square(word)
    inside[60:] = False
    return inside


def results(folder: Path, count: int = 3) -> Path:
    """A folder of results of so many photos; the last one has no objects."""
    (folder / "photos").mkdir(parents=True)
    made = folder / "results"
    (made / "journal").mkdir(parents=True)
    record = {"layout": 1, "photos": str(folder / "photos"), "backbone": "colours"}
    (made / MARKER).write_text(json.dumps(record))
    noise = np.random.default_rng(0)
    with (made / LOCAL).open("wb") as journal:
        for number in range(count):
            name = f"{number}.png"
            pixels = np.full((*SIZE[::-1], 3), 127, np.int16)
            for word in SQUARES if number < count - 1 else ():
                pixels[square(word)] = COLOURS[word]
            pixels += noise.integers(-6, 7, pixels.shape, np.int16)
            Image.fromarray(pixels.astype(np.uint8)).save(folder / "photos" / name)
            annotations = []
            for index, word in enumerate(SQUARES if number < count - 1 else (), start=1):
                mask = f"masks/{name}/{word}-1.png"
                (made / mask).parent.mkdir(parents=True, exist_ok=True)
                cv2.imwrite(str(made / mask), np.where(half(word), 255, 0).astype(np.uint8))
                x0, y0, x1, _ = SQUARES[word]
                about: dict[str, Any] = {"id": index, "image_id": 1, "iscrowd": 0, "threshold": 0.5}
                about |= {"eigenmask": 0, "sign": 1}
                about |= {"category_id": index, "word": word, "label": f"{word} square", "score": 0.75}
                about |= {"probability": 0.9, "explained_variance_ratio": 0.5, "top": [], "mask": mask}
                about |= {"bbox": [x0, y0, x1 - x0, 60 - y0], "area": int(half(word).sum())}
                annotations.append(about | {"segmentation": run_lengths(half(word))})
            entry = {"photo": name, "width": SIZE[0], "height": SIZE[1], "notes": [], "classes": []}
            journal.write(line(entry | {"annotations": annotations}))
    return made
