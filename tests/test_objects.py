"""Objects made of things: their scores, boxes and classes, what is shown alone, and what becomes of every part."""

from dataclasses import replace

import numpy as np
import pytest
from rectangles import BLUE, RED, painted

from eyecandy import detect
from eyecandy.backbone.labels import Labels
from eyecandy.backbone.model import Backbone
from eyecandy.detection.detect import Detection
from eyecandy.detection.find.alone import known_alone, show_alone
from eyecandy.detection.find.eigenmasks import EigenMasks, Part
from eyecandy.detection.find.instances import Instance
from eyecandy.detection.find.logits import DenseLogits
from eyecandy.detection.find.masks import Thing, bounds
from eyecandy.detection.find.regions import EXPLAINED, FAINT, KEPT, UNSURE, Hypothesis, NamedPart
from eyecandy.detection.objects import DROPPED, eigenparts, objects
from eyecandy.detection.score import Signs, score

GRID, SIZE, SMALL = (12, 16), (320, 240), (80, 60)  # rows and columns; (width, height)
CLASSES = 40
WORDS = ("cat", "dog", "dog", *(f"thing {i}" for i in range(CLASSES - 3)))
LABELS = Labels(tuple(f"breed {i}" for i in range(CLASSES)), WORDS)
EVIDENCE = DenseLogits(np.zeros((*GRID, CLASSES), np.float32), LABELS)
EIGEN = EigenMasks(np.zeros((2, *GRID), np.float32), np.array([0.8, 0.2]), np.ones(2))
CAT, DOG = 0, 1
BOX = np.s_[15:45, 20:50]  # of the small mask


def surely(number: int, p: float = 0.99) -> np.ndarray:
    probabilities = np.full(CLASSES, (1 - p) / (CLASSES - 1))
    probabilities[number] = p
    return probabilities


def named(component: int = 0, sign: int = 1, word: int = 1, fate: str = KEPT) -> NamedPart:
    return NamedPart(Part(component, sign, np.ones(GRID, np.float32), 1.0), surely(word), word, 0.9, fate)


def thing(number: int = DOG, *parts: NamedPart, evidence: float = 0.9, rank: int = 0) -> Thing:
    word = int(LABELS.word_ids[number])
    region = Hypothesis(word, np.ones(GRID, np.float32), list(parts) or [named(word=word)], surely(number), evidence)
    inside = np.zeros(SMALL[::-1], bool)
    inside[BOX] = True
    soft = np.linspace(0, 0.8, GRID[0] * GRID[1]).reshape(GRID)
    return Thing(Instance(region, soft, surely(number), evidence), inside, rank)


def made(
    things: list[Thing], alone: list[np.ndarray], min_score: float = 0.0, min_probability: float = 0.0, top: int = 5
) -> list:
    known = list(zip(things, alone, strict=True))
    found = objects(known, EVIDENCE, EIGEN, SIZE, min_score=min_score, min_probability=min_probability, top=top)
    return [o for _, o in found]


def test_a_score_is_that_of_name_and_outline() -> None:
    again = float(EVIDENCE.words_above_chance(surely(DOG, 0.7))[1])
    (found,) = made([thing(evidence=0.9)], [surely(DOG, 0.7)])
    soft = found.small_saliency
    kept = soft[BOX].sum() / soft.sum()
    assert found.signs == pytest.approx((0.9, again, kept, 0), abs=1e-6)
    name = 1 / (1 + np.exp(1.96 - 0.49 * np.log(0.9 / 0.1) - 0.52 * np.log(again / (1 - again))))
    outline = 1 / (1 + np.exp(1.24 - 5.68 * kept))
    assert found.score == pytest.approx(name * outline, rel=1e-5)
    inside = thing().inside.copy()
    inside[:, :20] = True  # it touches three sides
    (wide,) = made([replace(thing(evidence=0.9), inside=inside)], [surely(DOG, 0.7)])
    assert wide.signs.sides == 3


