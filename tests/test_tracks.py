"""Things keep their numbers: through gaps, behind others, past their like; a cut begins anew. All by hand, flow too."""

import numpy as np
import pytest

from eyecandy.clips.flow import Flow
from eyecandy.detection.tracks.follow import Frame, follow
from eyecandy.detection.tracks.matching import affinities, fits, overlaps, pairs
from eyecandy.detection.tracks.motion import carry, way
from eyecandy.detection.tracks.sharing import divided
from eyecandy.detection.tracks.sighting import Sighting
from eyecandy.detection.tracks.track import Cast
from eyecandy.detection.tracks.tracker import Followed, Tracker

HEIGHT, WIDTH = 60, 120


def box(x: int, y: int = 20, width: int = 20, height: int = 20) -> np.ndarray:
    """(HEIGHT, WIDTH) bool, True in a rectangle, as far as it lies inside."""
    made = np.zeros((HEIGHT, WIDTH), bool)
    made[max(0, y) : max(0, y + height), max(0, x) : max(0, x + width)] = True
    return made


def seen(mask: np.ndarray, word: str = "dog", score: float = 0.8, label: str | None = None) -> Sighting:
    return Sighting(word, label or f"a {word}", len(word), score, 0.9, mask.astype(np.float32))


def motion(*things: tuple[np.ndarray, tuple[int, int]]) -> Flow:
    """The flow of things, masks of this frame that have moved by (dx, dy); the ground stands still.

    What they have uncovered was not to be seen before.
    """
    back = np.zeros((HEIGHT, WIDTH, 2), np.float32)
    known = np.ones((HEIGHT, WIDTH), bool)
    for mask, (dx, dy) in things:
        back[mask] = -dx, -dy
        known[np.roll(mask, (-dy, -dx), (0, 1)) & ~mask] = False
    return Flow(back, known)


STILL = motion()


def by_number(frame: list[Followed]) -> dict[int, np.ndarray]:
    return {each.number: each.mask >= 0.5 for each in frame}


def test_a_mask_is_carried_with_what_it_lies_on() -> None:
    flow = motion((box(46, 18), (6, -2)))
    np.testing.assert_array_equal(carry(box(40).astype(np.float32), flow) >= 0.5, box(46, 18))
    assert way(box(46, 18), flow).tolist() == [6, -2]


def test_what_the_flow_does_not_know_moves_on_with_the_rest_of_the_thing() -> None:
    flow = motion((box(46), (6, 0)))
    known = flow.known & ~box(60, 20, 12)  # the right edge, and beyond it
    flow.back[~known] = 0
    np.testing.assert_array_equal(carry(box(40).astype(np.float32), Flow(flow.back, known)) >= 0.5, box(46))


def test_a_thing_keeps_its_number_while_it_is_carried_and_found_again() -> None:
    tracker = Tracker(patience=10)
    for frame in range(8):
        x = 10 + 6 * frame
        looked = [seen(box(x))] if frame in (0, 3, 6) else None
        (thing,) = tracker.step(looked, motion((box(x), (6, 0))) if frame else None)
        assert thing.number == 1 and (thing.sighting is None) == (looked is None)
        np.testing.assert_array_equal(thing.mask >= 0.5, box(x))


@pytest.mark.parametrize("gap", [4, 11])
def test_what_goes_behind_something_comes_out_as_itself_if_it_does_not_take_too_long(gap: int) -> None:
    """It moves 4 pixels a frame, is hidden for some frames, and appears where it would be by then."""
    tracker = Tracker(patience=8)
    for frame in range(4):
        tracker.step([seen(box(4 * frame))], motion((box(4 * frame), (4, 0))) if frame else None)
    for _ in range(gap):
        tracker.step([], STILL)
    (thing,) = [each for each in tracker.step([seen(box(4 * (3 + gap + 1)))], STILL) if each.sighting is not None]
    assert thing.number == (1 if gap < 8 else 2)


def test_two_of_a_word_that_cross_keep_their_numbers() -> None:
    """One passes in front of the other; while they overlap, a look sees both as one."""
    tracker = Tracker(patience=12)
    for frame in range(21):
        front, behind = box(5 + 4 * frame, 18), box(90 - 4 * frame, 24)
        hidden = behind & ~front
        flow = motion((hidden, (-4, 0)), (front, (4, 0))) if frame else None
        together = (front & behind).any()
        looks = [seen(front | behind)] if together else [seen(behind), seen(front)]
        numbers = by_number(tracker.step(looks, flow))
        assert set(numbers) == {1, 2}
        if not together:
            np.testing.assert_array_equal(numbers[2], front)
            np.testing.assert_array_equal(numbers[1], behind)
        else:
            assert not (numbers[1] & numbers[2]).any()


