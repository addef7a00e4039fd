"""Masks as polygons, for tools that know no pixels: rings of points, off by no more than an error that is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import cast

import cv2
import numpy as np
from contourpy import FillType, contour_generator

Ring = np.ndarray
"""(n, 2) float32: the points of a closed line, x and y in pixels; the last is joined to the first."""


@dataclass(frozen=True)
class Part:
    """A connected part of a mask.

    Attributes:
        outer: the ring around it.
        holes: the rings around its holes, which run the other way.
    """

    outer: Ring
    holes: tuple[Ring, ...]


def outlines(inside: np.ndarray, error: float) -> list[Part]:
    """The parts of a mask by their borders, which lie between pixels: pixel i reaches from i to i + 1.

    So do COCO, CVAT and Label Studio count. Unsimplified, the pixels whose centre lies within are those of the mask.

    Args:
        inside: (H, W) bool.
        error: how far a point of the border may lie off the polygon, in pixels.
    """
    crop, corner = _cropped(inside)
    framed = np.pad(crop, 1).astype(np.float32)
    filled = contour_generator(z=framed, fill_type=FillType.OuterOffset).filled(0.5, np.inf)
    rings, offsets = cast("tuple[list[np.ndarray], list[np.ndarray]]", filled)
    parts = []
    for points, at in zip(rings, offsets, strict=True):
        # a pixel's centre lies half a pixel into it, and the frame is one
        outer, *holes = (points[a : b - 1] + corner - 0.5 for a, b in pairwise(at))
        parts.append(Part(_simple(outer, error), tuple(_simple(hole, error) for hole in holes)))
    return _largest_first(parts)


def through_pixels(inside: np.ndarray, error: float) -> list[Part]:
    """The parts of a mask by the outermost of their pixels, which count as inside: pixel i lies at i.

    So do the programs that fill polygons with OpenCV or Pillow: YOLO's, labelme, VOC's of supervision. Holes run along
    the pixels around them. Args as `outlines`.
    """
    crop, corner = _cropped(inside)
    found, hierarchy = cv2.findContours(crop.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    rings = [_simple(ring[:, 0] + corner, error) for ring in found]
    above = [] if hierarchy is None else hierarchy[0, :, 3].tolist()  # -1 of what is no hole
    holes = {number: [ring for ring, over in zip(rings, above, strict=True) if over == number] for number in set(above)}
    parts = [
        Part(ring, tuple(holes.get(number, ())))
        for number, (ring, over) in enumerate(zip(rings, above, strict=True))
        if over < 0
    ]
    return _largest_first(parts)


def bridged(parts: Sequence[Part]) -> Ring:
    """One ring for all parts and their holes, for formats that hold no more: each is joined to the rest by a seam.

    The seam goes there and back between the nearest corners, so that it takes no room; a program that draws the line
    itself draws a pixel's width between parts that lie apart.
    """
    rings = [_joined([part.outer, *part.holes]) for part in parts]
    return _joined(rings)


def keyholed(part: Part) -> Ring:
    """One ring for a part and its holes, joined by seams through its inside, see `bridged`."""
    return bridged([part])


def _joined(rings: Sequence[Ring]) -> Ring:
    whole, *others = rings
    while others:
        gaps = [((whole[:, None] - ring[None]) ** 2).sum(-1) for ring in others]
        nearest = int(np.argmin([gap.min() for gap in gaps]))
        ring = others.pop(nearest)
        here, there = np.unravel_index(gaps[nearest].argmin(), gaps[nearest].shape)
        around = np.concatenate([np.roll(ring, -there, 0), ring[there : there + 1]])
        whole = np.concatenate([whole[: here + 1], around, whole[here:]])
    return whole


def _cropped(inside: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A mask without the empty rows and columns around it, and the x and y of its corner."""
    rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
    if not len(rows):
        return inside[:0, :0], np.zeros(2, np.float32)
    crop = inside[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return crop, np.array([columns[0], rows[0]], np.float32)


def _simple(ring: np.ndarray, error: float) -> Ring:
    """A ring with fewer points (Douglas, Peucker 1973), and at least three."""
    points = ring.astype(np.float32)
    fewer = cv2.approxPolyDP(points[:, None], error, closed=True)[:, 0]
    if len(fewer) >= 3:
        return fewer
    return points if len(points) >= 3 else points[[0, -1, -1]]


def _largest_first(parts: list[Part]) -> list[Part]:
    return sorted(parts, key=lambda part: -cv2.contourArea(part.outer))
