"""`detect` from end to end: on pictures whose answer is known, and on the samples."""

import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import COLOURS, colour_backbone
from PIL import Image
from rectangles import BLUE, RED, inside, overlap, painted, same

from eyecandy import detect, images, load_backbone
from eyecandy._tensorflow import keras
from eyecandy.backbone.labels import Labels
from eyecandy.backbone.model import Backbone
from eyecandy.detection.detect import Detection, DetectOptions, look
from eyecandy.detection.find import tracing
from eyecandy.errors import EyecandyError

# On colours, where the answer can be worked out.


@pytest.mark.parametrize("decomposition", ["pca", "varimax", "nmf", "none"])
@pytest.mark.parametrize("signal", ["features", "places", "gradient-input"])
def test_two_painted_rectangles(colour_net: Backbone, signal: str, decomposition: str) -> None:
    found = detect(painted(), backbone=colour_net, top=8, signal=signal, decomposition=decomposition)
    boxes = {o.label: o.box for o in found.objects}
    np.testing.assert_allclose(boxes.pop("red"), RED, atol=2)  # GrabCut works at half the size
    np.testing.assert_allclose(boxes.pop("blue"), BLUE, atol=2)
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


@pytest.mark.parametrize("colour", [(255, 0, 0), (127, 127, 127)])
def test_a_picture_of_one_colour_holds_nothing(colour_net: Backbone, colour: tuple[int, int, int]) -> None:
    """However sure the network is of it: there is no edge, and nothing to tell it from."""
    pixels = np.full((256, 256, 3), colour, np.uint8)
    assert detect(pixels, backbone=colour_net, min_score=0.0).objects == ()


def test_two_boxes_of_one_colour_are_two_things_each_with_its_own_pixels(colour_net: Backbone) -> None:
    boxes = [(16, 32, 112, 96), (176, 112, 272, 192)]
    pixels = np.full((224, 288, 3), 127, np.uint8)
    for x0, y0, x1, y1 in boxes:
        pixels[y0:y1, x0:x1] = (255, 0, 0)
    found = sorted(detect(pixels, backbone=colour_net).objects, key=lambda o: o.box)
    assert [o.word for o in found] == ["red", "red"]
    for o, box in zip(found, boxes, strict=True):
        np.testing.assert_allclose(o.box, box, atol=2)
        assert overlap(o.mask >= o.threshold, inside(box, (288, 224))) > 0.97


def test_the_first_look_ranks_classes_by_either_reading(colour_net: Backbone) -> None:
    """A small pure red beside a broad, weaker blue: the best place decides, or the average does."""
    pixels = np.full((256, 256, 3), (90, 90, 200), np.uint8)
    pixels[:64, :64] = (255, 0, 0)
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
    found = detect(pixels, backbone=colour_net, top=8, min_score=0.0)
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
    assert boxes["dog"][2] < 0.55 * width and boxes["dog"][0] < 0.1 * width
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
    assert len({net.labels.word_of(c.class_index) for c in found.classes}) == 20  # each of another word
    assert all(c.label == net.labels.names[c.class_index] for c in found.classes)
    masks, eigenmasks = np.asarray(found.class_masks), np.asarray(found.eigenmasks)
    assert masks.shape == (20, height, width)
    assert masks.dtype == np.float32 and masks.min() >= 0 and masks.max() <= 1
    assert eigenmasks.shape == (len(found.explained_variance_ratio), height, width)
    assert eigenmasks.min() < -0.5 and eigenmasks.max() > 0.5  # signed
    ratio = found.explained_variance_ratio
    assert (np.diff(ratio) <= 0).all() and 0.9 <= ratio.sum() <= 1
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


def test_a_shepherd_and_a_kitten(net: Backbone, samples: Path) -> None:
    found = detect(samples / "shepherd_and_kitten.jpg", backbone=net)
    assert sorted(o.word for o in found.objects) == ["cat", "dog"]
    boxes = {o.word: o.box for o in found.objects}
    assert boxes["dog"][2] < 0.55 * found.photo.size[0] and boxes["cat"][0] > 0.55 * found.photo.size[0]