def test_pieces_that_touch_are_the_thing_that_they_lie_in() -> None:
    tracker = Tracker(patience=5)
    for frame in range(3):
        tracker.step([seen(box(20, width=40))], STILL if frame else None)
    (thing,) = tracker.step([seen(box(20, width=20)), seen(box(40, width=20))], STILL)
    assert thing.number == 1
    np.testing.assert_array_equal(thing.mask >= 0.5, box(20, width=40))
    apart = tracker.step([seen(box(20, width=14)), seen(box(46, width=14))], STILL)
    assert [each.number for each in apart if each.sighting is not None] == [1, 2]


def test_a_cut_begins_anew() -> None:
    tracker = Tracker(patience=5)
    numbers = [tracker.step([seen(box(20))], flow)[0].number for flow in (None, STILL, None, STILL)]
    assert numbers == [1, 1, 2, 2]


def test_follow_finds_the_cut_and_looks_at_once() -> None:
    random = np.random.default_rng(0)
    # coarse noise, so that there is something to follow
    one, other = (np.kron(random.integers(low, low + 120, (12, 18, 3)), np.ones((8, 8, 1))) for low in (0, 135))
    frames = [np.roll(one, 2 * n, 1).astype(np.uint8) for n in range(5)] + [other.astype(np.uint8)] * 4
    asked = []

    def look(frame: np.ndarray, size: tuple[int, int]) -> list[Sighting]:
        asked.append(size)
        mask = np.zeros(size[::-1], np.float32)
        mask[20:60, 20:80] = 1
        return [Sighting("dog", "a dog", 1, 0.8, 0.9, mask)]

    told = list(follow(frames, look, every=3, patience=10))
    assert [frame.scene for frame in told] == [0] * 5 + [1] * 4
    assert [frame.number for frame in told if frame.looked] == [0, 3, 5, 8]
    assert asked == [(144, 96)] * 4
    assert {each.number for frame in told[5:] for each in frame.things}.isdisjoint(
        each.number for frame in told[:5] for each in frame.things
    )


def test_the_word_that_was_said_most_surely_stays() -> None:
    cast = Cast()
    said = [("dog", 0.8, "husky"), ("dog", 0.6, "malamute"), ("wolf", 0.9, "timber wolf"), ("dog", 0.7, "husky")]
    for number, (word, score, label) in enumerate(said):
        cast.add(Frame(number, 0, True, [Followed(1, box(5).astype(np.float32), seen(box(5), word, score, label))]))
    (track,) = cast.tracks().values()
    assert (track.word, track.label, track.first, track.last, track.looks) == ("dog", "husky", 0, 3, 4)
    assert track.score == pytest.approx((0.8 + 0.6 + 0.7) / 4)


def test_a_track_ends_where_a_look_misses_it_but_a_gap_is_filled() -> None:
    """Looked at in every second frame: found at 0 and 2, missed at 4, found at 6, missed at 8."""
    cast, mask = Cast(), box(5).astype(np.float32)
    for frame in range(10):
        found = seen(box(5)) if frame in (0, 2, 6) else None
        fleeting = [Followed(2, mask, seen(box(50)))] if frame == 4 else []
        cast.add(Frame(frame, 0, frame % 2 == 0, [Followed(1, mask, found), *fleeting]))
    (track,) = cast.tracks().values()
    assert (track.first, track.last, track.frames, track.looks) == (0, 7, 8, 3)
    assert cast.fleeting == 1


def test_overlap_word_and_the_best_of_all_pairs() -> None:
    masks = [box(0), box(10), np.zeros((HEIGHT, WIDTH), bool)]
    np.testing.assert_allclose(overlaps(masks, masks[:2]), [[1, 1 / 3], [1 / 3, 1], [0, 0]])
    np.testing.assert_allclose(fits([box(0, width=40)], [box(0)]), [[0.75]])
    np.testing.assert_allclose(affinities(np.array([[0.8, 0.8]]), np.array([[1.0, 0.0]])), [[0.8, 0.4]])
    assert pairs(np.array([[0.9, 0.8], [0.8, 0.1], [0.2, 0.2]])) == [(0, 1), (1, 0)]


def test_a_sighting_of_two_is_divided_where_each_was_expected() -> None:
    one, other = box(20), box(35)
    left, right = divided(one | other, [one, other]) or []
    np.testing.assert_array_equal(left | right, one | other)
    assert not (left & right).any() and abs(int(left.sum()) - int(right.sum())) <= 20  # a column is as near to both
    assert divided(one, [one, box(80)]) is None