def test_whatever_speaks_for_an_object_raises_its_score() -> None:
    least = Signs(0.5, 0.5, 0.5, 2)
    better = [least._replace(place=0.6), least._replace(alone=0.6), least._replace(kept=0.6), least._replace(sides=1)]
    assert all(1 > score(signs) > score(least) > 0 for signs in better)
    assert score(Signs(0.3, 0.3, 1.0, 0)) < 0.1  # nothing makes up for a name that is a guess
    assert 0 < score(Signs(0, 0, 0, 4)) < score(Signs(1, 1, 1, 0)) < 1


def test_the_least_score_and_the_least_probability_only_filter() -> None:
    things = [thing(evidence=e) for e in (0.95, 0.6, 0.8)]
    alone = [surely(DOG), surely(DOG, 0.6), surely(DOG, 0.9)]
    everything = made(things, alone)
    assert [o.score for o in everything] == sorted((o.score for o in everything), reverse=True)
    for least in (0.0, *(o.score for o in everything), 0.999):
        assert [o.score for o in made(things, alone, least)] == [o.score for o in everything if o.score >= least]
    for least in (*(o.probability for o in everything), 0.999):
        kept = made(things, alone, min_probability=least)
        assert [o.score for o in kept] == [o.score for o in everything if o.probability >= least]


def test_where_no_class_fits_it_is_something_like_it() -> None:
    (sure,) = made([thing()], [surely(DOG)])
    assert not sure.something_like and sure.called == sure.label == "breed 1"
    unsure = replace(thing(), instance=replace(thing().instance, probabilities=surely(DOG, 0.2)))
    (found,) = made([unsure], [surely(DOG, 0.2)])
    assert found.probability < 0.4 and found.something_like and found.called == "something like breed 1"
    assert found.label == "breed 1" and found.score < sure.score


def test_an_object_is_called_as_its_surroundings_and_it_alone_agree() -> None:
    two = surely(1, 0.6)
    two[2] = 0.39
    two /= two.sum()
    other = surely(2, 0.9)
    (found,) = made([replace(thing(), instance=replace(thing().instance, probabilities=two))], [other])
    both = np.sqrt(two * other)
    both /= both.sum()
    assert (found.class_index, found.label, found.word, found.name) == (2, "breed 2", "dog", "eigendog")
    unsure = surely(1, 0.5)
    unsure[2] = 0.49
    (breed,) = made([thing(1)], [unsure[[0, 2, 1, *range(3, CLASSES)]]])
    assert breed.class_index == 2  # which dog it is, it says best alone
    assert found.probability == pytest.approx(both[1] + both[2])
    assert [seen.class_index for seen in found.top[:2]] == [2, 1] and len(found.top) == 5
    np.testing.assert_allclose([seen.probability for seen in found.top], np.sort(both)[::-1][:5])


def test_a_box_is_the_bounds_of_the_mask() -> None:
    (found,) = made([thing()], [surely(DOG)])
    assert found.box == (80, 60, 200, 180)  # four pixels of the photo for one of the mask
    inside = found.mask >= found.threshold
    assert found.mask.shape == SIZE[::-1] and found.mask.dtype == np.float32
    columns, rows = np.flatnonzero(inside.any(0)), np.flatnonzero(inside.any(1))
    np.testing.assert_allclose(found.box, (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1), atol=2)
    assert found.area == inside.sum() == pytest.approx(120 * 120, rel=0.03)
    assert found.saliency.shape == SIZE[::-1] and 0.95 < found.saliency.max() <= 1 and found.saliency.min() >= 0


@pytest.mark.parametrize("size", [(80, 60), (81, 61), (333, 250), (40, 30), (8000, 6000)])
def test_bounds_in_pixels_of_a_photo_of_any_size(size: tuple[int, int]) -> None:
    inside = np.zeros((60, 80), bool)
    inside[15:45, 20:50] = True
    expected = np.array([20 / 80 * size[0], 15 / 60 * size[1], 50 / 80 * size[0], 45 / 60 * size[1]])
    box = bounds(inside, size)
    np.testing.assert_allclose(box, expected, atol=1)
    inside[:] = True
    assert bounds(inside, size) == (0, 0, *size)


