"""Frames with the things on them: in their colours, or cut out."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from eyecandy.detection.tracks.journal import Shown, mask_of, soft

COLOURS: tuple[tuple[int, int, int], ...]
COLOURS = ((240, 84, 56), (46, 150, 240), (250, 190, 30), (60, 180, 90), (190, 90, 220), (20, 190, 190))
COLOURS += ((240, 110, 170), (150, 120, 60), (120, 200, 40), (100, 100, 240))
"""Of tracks, one after another, and again."""
_TINT = 0.38
_EDGE = 0.0035  # width of outlines, of the shorter side
_TEXT = 0.045  # height of letters, likewise
_SMALLEST = 11  # pixels


def colour(number: int) -> tuple[int, int, int]:
    """The colour, RGB, of a track."""
    return COLOURS[(number - 1) % len(COLOURS)]


def with_masks(frame: np.ndarray, shown: Shown) -> np.ndarray:
    """A frame (H, W, 3) uint8 with each thing tinted and outlined in its colour, and its number and word beside it."""
    drawn = frame.copy()
    short = min(frame.shape[:2])
    for track, entry in shown["things"]:
        where, paint = mask_of(entry), np.array(colour(track.number), np.float32)
        drawn[where] = np.rint((1 - _TINT) * drawn[where] + _TINT * paint).astype(np.uint8)
        edges, _ = cv2.findContours(where.view(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(drawn, edges, -1, colour(track.number), max(1, round(_EDGE * short)), cv2.LINE_AA)
    if not shown["things"]:
        return drawn
    canvas = Image.fromarray(drawn)
    pen, size = ImageDraw.Draw(canvas), max(_SMALLEST, round(_TEXT * short))
    taken: list[tuple[float, float, float, float]] = []
    for track, entry in shown["things"]:
        rows, columns = np.nonzero(mask_of(entry))
        corner = int(columns.min()), int(rows.min())
        taken.append(_label(pen, f"{track.number} {track.word}", corner, size, colour(track.number), taken))
    return np.asarray(canvas)


def cut_out(frame: np.ndarray, shown: Shown) -> np.ndarray:
    """A frame's things on nothing: (H, W, 4) uint8, not premultiplied; black where nothing is to be seen."""
    height, width = frame.shape[:2]
    masks = [mask_of(entry) for _, entry in shown["things"]]
    opacity = np.zeros((height, width), np.float32)
    if masks:
        opacity = soft(np.logical_or.reduce(masks), max(0.8, min(height, width) / 450))
    alpha = np.rint(255 * opacity).astype(np.uint8)
    return np.dstack([np.where(alpha[..., None] > 0, frame, 0).astype(np.uint8), alpha])


def _label(
    pen: ImageDraw.ImageDraw,
    text: str,
    corner: tuple[int, int],
    size: int,
    ground: tuple[int, int, int],
    taken: Sequence[tuple[float, float, float, float]],
) -> tuple[float, float, float, float]:
    """Writes a line on its colour above a corner, inside the frame, below what is written there; gives its box."""
    font, pad = _font(size), size * 0.3
    wide, high = pen.textlength(text, font) + 2 * pad, size + 2 * pad
    left = min(max(0.0, corner[0]), max(0.0, pen.im.size[0] - wide))
    top = min(max(0.0, corner[1] - high), pen.im.size[1] - high)
    for box in sorted(taken, key=lambda box: box[1]):
        if left < box[2] and box[0] < left + wide and top < box[3] and box[1] < top + high:
            top = min(box[3] + 1, pen.im.size[1] - high)
    bright = np.dot(ground, (0.299, 0.587, 0.114)) > 150
    pen.rectangle((left, top, left + wide, top + high), fill=ground)
    pen.text((left + pad, top + high / 2), text, (20, 20, 20) if bright else (255, 255, 255), font, anchor="lm")
    return left, top, left + wide, top + high


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    import matplotlib  # for the letters that come with it

    return ImageFont.truetype(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf", size)
