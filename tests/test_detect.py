"""`detect` from end to end: on pictures whose answer is known, and on the samples."""

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from rectangles import BLUE, RED, inside, overlap, painted, same

from eyecandy import detect, images
from eyecandy.backbone.model import Backbone
from eyecandy.detection.detect import Detection, DetectOptions, look
from eyecandy.detection.find import signals
from eyecandy.detection.options import CLOSER_SIZE, SIZE
from eyecandy.errors import EyecandyError

# On colours, where the answer can be worked out.


@pytest.mark.parametrize("decomposition", ["pca", "nmf"])
@pytest.mark.parametrize("signal", ["places", "gradient-input"])
def test_two_painted_rectangles(colour_net: Backbone, signal: str, decomposition: str) -> None:
    found = detect(painted(), backbone=colour_net, top=8, signal=signal, decomposition=decomposition)
    boxes = {o.label: o.box for o in found.objects}
    np.testing.assert_allclose(boxes.pop("red"), RED, atol=1)
    np.testing.assert_allclose(boxes.pop("blue"), BLUE, atol=1)
    assert not boxes
    for o in found.objects:
        truth = inside(RED if o.label == "red" else BLUE, (400, 256))
        assert overlap(o.mask >= o.threshold, truth) > 0.97
        assert o.word == o.label and o.name == f"eigen{o.label}"
    # e^12 / (e^12 + 3 e^4 + 3 e^-4 + e^-12): a pure colour is three times as near its own corner as the next.
    assert {c.label for c in found.classes[:2]} == {"red", "blue"}
    assert found.classes[0].probability == pytest.approx(1 / (1 + 3 * np.exp(-8) + 3 * np.exp(-16)), abs=1e-5)


def test_more_than_a_photo_of_any_size(colour_net: Backbone) -> None:
    """Six times larger, it is found at the same places: boxes and masks come in the photo's own pixels."""
    found = detect(painted(6), backbone=colour_net, top=8, size=400)
    assert found.photo.size == (2400, 1536)
    boxes = {o.label: np.array(o.box) / 6 for o in found.objects}
    assert set(boxes) == {"red", "blue"}
    np.testing.assert_allclose(boxes["red"], RED, atol=2)
    np.testing.assert_allclose(boxes["blue"], BLUE, atol=2)
    assert all(o.mask.shape == (1536, 2400) for o in found.objects)


def test_a_picture_of_one_colour_is_not_empty_space(colour_net: Backbone) -> None:
    """All of it is the object, so there is nothing for GrabCut to tell it from, and the raw mask stands."""
    pixels = np.full((256, 256, 3), (255, 0, 0), np.uint8)
    pixels[:40, :40] = 127
    (found,) = detect(pixels, backbone=colour_net, top=8).objects
    assert found.label == "red"
    assert found.box[2:] == (256, 256) and max(found.box[:2]) <= 40


def test_the_first_look_ranks_classes_by_either_reading(colour_net: Backbone) -> None:
    """A small pure red beside a broad, weaker blue: the best place decides, or the average does."""
    pixels = np.full((256, 256, 3), (90, 90, 200), np.uint8)
    pixels[:32, :32] = (255, 0, 0)
    first = {
        reading: detect(pixels, backbone=colour_net, top=2, reading=reading).classes[0].label
        for reading in ("places", "average")
    }
    assert first == {"places": "red", "average": "blue"}


@pytest.mark.parametrize("size", [(200, 260), (800, 600)])
@pytest.mark.parametrize("level", [0, 127, 255])
def test_a_flat_picture_holds_no_object(net: Backbone, level: int, size: tuple[int, int]) -> None:
    pixels = np.full((*size, 3), level, np.uint8)
    found = detect(pixels, backbone=net)
    assert [o.label for o in found.objects] == []
    assert len(found.classes) == 20 and np.isfinite(np.asarray(found.class_masks)).all()


def test_grey_where_even_the_signals_are_flat(colour_net: Backbone) -> None:
    found = detect(np.full((128, 128, 3), 127, np.uint8), backbone=colour_net, top=8)
    assert [o.label for o in found.objects] == []
    assert np.isfinite(np.asarray(found.eigenmasks)).all()