# What became of the parts


def test_every_part_is_told_of() -> None:
    kept, with_it, unsure, explained = named(), named(1, -1), named(1, 1, fate=UNSURE), named(0, -1, 0, fate=EXPLAINED)
    gone = named(1, 1, 0)
    dog = thing(DOG, kept, with_it)  # the cat was not known again
    found = objects([(dog, surely(DOG))], EVIDENCE, EIGEN, SIZE, min_score=0, min_probability=0, top=3)
    assert [o.word for _, o in found] == ["dog"]
    parts = eigenparts([unsure, kept, gone, explained, with_it], found, EIGEN, LABELS, SIZE, 3)
    assert [part.fate for part in parts] == [UNSURE, KEPT, DROPPED, EXPLAINED, KEPT]
    assert [part.object for part in parts] == [None, 0, None, None, 0]
    assert [(part.component, part.sign) for part in parts] == [(1, 1), (0, 1), (1, 1), (0, -1), (1, -1)]
    assert [part.explained_variance_ratio for part in parts] == [0.2, 0.8, 0.2, 0.8, 0.2]
    assert [part.word for part in parts] == ["dog", "dog", "cat", "cat", "dog"]
    assert parts[1].said == "dog: object 1" and parts[3].said.startswith("cat? ")
    for part in parts:
        assert len(part.top) == 3 and part.mask.shape == SIZE[::-1] and not part.mask.flags.writeable


def consistent(found: Detection) -> None:
    """Each part of each eigen-mask once, objects of parts that there are, and fates that agree with them."""
    eigen = EigenMasks(
        found.eigenmasks.small, found.explained_variance_ratio, np.ones(len(found.explained_variance_ratio))
    )
    keys = [(part.component, part.sign) for part in found.eigenparts]
    assert len(set(keys)) == len(keys)
    assert {component for component, _ in keys} <= set(range(len(eigen.components)))
    for item in found.objects:
        assert (item.eigenmask, item.sign) in keys
        assert item.explained_variance_ratio == found.explained_variance_ratio[item.eigenmask]
    for part in found.eigenparts:
        assert part.fate in (KEPT, UNSURE, EXPLAINED, DROPPED, FAINT)
        assert (part.fate == KEPT) == (part.object is not None)
        assert 0 <= part.evidence <= 1
        side = part.sign * found.eigenmasks.small[part.component]
        above = np.maximum(side - max(float(np.median(side)), 0), 0)
        np.testing.assert_allclose(part.small_mask, above / above.max(), atol=1e-4)
        if part.object is not None:
            assert found.objects[part.object].word == part.word


@pytest.mark.parametrize(
    "name", ["dog_and_cat", "shepherd_and_kitten", "zebra_and_elephant", "hens", "coffee", "brick"]
)
def test_the_parts_of_a_photo_are_complete(net: Backbone, samples: object, name: str) -> None:
    found = detect(f"{samples}/{name}.jpg", backbone=net)
    consistent(found)
    kept = {part.object for part in found.eigenparts} - {None}
    words = {found.objects[i].word for i in kept}
    assert words == {item.word for item in found.objects}


@pytest.mark.parametrize("min_score", [0.0, 0.5])
def test_what_scores_too_little_is_told_as_dropped(net: Backbone, dog_and_cat: object, min_score: float) -> None:
    found = detect(dog_and_cat, backbone=net, min_score=min_score)
    consistent(found)
    fates = {part.word: part.fate for part in found.eigenparts if part.fate in (KEPT, DROPPED)}
    assert fates["cat"] == KEPT
    assert fates["dog"] == (KEPT if "dog" in {item.word for item in found.objects} else DROPPED)


# Shown alone