def test_more_than_one_hen(net: Backbone, samples: Path) -> None:
    objects = detect(samples / "hens.jpg", backbone=net).objects
    assert {o.word for o in objects} == {"chicken"} and len(objects) > 1
    inside = np.stack([o.small_mask >= o.threshold for o in objects])
    assert inside.any((1, 2)).all() and (inside.sum(0) > 1).mean() < 0.01  # each its own pixels


@pytest.mark.parametrize("kind", ["fading", "noise"])
def test_bare_ground_holds_no_object(net: Backbone, kind: str) -> None:
    fading = np.broadcast_to(np.linspace(120, 190, 300)[:, None, None], (300, 400, 3))
    noise = 127 + np.random.default_rng(0).normal(0, 8, (300, 400, 3))
    pixels = (fading if kind == "fading" else noise).astype(np.uint8)
    assert [o.word for o in detect(pixels, backbone=net).objects] == []


@pytest.mark.parametrize("name", ["dog_and_cat", "hens", "coffee"])
def test_the_least_score_only_filters(net: Backbone, samples: Path, name: str) -> None:
    """Whatever it is, the same objects are found with the same scores, and those below it are left out."""
    everything = detect(samples / f"{name}.jpg", backbone=net, min_score=0.0).objects
    assert everything
    for least in (0.5, 0.8):
        kept = [o for o in everything if o.score >= least]
        found = detect(samples / f"{name}.jpg", backbone=net, min_score=least).objects
        assert [(o.label, o.score, o.box, o.top) for o in found] == [(o.label, o.score, o.box, o.top) for o in kept]
        for one, other in zip(found, kept, strict=True):
            np.testing.assert_array_equal(one.small_mask, other.small_mask)


@pytest.mark.parametrize("top", [1, 2, 5])
def test_fewer_classes_than_twenty(net: Backbone, dog_and_cat: Path, top: int) -> None:
    found = detect(dog_and_cat, backbone=net, top=top)
    assert len(found.classes) == len(found.class_masks) == top
    assert len({net.labels.word_of(seen.class_index) for seen in found.classes}) == top  # each of another word
    assert len(found.eigenmasks) <= top
    assert {o.word for o in found.objects} <= {"dog", "cat"} and found.objects
    assert all(len(o.top) == top for o in found.objects)


def test_a_network_of_few_classes(tiny_net: Backbone, samples: Path) -> None:
    """12 words are all that it has to trace, though 20 are asked for."""
    found = detect(samples / "coffee.jpg", backbone=tiny_net, size=160)
    assert len({tiny_net.labels.word_of(seen.class_index) for seen in found.classes}) == len(found.classes) == 12
    width, height = found.photo.size
    for o in found.objects:
        assert 0 <= o.box[0] < o.box[2] <= width and 0 <= o.box[1] < o.box[3] <= height
        assert 0 < o.score <= 1 and o.mask.shape == (height, width)


