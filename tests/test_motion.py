"""From one frame to the next: a photo that changes under an objective, detail that stays, and what came into sight."""

from pathlib import Path

import numpy as np
import pytest

from eyecandy.art.core.borrow import borrowed
from eyecandy.art.core.detail import moved_with_detail
from eyecandy.art.core.moving import FREE, MovingSource, held_where_it_was
from eyecandy.art.core.objectives import Seen
from eyecandy.clips import warp
from eyecandy.images import Photo, load, resize


def photo(level: int) -> Photo:
    return Photo(np.full((24, 32, 3), level, np.uint8), None, ())


def test_what_an_objective_was_given_follows_the_frame() -> None:
    source = MovingSource(photo(10), "photo")
    with source.asked():
        pixels = source.tensor((16, 12))
        double = source.derived("double", (16, 12), lambda: {"it": 2.0 * source.at((16, 12)).mean()})
    assert (int(pixels[0, 3, 4, 1]), float(double["it"])) == (10, 20)
    source.show(photo(70))
    assert (int(pixels[0, 3, 4, 1]), float(double["it"])) == (70, 140)
    source.show(photo(90), (8, 6))  # another size than what was asked for
    assert int(pixels[0, 3, 4, 1]) == 70
    assert not source.fixed


def test_an_objective_that_holds_a_frames_pixels_is_known() -> None:
    source = MovingSource(photo(10), "photo")
    source.pixels_at((16, 12))  # as the picture begins
    assert not source.fixed
    with source.asked():
        source.at((16, 12))
    assert source.fixed
    source.forget()
    assert not source.fixed


def test_only_what_was_seen_before_is_held() -> None:
    target = np.full((1, 6, 8, 3), 100, np.float32)
    target[:, :, 4:] = FREE
    ((_, term),) = held_where_it_was(target).terms
    image = target.copy()
    image[:, :, 4:] = 250
    assert float(term.loss(term.sums(Seen(image=image, target_image=target)))) == 0
    image[:, :, :4] += 22
    whole = float(term.loss(term.sums(Seen(image=image, target_image=target))))
    parts = [term.sums(Seen(image=image[:, rows], target_image=target[:, rows])) for rows in (slice(2), slice(2, 6))]
    added = float(term.loss([sum(each) for each in zip(*parts, strict=True)]))  # as tiles add it up
    assert whole > 0 and added == pytest.approx(whole)


def test_detail_stays_over_many_small_moves(samples: Path) -> None:
    picture = resize(load(samples / "hens.jpg").pixels, (120, 90))
    back = np.full((90, 120, 2), 0.37, np.float32)
    kept, soft = picture, picture
    for _ in range(12):
        kept = np.rint(moved_with_detail(kept, back)).astype(np.uint8)
        soft = warp(soft, back)

    def fine(pixels: np.ndarray) -> float:
        return float(np.abs(np.diff(pixels[20:70, 20:100].astype(float), axis=1)).mean())

    assert fine(kept) > 0.85 * fine(picture)
    assert fine(kept) > fine(soft)
    still = moved_with_detail(picture, np.zeros((90, 120, 2), np.float32))
    np.testing.assert_allclose(still, picture, atol=0.01)


def test_what_came_into_sight_is_painted_as_what_looks_alike() -> None:
    frame = np.zeros((60, 80, 3), np.uint8)
    frame[:, 40:] = 200
    painted = np.zeros((60, 80, 3), np.float32)
    painted[:, :40], painted[:, 40:] = (250, 0, 0), (0, 0, 250)
    known = np.ones((60, 80), bool)
    known[20:40, 30:52] = False
    found = borrowed(np.where(known[..., None], painted, 77), frame, known)
    np.testing.assert_allclose(found[22:38, 31:36].mean((0, 1)), (250, 0, 0), atol=2)
    np.testing.assert_allclose(found[22:38, 44:51].mean((0, 1)), (0, 0, 250), atol=2)
    nothing = borrowed(painted, frame, np.zeros((60, 80), bool))
    np.testing.assert_allclose(nothing, frame, atol=0.01)
