"""Objects made from class maps drawn by hand: what merges, what stays apart, and where the boxes are."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eyecandy.backbone.labels import Labels
from eyecandy.detection.arrays import normalise
from eyecandy.detection.detect import MASK_SIZE
from eyecandy.detection.find.eigenmasks import decompose
from eyecandy.detection.find.refine import PROBABLE
from eyecandy.detection.objects import HALF_SCORE, DetectedObject, Sight, find_objects
from eyecandy.images import fit

CLASSES = 20
ROWS, COLUMNS, STRIDE = 12, 16, 32
LABELS = Labels(
    tuple(f"breed {i}" for i in range(CLASSES)), ("bird", "cat", "cat", "fish", "car", *["dog"] * 6, *["thing"] * 9)
)
CAT, FISH, CAR, DOG, OTHER_DOG = 1, 3, 4, 5, 6
SURE = 12.0
LEFT, RIGHT = np.s_[3:9, 1:7], np.s_[3:9, 9:15]


def drawn(*things: tuple[tuple[slice, slice], dict[int, float]]) -> np.ndarray:
    """A class map that says nothing but for the places of each thing, where its classes have these logits."""
    class_map = np.zeros((ROWS, COLUMNS, CLASSES), np.float32)
    class_map[..., :11] = -0.05  # a little below chance: no evidence
    for place, logits in things:
        for label, logit in logits.items():
            class_map[place][..., label] = logit
    return class_map


def sight_of(class_map: np.ndarray, size: tuple[int, int] = (256, 192)) -> Sight:
    """What a network with this class map would see of a picture that is bright where it sees something."""
    rows, columns, _ = class_map.shape
    p = np.exp(class_map) / np.exp(class_map).sum(-1, keepdims=True)
    top = np.argsort(-p.max((0, 1)), kind="stable")[:8]
    signals = np.kron(p[..., top].transpose(2, 0, 1), np.ones((STRIDE, STRIDE))).astype(np.float32)
    bright = (class_map.max(-1) > 0).astype(np.float32)
    small = fit(size, MASK_SIZE)
    lit = cv2.resize(np.kron(bright, np.ones((STRIDE, STRIDE))), small, interpolation=cv2.INTER_NEAREST)
    grain = np.random.default_rng(0).integers(0, 20, (*lit.shape, 3))
    pixels = (30 + 180 * lit[..., None] + grain).astype(np.uint8)
    assert (rows * STRIDE, columns * STRIDE) == signals.shape[1:]
    return Sight(pixels, size, class_map, signals, decompose(normalise(signals), components=4))


def bounds(inside: np.ndarray) -> tuple[int, ...]:
    columns, rows = np.flatnonzero(inside.any(0)), np.flatnonzero(inside.any(1))
    return columns[0], rows[0], columns[-1] + 1, rows[-1] + 1


def words(objects: tuple[DetectedObject, ...]) -> list[str]:
    return sorted(o.word for o in objects)


def test_two_things_side_by_side() -> None:
    objects = find_objects(sight_of(drawn((LEFT, {DOG: SURE}), (RIGHT, {CAT: SURE}))), LABELS)
    assert words(objects) == ["cat", "dog"]
    boxes = {o.word: o.box for o in objects}
    # The picture's own edges, at 16 pixels a place.
    np.testing.assert_allclose(boxes["dog"], (16, 48, 112, 144), atol=2)
    np.testing.assert_allclose(boxes["cat"], (144, 48, 240, 144), atol=2)
    for o in objects:
        assert (o.label, o.class_index) == ((f"breed {DOG}", DOG) if o.word == "dog" else (f"breed {CAT}", CAT))
        assert o.name == f"eigen{o.word}"
        assert o.top[0].class_index == o.class_index and o.top[0].label == o.label
        assert o.probability == pytest.approx(1, abs=0.03)
        assert 0.5 < o.score < 1


def test_each_object_belongs_to_a_part_of_an_eigenmask_that_lies_on_it() -> None:
    sight = sight_of(drawn((LEFT, {DOG: SURE}), (RIGHT, {CAT: SURE})))
    parts = {(index, sign): part for index, sign, part in sight.eigenmasks.parts()}
    for o in find_objects(sight, LABELS, refinement="none"):
        part = parts[o.eigenmask, o.sign]
        half = part[:, : part.shape[1] // 2] if o.word == "dog" else part[:, part.shape[1] // 2 :]
        assert half.sum() > 0.8 * part.sum()
        assert o.explained_variance_ratio == sight.eigenmasks.explained_variance_ratio[o.eigenmask]


def test_two_names_for_the_same_places_are_one_object_and_their_probabilities_add_up() -> None:
    class_map = drawn((LEFT, {DOG: SURE + np.log(0.6), OTHER_DOG: SURE + np.log(0.4)}))
    (found,) = find_objects(sight_of(class_map), LABELS, refinement="none")
    assert (found.label, found.word) == (f"breed {DOG}", "dog")
    by_class = {seen.class_index: seen.probability for seen in found.top}
    assert 0.5 < by_class[DOG] < 0.65 and 0.35 < by_class[OTHER_DOG] < 0.5
    assert found.probability == pytest.approx(sum(by_class[i] for i in range(5, 11)), abs=1e-5)
    assert found.probability > 0.98


def test_each_object_lists_its_own_classes_best_first() -> None:
    sight = sight_of(drawn((LEFT, {DOG: SURE}), (RIGHT, {CAT: SURE, FISH: SURE - 3})))
    for o in find_objects(sight, LABELS, top=3, refinement="none"):
        assert len(o.top) == 3
        assert [seen.probability for seen in o.top] == sorted((seen.probability for seen in o.top), reverse=True)
        expected = [DOG] if o.word == "dog" else [CAT, FISH]
        assert [seen.class_index for seen in o.top][: len(expected)] == expected


def test_unlike_neighbours_of_one_word_stay_two() -> None:
    """Two dogs that touch, each of a breed that the other could not be."""
    left, right = np.s_[3:9, 2:8], np.s_[3:9, 8:14]
    objects = find_objects(sight_of(drawn((left, {DOG: SURE}), (right, {OTHER_DOG: SURE}))), LABELS, refinement="none")
    assert words(objects) == ["dog", "dog"]
    assert {o.class_index for o in objects} == {DOG, OTHER_DOG}


def test_one_class_at_two_separate_places_is_two_objects() -> None:
    left, right = np.s_[3:9, 0:5], np.s_[3:9, 11:16]
    objects = find_objects(sight_of(drawn((left, {CAR: SURE}), (right, {CAR: SURE}))), LABELS)
    assert words(objects) == ["car", "car"]
    first, second = sorted(objects, key=lambda o: o.box)
    np.testing.assert_allclose(first.box, (0, 48, 80, 144), atol=2)
    np.testing.assert_allclose(second.box, (176, 48, 256, 144), atol=2)
    assert first.mask[:, 128:].max() < first.threshold and second.mask[:, :128].max() < second.threshold


def test_a_speck_of_the_same_class_is_no_second_object() -> None:
    class_map = drawn((LEFT, {CAR: SURE}), (np.s_[5:6, 13:14], {CAR: SURE}))
    (found,) = find_objects(sight_of(class_map), LABELS)
    assert found.box[2] < 150


def test_the_larger_object_scores_higher_and_comes_first() -> None:
    class_map = drawn((np.s_[4:8, 1:5], {DOG: SURE}), (np.s_[2:10, 7:15], {CAT: SURE}))
    objects = find_objects(sight_of(class_map), LABELS, refinement="none")
    assert [o.word for o in objects] == ["cat", "dog"]
    assert objects[0].score > objects[1].score


def test_a_score_is_evidence_over_evidence_and_ten() -> None:
    """A thing of known evidence, worked out from the logits: blurred by one place, but certain inside."""
    class_map = np.zeros((ROWS, COLUMNS, CLASSES), np.float32)
    class_map[..., DOG] = 60  # everywhere: the blur does nothing, and each of 192 places is worth 1
    class_map[0, 0, CAT] = 1  # so that the masks are not all equal
    (found,) = find_objects(sight_of(class_map), LABELS, refinement="none")
    places = ROWS * COLUMNS
    assert found.score == pytest.approx(places / (places + HALF_SCORE), abs=0.001)


@pytest.mark.parametrize("seed", range(6))
def test_a_higher_least_score_never_adds_objects(seed: int) -> None:
    rng = np.random.default_rng(seed)
    blobs = np.kron(rng.normal(0, 3, (3, 4, CLASSES)), np.ones((4, 4, 1))).astype(np.float32)
    sight = sight_of(blobs)
    counts = []
    for least in (0.05, 0.2, 0.35, 0.5, 0.6, 0.8, 0.95):
        objects = find_objects(sight, LABELS, min_score=least, refinement="none")
        assert all(o.score >= least for o in objects)
        assert [o.score for o in objects] == sorted((o.score for o in objects), reverse=True)
        counts.append(len(objects))
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[-1]


@pytest.mark.parametrize("seed", [0, 1, 39])
def test_without_a_least_score_every_object_still_has_a_box(seed: int) -> None:
    """In seed 39 a class is left with no place of its own once the others have theirs."""
    class_map = np.random.default_rng(seed).normal(0, 4, (ROWS, COLUMNS, CLASSES)).astype(np.float32)
    objects = find_objects(sight_of(class_map, (96, 72)), LABELS, min_score=0.0, refinement="none")
    assert objects
    for o in objects:
        assert o.score > 0
        assert o.box[0] < o.box[2] and o.box[1] < o.box[3]


@settings(max_examples=8, deadline=None)
@given(
    width=st.integers(16, MASK_SIZE),
    height=st.integers(16, MASK_SIZE),
    refinement=st.sampled_from(["grabcut", "none"]),
)
def test_a_box_is_the_bounds_of_the_mask(width: int, height: int, refinement: str) -> None:
    sight = sight_of(drawn((LEFT, {DOG: SURE}), (RIGHT, {CAT: SURE})), (width, height))
    for o in find_objects(sight, LABELS, refinement=refinement):
        mask = o.mask
        assert mask.shape == (height, width) and mask.dtype == np.float32
        assert o.box == bounds(mask >= o.threshold)
        assert o.area == (mask >= o.threshold).sum() > 0
        assert mask.min() >= 0 and mask.max() <= 1


@pytest.mark.parametrize("size", [(641, 480), (1400, 1050), (3000, 2250)])
def test_a_box_on_a_large_photo_is_the_bounds_of_the_mask_to_one_pixel_of_the_small_one(size: tuple[int, int]) -> None:
    sight = sight_of(drawn((LEFT, {DOG: SURE}), (RIGHT, {CAT: SURE})), size)
    cell = max(size) / MASK_SIZE
    objects = find_objects(sight, LABELS)
    assert len(objects) == 2
    for o in objects:
        assert o.mask.shape == size[::-1] and o.small_mask.shape == sight.pixels.shape[:2]
        np.testing.assert_allclose(o.box, bounds(o.mask >= o.threshold), atol=cell)
        # The picture's edges, whatever the scale.
        x0, x1 = (32, 224) if o.word == "dog" else (288, 480)
        expected = np.array([x0 / 512 * size[0], 96 / 384 * size[1], x1 / 512 * size[0], 288 / 384 * size[1]])
        np.testing.assert_allclose(o.box, expected, atol=3 * cell)
        assert 0 <= o.box[0] < o.box[2] <= size[0] and 0 <= o.box[1] < o.box[3] <= size[1]


def test_without_refinement_the_mask_is_the_raw_one() -> None:
    sight = sight_of(drawn((LEFT, {DOG: SURE}), (RIGHT, {CAT: SURE})))
    raw, sharp = (find_objects(sight, LABELS, refinement=name) for name in ("none", "grabcut"))
    for one, other in zip(raw, sharp, strict=True):
        assert one.threshold == PROBABLE and other.threshold == 0.5
        assert one.saliency.max() == 1 and one.saliency.min() >= 0
        np.testing.assert_array_equal(one.mask, one.saliency)  # one shape, without specks
        np.testing.assert_array_equal(one.saliency, other.saliency)
        # The raw one fades, the sharp one is within two pixels from full to empty.
        assert ((other.mask > 0.05) & (other.mask < 0.95)).mean() < 0.03
        assert ((one.mask > 0.05) & (one.mask < 0.95)).mean() > 0.08


def test_neighbours_that_could_be_called_by_each_others_name_are_one_object() -> None:
    """A boxer whose head reads as a bull mastiff: either place would take the other's name too."""
    left, right = np.s_[3:9, 2:8], np.s_[3:9, 8:14]
    class_map = drawn((left, {DOG: SURE, OTHER_DOG: SURE - 1.5}), (right, {DOG: SURE - 1.5, OTHER_DOG: SURE}))
    (found,) = find_objects(sight_of(class_map), LABELS)
    assert found.word == "dog" and found.probability > 0.95
    np.testing.assert_allclose(found.box, (32, 48, 224, 144), atol=2)


def test_nothing_to_see() -> None:
    assert find_objects(sight_of(np.zeros((ROWS, COLUMNS, CLASSES), np.float32)), LABELS) == ()


def test_two_runs_give_the_same_bytes() -> None:
    sight = sight_of(drawn((LEFT, {DOG: SURE}), (RIGHT, {CAT: SURE}), (np.s_[0:2, 6:10], {FISH: SURE})))
    first, second = (find_objects(sight, LABELS, min_score=0.3) for _ in range(2))
    assert len(first) == 3
    for one, other in zip(first, second, strict=True):
        assert one.mask.tobytes() == other.mask.tobytes()
        assert one.saliency.tobytes() == other.saliency.tobytes()
        assert (one.score, one.box, one.top, one.eigenmask, one.sign) == (
            other.score,
            other.box,
            other.top,
            other.eigenmask,
            other.sign,
        )