def test_each_box_is_seen_without_the_rest(colour_net: Backbone) -> None:
    seen = show_alone(painted(), [RED, BLUE, (0, 0, 40, 40)], colour_net)
    assert seen.shape == (3, 8)
    np.testing.assert_allclose(seen.sum(1), 1, rtol=1e-5)
    labels = colour_net.labels.names
    assert labels[int(seen[0].argmax())] == "red" and labels[int(seen[1].argmax())] == "blue"
    assert seen[0].max() > 0.99 and seen[1].max() > 0.9
    np.testing.assert_allclose(seen[2], 1 / 8, atol=0.01)  # grey


def test_a_narrow_box_is_widened_to_a_square_as_far_as_the_photo_goes(colour_net: Backbone) -> None:
    pixels = np.full((200, 300, 3), (0, 0, 255), np.uint8)
    pixels[:, 148:152] = (255, 0, 0)
    (strip, corner) = show_alone(pixels, [(148, 20, 152, 180), (0, 0, 10, 160)], colour_net)
    blue = colour_net.labels.names.index("blue")
    assert strip[blue] > 0.9 and corner[blue] > 0.99


def test_a_tiny_box_is_shown_with_what_is_around_it(colour_net: Backbone) -> None:
    pixels = np.full((200, 300, 3), (0, 0, 255), np.uint8)
    pixels[98:102, 148:152] = (255, 0, 0)
    (seen,) = show_alone(pixels, [(148, 98, 152, 102)], colour_net)
    assert colour_net.labels.names[int(seen.argmax())] == "blue"


def test_many_boxes_and_none(colour_net: Backbone) -> None:
    boxes = [RED, BLUE] * 20
    seen = show_alone(painted(), boxes, colour_net)
    np.testing.assert_allclose(seen, np.tile(seen[:2], (20, 1)), atol=1e-5)
    assert show_alone(painted(), [], colour_net).shape == (0, 8)


def coloured(net: Backbone, colour: str, pixels: np.ndarray, *boxes: tuple[int, int, int, int]) -> Thing:
    """A thing that is taken for a colour, in boxes of a picture."""
    number = net.labels.names.index(colour)
    inside = np.zeros((pixels.shape[0] // 2, pixels.shape[1] // 2), bool)
    for x0, y0, x1, y1 in boxes:
        inside[y0 // 2 : y1 // 2, x0 // 2 : x1 // 2] = True
    probabilities = np.eye(len(net.labels))[number]
    region = Hypothesis(int(net.labels.word_ids[number]), np.ones(GRID, np.float32), [], probabilities, 0.9)
    return Thing(Instance(region, np.ones(GRID, np.float32), probabilities, 0.9), inside)


def test_what_is_not_known_again_is_left_out(colour_net: Backbone) -> None:
    evidence = DenseLogits(np.zeros((*GRID, 8), np.float32), colour_net.labels)
    pixels = painted()
    right, wrong = (coloured(colour_net, "red", pixels, box) for box in (RED, BLUE))
    known = known_alone([wrong, right], pixels, evidence, colour_net)
    assert [each for each, _ in known] == [right] and known[0][1].argmax() == colour_net.labels.names.index("red")
    assert known_alone([], pixels, evidence, colour_net) == []


def test_what_is_not_known_as_a_whole_may_be_known_by_its_pieces(colour_net: Backbone) -> None:
    pixels = np.full((240, 320, 3), (0, 0, 255), np.uint8)
    corners = (0, 0, 64, 64), (240, 160, 320, 240)
    for x0, y0, x1, y1 in corners:
        pixels[y0:y1, x0:x1] = (255, 0, 0)
    evidence = DenseLogits(np.zeros((*GRID, 8), np.float32), colour_net.labels)
    speck = (150, 100, 154, 104)
    whole = coloured(colour_net, "red", pixels, *corners, speck)
    (large, _), (small, _) = known_alone([whole], pixels, evidence, colour_net)
    assert bounds(large.inside, (320, 240)) == corners[1] and bounds(small.inside, (320, 240)) == corners[0]
