"""Regions in styles of their own, and the styles of parts of paintings."""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest

import eyecandy
from eyecandy import images
from eyecandy._tensorflow import tf
from eyecandy.art.core import losses
from eyecandy.art.core.assignment import assigned, files, painting_of
from eyecandy.art.core.guided import Guide, counts
from eyecandy.art.core.moving import MovingSource
from eyecandy.art.core.sources import Source
from eyecandy.art.large import stream
from eyecandy.art.output.painting import Viewing
from eyecandy.art.output.partition import KEPT, partition
from eyecandy.art.output.region import region
from eyecandy.art.recipes._regions import Regions
from eyecandy.backbone.model import Backbone
from eyecandy.errors import EyecandyError

SIZE = 96
FEW = {"size": SIZE, "scales": 1, "iterations": 60, "margin": 8}
LEFT = np.zeros((SIZE, SIZE), bool)
LEFT[:, : SIZE // 2] = True


def stripes(across: int, colours: Any, period: int = 8) -> np.ndarray:
    """(SIZE, SIZE, 3): stripes of two colours, down or across."""
    which = np.indices((SIZE, SIZE))[across] // (period // 2) % 2
    return np.array(colours, np.uint8)[which]


PHOTO = np.random.default_rng(0).integers(60, 200, (12, 12, 3)).astype(np.uint8).repeat(8, 0).repeat(8, 1)
WARM, COLD = stripes(0, [(220, 40, 20), (250, 200, 60)]), stripes(1, [(20, 30, 120), (90, 200, 220)])


def knobs_of(net: Backbone) -> dict[str, Any]:
    first, second, third, *_ = net.layer_names
    return {**FEW, "backbone": net, "style_layers": (first, second), "content_layers": third, "strength": 0.9}


def apart(net: Backbone, picture: np.ndarray, inside: np.ndarray, painting: np.ndarray) -> float:
    """Mean relative distance of the Gram matrices of a region, hard at its edge, from those of a painting."""
    names = net.layer_names[:2]
    target = stream.grams(net, names, painting)
    found = []
    for name, features in net.features(names)(tf.constant(picture[None], tf.float32)).items():
        share = cv2.resize(inside.astype(np.float32), features.shape[2:0:-1], interpolation=cv2.INTER_AREA)
        own = losses.mean(losses.products(features, tf.constant(share[None, ..., None])))
        found.append(float(losses.relative_l1(own, target[name])))
    return float(np.mean(found))


def test_each_region_takes_its_own_style_in_one_picture(tiny_net: Backbone) -> None:
    said: list[str] = []
    viewing = Viewing(note=said.append)
    knobs = knobs_of(tiny_net)
    both = eyecandy.style(PHOTO, region=[(LEFT, WARM), ("rest", COLD)], viewing=viewing, **knobs)
    for inside, own in ((LEFT, WARM), (~LEFT, COLD)):
        assert apart(tiny_net, both.image, inside, own) < 0.75 * apart(tiny_net, PHOTO, inside, own)
    assert said == ["region 1 50 %, rest 50 %"]
    assert {"style region 1", "style rest"} < set(both.history)


def test_regions_follow_the_frames_of_a_film(tiny_net: Backbone, monkeypatch: pytest.MonkeyPatch) -> None:
    frames = [images.load(PHOTO), images.load(PHOTO[:, ::-1].copy())]
    inside = [LEFT, ~LEFT]
    thing = SimpleNamespace(word="cat", label="cat", threshold=0.5)
    asked: list[Any] = []

    def detect(pixels: np.ndarray, backbone: Any) -> Any:
        asked.append(pixels)
        which = next(number for number, frame in enumerate(frames) if frame.pixels is pixels)
        return SimpleNamespace(objects=[SimpleNamespace(**vars(thing), mask=inside[which])])

    monkeypatch.setitem(sys.modules, "eyecandy.detection.detect", SimpleNamespace(detect=detect))
    source = MovingSource(frames[0], "photo")
    regions = Regions(source, ["cat"], [[Source.of(WARM, "painting")]], tiny_net)
    size, layers = (SIZE, SIZE), dict.fromkeys(tiny_net.layer_names[:2], 1.0)
    ((_, term),) = regions.objective(size, layers, scale=1, margin=8, distance=losses.relative_l1).terms
    before = term.target_image.numpy()[0, :, :, 0] > 0
    source.show(frames[1], size)
    after = term.target_image.numpy()[0, :, :, 0] > 0
    np.testing.assert_array_equal(before, LEFT)
    np.testing.assert_array_equal(after, ~LEFT)
    np.testing.assert_array_equal(regions.mask(), ~LEFT)
    assert len(asked) == 2  # once a frame


def test_what_no_region_takes_stays_to_the_pixel(tiny_net: Backbone) -> None:
    knobs = {**knobs_of(tiny_net), "iterations": 8}
    made = eyecandy.style(PHOTO, region=[(LEFT, WARM)], **knobs).image
    np.testing.assert_array_equal(made[~LEFT], PHOTO[~LEFT])
    assert (made[LEFT] != PHOTO[LEFT]).any(-1).mean() > 0.9
    same = eyecandy.style(PHOTO, WARM, region=LEFT, **knobs).image
    np.testing.assert_array_equal(same, made)


def test_a_region_and_its_inverse_cover_each_pixel_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photo = images.load(PHOTO)
    disc = np.hypot(*(np.indices((SIZE, SIZE)) - 40)) < 23.3
    images.save(tmp_path / "mask.png", 255 * disc.astype(np.uint8))
    images.save(tmp_path / "inverse.png", 255 * (~disc).astype(np.uint8))
    cat = SimpleNamespace(word="cat", label="tabby", mask=0.9 * disc, threshold=0.5)
    found = SimpleNamespace(detect=lambda pixels, backbone: SimpleNamespace(objects=[cat]))
    monkeypatch.setitem(sys.modules, "eyecandy.detection.detect", found)
    mask, inverse = str(tmp_path / "mask.png"), str(tmp_path / "inverse.png")
    pairs = [("cat", "not cat"), (mask, inverse), (mask, f"not {mask}"), (disc, ~disc), ("9,9,50,60", "not 9,9,50,60")]
    for own, other in pairs:
        one, two = (region(photo, spec, None) for spec in (own, other))  # type: ignore[arg-type]
        np.testing.assert_allclose(one + two, 1, atol=1e-6)
        assert 0.1 < one.mean() < 0.9
    np.testing.assert_array_equal(region(photo, "cat", None), disc)  # type: ignore[arg-type]
    both = region(photo, ["cat", "0,0,96,9"], None)  # type: ignore[arg-type]
    np.testing.assert_array_equal(both, disc | (np.indices(disc.shape)[0] < 9))


def test_the_first_region_has_what_two_claim() -> None:
    photo = images.load(PHOTO)
    found = partition(photo, [[0, 0, 60, 96], "rest", [40, 0, 80, 96]], None)  # type: ignore[arg-type]
    expected = np.ones((SIZE, SIZE), int)
    expected[:, 60:80], expected[:, :60] = 2, 0
    np.testing.assert_array_equal(found.labels, expected)
    assert found.painted.min() == 1
    assert found.told == "region 1 62 %, rest 17 %, region 3 21 %; region 1 has what region 3 claims too, 21 %"
    kept = partition(photo, [LEFT], None)  # type: ignore[arg-type]
    assert (kept.labels == KEPT).mean() == 0.5 and kept.told == "region 1 50 %; the rest, 50 %, stays as it is"
    for specs in ([LEFT, [0, 0, 40, 96]], [LEFT, ~LEFT, "rest"]):
        with pytest.raises(EyecandyError, match="holds no pixel of the picture that the other regions leave"):
            partition(photo, specs, None)  # type: ignore[arg-type]


def test_positions_count_where_they_see_the_region(net: Backbone) -> None:
    guide = Guide.of(LEFT, net)
    maps = tf.constant(guide.distances, tf.float32)
    for name in ("block1_conv1", "block3_conv2"):
        own = counts(maps, net.layer(name))[0, 48, :, 0].numpy()
        assert (np.diff(own) <= 1e-6).all() and own[0] == 1 and own[-1] == 0
        near = int((own > 0.5).sum())
        assert near == (47 if name == "block1_conv1" else 32)  # a quarter of what it sees, from the edge at 48
    whole = Guide.of(np.ones_like(LEFT), net)
    assert float(tf.reduce_min(counts(tf.constant(whole.distances, tf.float32), net.layer("block4_conv5")))) == 1
    thin = np.zeros((SIZE, SIZE), bool)
    thin[:, 44:52] = True  # narrower than deep layers see: it counts none the less
    deep = counts(tf.constant(Guide.of(thin, net).distances, tf.float32), net.layer("block4_conv5"))
    assert float(deep[0, 48, 47, 0]) > 0.3 and float(tf.reduce_max(deep[0, 48, 60:])) == 0


def test_the_style_of_a_part_of_a_painting_is_that_of_the_part(tiny_net: Backbone, tmp_path: Path) -> None:
    painting = np.where(LEFT[..., None], WARM, COLD)
    path, mask = tmp_path / "half.png", tmp_path / "right@.png"
    images.save(path, painting)
    images.save(mask, 255 * (~LEFT).astype(np.uint8))
    knobs = knobs_of(tiny_net)
    warm, cold = (eyecandy.style(PHOTO, f"{path}@{part}", **knobs) for part in ("0,0,48,96", mask))
    everywhere = np.ones_like(LEFT)
    for made, own in ((warm, WARM), (cold, COLD)):
        assert apart(tiny_net, made.image, everywhere, own) < 0.6 * apart(tiny_net, PHOTO, everywhere, own)
    assert [source.get("part") for source in cold.record["sources"]] == [None, str(mask), None]


def test_what_a_line_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a=b.png", "me@home.jpg", "painting.jpg", "x@y.png"):
        Path(name).touch()
    assert assigned("cat") is assigned(None) is assigned([1, 2, 3, 4]) is assigned(["cat", "dog"]) is None
    assert assigned("a=b.png") is None  # a mask of that name
    assert assigned({"cat": "ink.jpg"}) == assigned(["cat=ink.jpg"]) == assigned([["cat", "ink.jpg"]])
    assert assigned("a=b.png=painting.jpg") == [("a=b.png", "painting.jpg")]
    assert painting_of("me@home.jpg:0.5") == ("me@home.jpg", None, 0.5)
    assert painting_of("me@home.jpg@not cat") == ("me@home.jpg", "not cat", 1)
    assert painting_of("painting.jpg@x@y.png:2") == ("painting.jpg", "x@y.png", 2)
    assert painting_of("missing.jpg@tree") == ("missing.jpg", "tree", 1)
    assert painting_of("you@home") == ("you@home", None, 1)
    told = {"not a=b.png": ["painting.jpg@x@y.png:0.5", ("me@home.jpg", 2)], "cat": "painting.jpg"}
    assert files(told) == (["painting.jpg", "me@home.jpg", "painting.jpg"], ["a=b.png", "cat", "x@y.png"])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"region": {"cat": ""}}, "the region 'cat' has no painting; write it as cat=painting.jpg"),
        ({"region": ["cat=ink.jpg", "dog"]}, "the region 'dog' has no painting"),
        ({"region": "=ink.jpg"}, "expected a region before '=', such as cat='ink.jpg'"),
        ({"region": ["cat=ink.jpg", "Cat =flow.jpg"]}, "the region 'Cat' is given twice"),
        ({"region": [(LEFT, WARM)], "paintings": COLD}, "a painting stands beside regions that name their own"),
        ({}, 'expected a painting, or region="cat=ink.jpg" for parts of the photo; got none'),
        ({"region": {"cat": "no@where.jpg"}}, "'no@where.jpg' does not exist"),
        ({"paintings": "no.jpg@"}, "expected a part of 'no.jpg' after '@'"),
        ({"region": [(LEFT[:48], WARM)]}, "is 96 x 48 pixels and the picture 96 x 96, of another shape"),
        ({"paintings": [(WARM, 1.0, "0,0,0,0")]}, "the part '0,0,0,0' holds no pixel of the painting"),
    ],
    ids=lambda value: "" if isinstance(value, dict) else value[:30],
)
def test_what_is_no_region_or_painting_is_said_in_a_line(tiny_net: Backbone, wrong: Any, message: str) -> None:
    with pytest.raises(EyecandyError) as caught:
        eyecandy.style(PHOTO, backbone=tiny_net, **FEW, **wrong)
    assert message in str(caught.value) and "\n" not in str(caught.value)