@pytest.mark.parametrize("size", [(16, 16), (17, 40), (33, 31), (16, 500)])
def test_the_smallest_pictures(colour_net: Backbone, size: tuple[int, int]) -> None:
    width, height = size
    pixels = np.full((height, width, 3), 127, np.uint8)
    pixels[: height // 2] = (255, 0, 0)
    found = detect(pixels, backbone=colour_net, top=8, min_score=0.05)
    for o in found.objects:
        assert o.mask.shape == (height, width)
        assert 0 <= o.box[0] < o.box[2] <= width and 0 <= o.box[1] < o.box[3] <= height


@pytest.mark.parametrize("shape", [(1, 1), (1, 4000), (400, 15)])
def test_a_picture_too_small(tiny_net: Backbone, shape: tuple[int, int]) -> None:
    with pytest.raises(EyecandyError, match=f"{shape[1]}x{shape[0]} pixels is too small to hold an object"):
        detect(np.zeros((*shape, 3), np.uint8), backbone=tiny_net)


# The samples, with the bundled network.


def test_a_dog_and_a_cat(found: Detection) -> None:
    assert sorted(o.word for o in found.objects) == ["cat", "dog"]
    boxes = {o.word: o.box for o in found.objects}
    width, height = found.photo.size
    # The husky stands on the left, the cat fills the right up to the edge.
    assert boxes["dog"][2] < 0.45 * width and boxes["dog"][0] < 0.1 * width
    assert boxes["cat"][0] > 0.3 * width and boxes["cat"][2] > 0.95 * width
    for o in found.objects:
        middle = np.average(np.arange(width), weights=(o.mask >= o.threshold).sum(0)) / width
        assert (middle < 0.3) if o.word == "dog" else (middle > 0.6)
        assert 0.1 * width * height < o.area < 0.7 * width * height
        assert o.score >= found.options.min_score
        assert o.saliency.max() == pytest.approx(1, abs=0.05) and o.saliency.min() >= 0


def test_what_a_detection_holds(found: Detection, net: Backbone) -> None:
    width, height = found.photo.size
    assert len(found.classes) == 20
    assert [c.probability for c in found.classes] == sorted((c.probability for c in found.classes), reverse=True)
    assert all(c.label == net.labels.names[c.class_index] for c in found.classes)
    masks, eigenmasks = np.asarray(found.class_masks), np.asarray(found.eigenmasks)
    assert masks.shape == (20, height, width)
    assert masks.dtype == np.float32 and masks.min() >= 0 and masks.max() <= 1
    assert eigenmasks.shape == (len(found.explained_variance_ratio), height, width)
    assert eigenmasks.min() < -0.5 and eigenmasks.max() > 0.5  # signed
    ratio = found.explained_variance_ratio
    assert (np.diff(ratio) <= 0).all() and 0.95 <= ratio.sum() <= 1
    assert (found.backbone, found.weights_sha256) == ("efficientnet-lite0", net.weights_sha256)
    for o in found.objects:
        part = np.maximum(o.sign * found.eigenmasks[o.eigenmask], 0)
        covered = part[o.mask >= o.threshold].mean()
        assert covered > 1.5 * part[o.mask < o.threshold].mean()  # it belongs to the part that lies on it


def test_masks_cannot_be_written_to(colour_net: Backbone) -> None:
    for scale in (1, 2):  # as they are kept, and resized
        for o in detect(painted(scale), backbone=colour_net, top=8).objects:
            for mask in (o.mask, o.saliency):
                with pytest.raises(ValueError, match="read-only"):
                    mask[:] = 0


def test_a_zebra_and_an_elephant(net: Backbone, samples: Path) -> None:
    objects = detect(samples / "zebra_and_elephant.jpg", backbone=net).objects
    assert sorted(o.word for o in objects) == ["elephant", "zebra"]
    boxes = {o.word: o.box for o in objects}
    assert boxes["zebra"][2] < 270 and boxes["elephant"][0] > 230  # of 540 pixels


@pytest.mark.parametrize("kind", ["text", "pil", "array", "again"])
def test_the_same_picture_in_any_form_and_twice_gives_the_same_bytes(
    net: Backbone, found: Detection, dog_and_cat: Path, kind: str
) -> None:
    if kind == "text":
        other = detect(str(dog_and_cat), backbone=net)
    elif kind == "pil":
        with Image.open(dog_and_cat) as image:
            other = detect(image, backbone=net)
    elif kind == "array":
        with Image.open(dog_and_cat) as image:
            other = detect(np.asarray(image), backbone=net)
    else:
        other = detect(dog_and_cat, backbone=net, options=DetectOptions())
    same(found, other)


def test_a_photo_of_several_small_things_is_looked_at_closer(coarse_net: Backbone) -> None:
    """At 448 pixels the coarse network has 7 x 7 places; two things of 9 or 12 places are small, one of 49 is not."""
    small = np.full((960, 960, 3), 127, np.uint8)
    small[:410, :410], small[548:, 548:] = (255, 0, 0), (0, 0, 255)
    photo, options = images.load(small), DetectOptions(top=8)
    assert look(photo, coarse_net, options).pixels.shape == (704, 704, 3)  # CLOSER_SIZE by whole places
    assert look(photo, coarse_net, DetectOptions(top=8, size=SIZE)).pixels.shape == (SIZE, SIZE, 3)
    for colour in ((255, 0, 0), (127, 127, 127)):  # one thing that fills the photo, and none
        filled = images.load(np.full((960, 960, 3), colour, np.uint8))
        assert look(filled, coarse_net, options).pixels.shape == (SIZE, SIZE, 3)
    # A photo that is no larger than the first look has nothing more to show.
    assert look(images.load(images.resize(small, (448, 448))), coarse_net, options).pixels.shape == (SIZE, SIZE, 3)


def test_nine_pictures_in_one_are_looked_at_closer(net: Backbone, samples: Path) -> None:
    """Three by three: each has a third of the side that one photo has, and the first look is too coarse for them."""
    parts = {
        "chelsea": np.s_[:, 60:400],
        "coffee": np.s_[:300, 150:430],
        "zebra_and_elephant": np.s_[80:300, :250],
        "flower": np.s_[80:370, 160:450],
        "astronaut": np.s_[130:420, 180:512],
        "china": np.s_[100:400, 50:350],
        "brick": np.s_[:, :],
        "rocket": np.s_[:300, 200:450],
        "hubble_deep_field": np.s_[:, :],
    }
    cells = [
        images.resize(images.load(samples / f"{name}.jpg").pixels[part], (224, 224)) for name, part in parts.items()
    ]
    tiled = np.concatenate([np.concatenate(cells[i : i + 3], 1) for i in (0, 3, 6)])
    found = detect(tiled, backbone=net, refine="none")
    assert max(found.class_masks.small.shape[1:]) == CLOSER_SIZE
    # Those that are plain at this size, each in its own cell.
    cell_of = {"cat": 0, "cup": 1, "zebra": 2}
    for word, cell in cell_of.items():
        boxes = [o.box for o in found.objects if o.word == word]
        assert len(boxes) == 1, word
        x, y = (boxes[0][0] + boxes[0][2]) / 2, (boxes[0][1] + boxes[0][3]) / 2
        assert int(x // 224) + 3 * int(y // 224) == cell, word


def test_a_named_size_is_the_size_at_which_the_network_looks(colour_net: Backbone) -> None:
    photo = images.load(painted(2))  # 800 x 512
    for size, expected in ((800, (512, 800)), (400, (256, 400)), (160, (96, 160)), (3000, (512, 800))):
        assert look(photo, colour_net, DetectOptions(top=8, size=size)).pixels.shape[:2] == expected
    found = detect(painted(2), backbone=colour_net, top=8, size=160)
    assert found.class_masks.small.shape == (8, 96, 160)


def test_many_photos_of_many_sizes_are_traced_once_and_memory_stays_flat(tiny_net: Backbone) -> None:
    fresh = Backbone(tiny_net.model, name="fresh", taps=tiny_net.layer_names, labels=tiny_net.labels)
    rng = np.random.default_rng(0)
    resident = []
    for i in range(30):
        height, width = rng.integers(64, 200, 2)
        blobs = rng.integers(0, 256, (height // 16 + 1, width // 16 + 1, 3), np.uint8)
        pixels = np.kron(blobs, np.ones((16, 16, 1), np.uint8))[:height, :width]
        found = detect(pixels, backbone=fresh, refine="grabcut" if i % 5 == 0 else "none")
        assert found.class_masks.shape == (20, height, width)
        if sys.platform == "linux":
            resident.append(int(Path("/proc/self/statm").read_text().split()[1]) * 4096)
    assert signals._compiled(fresh, "places").experimental_get_tracing_count() == 1
    assert fresh._class_map.experimental_get_tracing_count() == 1
    if resident:
        assert max(resident[10:]) - max(resident[:10]) < 50e6
