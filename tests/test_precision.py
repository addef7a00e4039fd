"""float32 and bfloat16: what the network computes in, and that the pictures do not show it."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

import eyecandy
from eyecandy.art.output import record

if TYPE_CHECKING:
    from eyecandy.backbone.model import Backbone

STYLE = ["block1_conv1", "block2_conv1", "block3_conv1"]


def small_vgg(tmp_path: Path, precision: str) -> "Backbone":
    """VGG's first three blocks at full width, seeded, as a classifier of the user's own."""
    from eyecandy._tensorflow import keras

    path = tmp_path / "small-vgg.keras"
    if not path.exists():
        image = keras.Input((None, None, 3))
        x = keras.layers.Rescaling(1 / 58, -2.1)(image)
        for block, width in enumerate((32, 64, 96), start=1):
            start = keras.initializers.HeNormal(block)
            x = keras.layers.Conv2D(
                width, 3, padding="same", activation="relu", kernel_initializer=start, name=f"block{block}_conv1"
            )(x)
            x = keras.layers.MaxPooling2D()(x)
        x = keras.layers.GlobalAveragePooling2D()(x)
        keras.Model(image, keras.layers.Dense(12, kernel_initializer=keras.initializers.HeNormal(9))(x)).save(path)
    return eyecandy.load_backbone(path, precision=precision)


@pytest.fixture(scope="module")
def rough(net: "Backbone") -> "Backbone":
    return eyecandy.load_backbone(precision="bfloat16")


def test_bfloat16_sees_nearly_the_same(net: "Backbone", rough: "Backbone", dog_and_cat: Path) -> None:
    from eyecandy import images

    photo = images.resize(images.load(dog_and_cat).pixels, (320, 224))[None]
    fine, coarse = net.class_map(photo), rough.class_map(photo)
    assert coarse.dtype == np.float32
    difference = np.abs(fine - coarse).mean() / fine.std()
    assert 1e-4 < difference < 0.1  # it is another computation, of the same thing
    best = [set(np.argsort(map_.mean((1, 2))[0])[-3:]) for map_ in (fine, coarse)]
    assert best[0] == best[1]


def test_features_are_float32_either_way(rough: "Backbone") -> None:
    image = np.full((1, 64, 64, 3), 90, np.float32)
    assert {x.dtype.name for x in rough.features(["block1_conv1", "block4_conv3"])(image).values()} == {"float32"}


def test_auto_keeps_the_bundled_network_in_float32() -> None:
    assert eyecandy.load_backbone(precision="auto").precision == "float32"


@pytest.mark.parametrize(
    ("flags", "expected"),
    [("fpu avx512f avx512_bf16", True), ("fpu amx_bf16 amx_tile", True), ("fpu avx2 avx512f", False), ("", False)],
)
def test_the_processor_says_whether_it_has_bfloat16(flags: str, expected: bool, tmp_path: Path) -> None:
    from eyecandy.backbone.precision import has_bfloat16

    (tmp_path / "cpuinfo").write_text(f"processor\t: 0\nflags\t\t: {flags}\n")
    assert has_bfloat16(tmp_path / "cpuinfo") is expected
    assert has_bfloat16(tmp_path / "nothing") is False


@pytest.mark.parametrize("capability", [(7, 5), (8, 0), (9, 0)])
def test_a_gpu_says_so_by_its_capability(capability: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    from eyecandy._tensorflow import tf
    from eyecandy.backbone.precision import has_bfloat16

    monkeypatch.setattr(tf.config, "get_visible_devices", lambda kind: ["GPU:0"])
    details = {"compute_capability": capability}
    monkeypatch.setattr(tf.config.experimental, "get_device_details", lambda gpu: details)
    assert has_bfloat16() is (capability >= (8, 0))


@pytest.mark.parametrize(("has", "expected"), [(True, "bfloat16"), (False, "float32")])
def test_auto_goes_by_what_the_machine_has(
    has: bool, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from eyecandy.backbone import precision

    monkeypatch.setattr(precision, "has_bfloat16", lambda: has)
    assert [small_vgg(tmp_path, "auto").precision for _ in range(2)] == [expected] * 2


def test_an_unknown_precision_is_refused() -> None:
    with pytest.raises(eyecandy.EyecandyError, match="unknown precision 'half'; expected one of float32, bfloat16"):
        eyecandy.load_backbone(precision="half")  # type: ignore[arg-type]


def test_a_styled_picture_cannot_be_told_apart(tmp_path: Path, samples: Path) -> None:
    pictures = []
    for precision in ("float32", "bfloat16"):
        made = eyecandy.style(
            samples / "coffee.jpg",
            samples / "style_flow.jpg",
            backbone=small_vgg(tmp_path, precision),
            size=96,
            scales=1,
            iterations=40,
            content_layers="block2_conv1",
            style_layers=STYLE,
        )
        pictures.append(made.image.astype(float))
    photo = eyecandy.images.resize(eyecandy.images.load(samples / "coffee.jpg").pixels, pictures[0].shape[1::-1])
    changed = np.abs(pictures[0] - photo).mean()
    difference = np.abs(pictures[0] - pictures[1]).mean()
    assert 0 < difference < 4 < changed  # grey levels


def test_again_takes_the_precision_of_the_record(
    tmp_path: Path, samples: Path, command: Callable, net: "Backbone"
) -> None:
    out = tmp_path / "dream.png"
    arguments = ("--layer", "block2_conv1", "--size", 64, "--iterations", 4, "--scales", 1, "-o", out)
    assert command("dream", samples / "coffee.jpg", *arguments, "--precision", "bfloat16").code == 0
    assert record.read(out)["backbone"]["precision"] == "bfloat16"
    run = command("again", out)
    assert run.code == 0 and "the same as" in run.err + run.out
    other = command("dream", samples / "coffee.jpg", *arguments, "--resume", "--precision", "float32")
    assert other.code == 0 and "finished already" in other.err + other.out