def test_a_network_that_cannot_be_looked_through_more_densely_is_taken_as_it_is() -> None:
    """A layer that enlarges its maps stands in the way of undoing the strides before it."""
    image = keras.Input((None, None, 3))
    x = keras.layers.Rescaling(1 / 127.5, -1)(image)
    x = keras.layers.AveragePooling2D(32)(x)
    x = keras.layers.UpSampling2D(2)(x)
    corners = keras.layers.Conv2D(8, 1, use_bias=False)
    model = keras.Model(image, keras.layers.GlobalAveragePooling2D()(corners(x)), name="enlarged")
    signs = np.array([[(i >> bit & 1) * 2 - 1 for bit in (2, 1, 0)] for i in range(8)], np.float32)
    corners.set_weights([4 * signs.T[None, None]])
    net = load_backbone(model, labels=Labels(COLOURS, COLOURS))
    with pytest.raises(EyecandyError, match="makes maps larger again"):
        net.dense(net.stride // 2)
    found = detect(painted(), backbone=net)
    boxes = {o.word: o.box for o in found.objects}
    assert set(boxes) == {"red", "blue"}
    np.testing.assert_allclose(boxes["red"], RED, atol=8)
    np.testing.assert_allclose(boxes["blue"], BLUE, atol=8)


def test_a_named_size_is_the_size_at_which_the_network_looks(colour_net: Backbone) -> None:
    photo = images.load(painted(2))  # 800 x 512
    for size, expected in ((800, (512, 800)), (400, (256, 400)), (160, (96, 160)), (3000, (512, 800))):
        assert look(photo, colour_net, DetectOptions(top=8, size=size)).pixels.shape[:2] == expected


def test_many_photos_of_many_sizes_are_traced_once_and_memory_stays_flat(tiny_net: Backbone) -> None:
    fresh = Backbone(tiny_net.model, name="fresh", taps=tiny_net.layer_names, labels=tiny_net.labels)
    rng = np.random.default_rng(0)
    resident = []
    for i in range(30):
        height, width = rng.integers(64, 200, 2)
        blobs = rng.integers(0, 256, (height // 16 + 1, width // 16 + 1, 3), np.uint8)
        pixels = np.kron(blobs, np.ones((16, 16, 1), np.uint8))[:height, :width]
        found = detect(pixels, backbone=fresh, refine="grabcut" if i % 5 == 0 else "none")
        assert found.class_masks.shape == (12, height, width)
        if sys.platform == "linux":
            resident.append(int(Path("/proc/self/statm").read_text().split()[1]) * 4096)
    assert tracing._compiled(fresh, "features").experimental_get_tracing_count() == 1
    assert fresh._class_map.experimental_get_tracing_count() <= 1
    if resident:
        assert max(resident[10:]) - max(resident[:10]) < 50e6


def test_a_panorama_is_looked_at_so_that_its_things_are_seen(colour_net: Backbone) -> None:
    panorama = np.tile(painted()[:, :, :], (1, 8, 1))  # 12.5 to 1; at 448 pixels a rectangle would be 16 high
    seen = look(images.load(panorama), colour_net, DetectOptions(top=8))
    assert seen.pixels.shape[0] == 224 and seen.pixels.shape[1] == pytest.approx(224 * 12.5, abs=16)
    found = detect(panorama, backbone=colour_net, top=8)
    expected = sorted(
        (left + 400 * i, top, right + 400 * i, bottom) for i in range(8) for left, top, right, bottom in (RED, BLUE)
    )
    np.testing.assert_allclose(sorted(item.box for item in found.objects), expected, atol=4)
    assert [item.word for item in sorted(found.objects, key=lambda item: item.box)] == ["red", "blue"] * 8


def test_the_size_that_is_asked_for_is_taken_for_a_panorama_too(colour_net: Backbone) -> None:
    seen = look(images.load(np.tile(painted(), (1, 8, 1))), colour_net, DetectOptions(top=8, size=448))
    assert seen.pixels.shape[1] == 448


def test_a_crowd_is_looked_at_from_closer_unless_a_size_is_asked_for() -> None:
    net = colour_backbone(32)
    rng = np.random.default_rng(0)
    corners = 255 * np.array([[i >> 2 & 1, i >> 1 & 1, i & 1] for i in range(8)], np.uint8)
    crowd = np.kron(corners[rng.permutation(8)].reshape(2, 4, 3), np.ones((336, 168, 1), np.uint8))
    assert look(images.load(crowd), net, DetectOptions(top=8)).pixels.shape[:2] == (672, 672)
    assert look(images.load(crowd), net, DetectOptions(top=8, size=448)).pixels.shape[:2] == (448, 448)
    assert look(images.load(crowd[:448, :448]), net, DetectOptions(top=8)).pixels.shape[:2] == (448, 448)
