"""What several test files share. Networks are loaded once a session, and TensorFlow only where a test needs it."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

if "PYTEST_XDIST_WORKER" in os.environ:  # two processes on two cores: more threads would only wait for each other
    for threads in ("TF_NUM_INTRAOP_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(threads, "1")

if TYPE_CHECKING:
    from PIL import Image
    from playwright.sync_api import Browser

    from eyecandy.backbone.model import Backbone
    from eyecandy.detection.detect import Detection
    from eyecandy.images import Photo

SAMPLES = Path(__file__).parent.parent / "samples"
BROWSER_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-sync",
    "--disable-component-update",
]
COLOURS = ("black", "blue", "green", "cyan", "red", "magenta", "yellow", "white")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What waits longest goes first, and to one process: a cluster in each would be twice the wait."""
    items.sort(key=lambda item: not item.path.stem.endswith("_ray"))


@pytest.fixture(scope="session")
def samples() -> Path:
    return SAMPLES


@pytest.fixture(scope="session")
def dog_and_cat() -> Path:
    return SAMPLES / "dog_and_cat.jpg"


@pytest.fixture
def photo_of(tmp_path: Path) -> Callable[..., "Photo"]:
    """Saves a PIL image under a name, and loads that file."""
    from eyecandy.images import load

    def save_and_load(image: "Image.Image", name: str, **options: object) -> "Photo":
        image.save(tmp_path / name, **options)
        return load(tmp_path / name)

    return save_and_load


@pytest.fixture(scope="session")
def net() -> "Backbone":
    """The bundled network, the one that serves all who name none: what it has compiled serves every test."""
    from eyecandy.backbone.load import given_or_default

    return given_or_default(None)


@pytest.fixture(scope="session")
def found(net: "Backbone", dog_and_cat: Path) -> "Detection":
    """What the bundled network finds on the dog and the cat. Not to be written to."""
    from eyecandy import detect

    return detect(dog_and_cat, backbone=net)


@pytest.fixture(scope="session")
def tiny_net() -> "Backbone":
    """A random network with seeded weights: 24 classes, 12 everyday words, a place every 16 pixels."""
    from eyecandy import load_backbone
    from eyecandy._tensorflow import keras
    from eyecandy.backbone.labels import Labels

    image = keras.Input((None, None, 3))
    x = keras.layers.Rescaling(1 / 127.5, -1)(image)
    for seed, (filters, kernel, stride) in enumerate([(8, 5, 4), (12, 3, 2), (16, 3, 2)]):
        weights = keras.initializers.HeNormal(seed)
        x = keras.layers.Conv2D(filters, kernel, stride, "same", activation="relu", kernel_initializer=weights)(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    logits = keras.layers.Dense(24, kernel_initializer=keras.initializers.RandomNormal(stddev=2.0, seed=9))(x)
    labels = Labels(tuple(f"breed {i}" for i in range(24)), tuple(f"kind {i // 2}" for i in range(24)))
    return load_backbone(keras.Model(image, logits, name="tiny"), labels=labels)


@pytest.fixture(scope="session")
def colour_net() -> "Backbone":
    """`colour_backbone` with a place every 16 pixels."""
    return colour_backbone(16)


def colour_backbone(place: int) -> "Backbone":
    """A network that can be worked out by hand: it names the corner of the colour cube nearest to each place.

    A place is the mean of place x place pixels, x = (mean - 127.5) / 127.5, and the logit of a corner c (three times
    -1 or 1, in the order of `COLOURS`) is 4 c.x. So grey is at chance, and a pure colour is certain to 0.999.
    """
    from eyecandy import load_backbone
    from eyecandy._tensorflow import keras
    from eyecandy.backbone.labels import Labels

    corners = np.array([[(i >> bit & 1) * 2 - 1 for bit in (2, 1, 0)] for i in range(8)], np.float32)
    image = keras.Input((None, None, 3))
    x = keras.layers.Rescaling(1 / 127.5, -1)(image)
    x = keras.layers.AveragePooling2D(place, padding="same")(x)
    x = keras.layers.Conv2D(8, 1, use_bias=False, name="corners")(x)
    model = keras.Model(image, keras.layers.GlobalAveragePooling2D()(x), name="colours")
    model.get_layer("corners").set_weights([4 * corners.T[None, None]])
    return load_backbone(model, labels=Labels(COLOURS, COLOURS))


@pytest.fixture(scope="session")
def coarse_net() -> "Backbone":
    """`colour_backbone` with a place every 64 pixels."""
    return colour_backbone(64)


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    """A Ray cluster of two processors on this machine."""
    ray = pytest.importorskip("ray")
    ray.init(
        "local",
        num_cpus=2,
        include_dashboard=False,
        object_store_memory=100 << 20,
        log_to_driver=False,
        logging_level="ERROR",
    )
    yield
    ray.shutdown()


@pytest.fixture
def unprivileged() -> Iterator[Path]:
    """A folder, and no right to disregard permissions, which root has and would not notice."""
    if not hasattr(os, "geteuid"):
        pytest.skip("needs POSIX permissions")
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o777)
        root = os.geteuid() == 0
        if root:
            os.seteuid(65534)
        try:
            yield Path(name)
        finally:
            if root:
                os.seteuid(0)


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """A real browser: the system's Chromium, or else the one that `playwright install` brings."""
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        own = playwright.chromium.executable_path
        program = shutil.which("chromium") or shutil.which("chromium-browser") or own
        if not Path(program).exists():
            pytest.skip("there is no Chromium")
        opened = playwright.chromium.launch(executable_path=program, args=BROWSER_FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def painting_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder: two photos, two paintings, and a picture far wider than high."""
    from eyecandy import images

    for name in ("china.jpg", "chelsea.jpg", "style_flow.jpg", "style_mosaic.jpg"):
        shutil.copy(SAMPLES / name, tmp_path)
    images.save(tmp_path / "strip.png", np.zeros((40, 640, 3), np.uint8))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def seeded_keras() -> None:
    """What Keras draws, it draws the same each time."""
    from eyecandy._tensorflow import keras

    keras.utils.set_random_seed(7)


@dataclass(frozen=True)
class Run:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str


@pytest.fixture
def command(net: "Backbone", monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Run]:
    """Runs the command line inside this process; the bundled network is loaded once for all runs."""
    from eyecandy.backbone import load
    from eyecandy.cli import app

    real = load.load_backbone

    def load_once(which: str, **arguments: object) -> "Backbone":
        ordinary = (None, "auto", "float32")
        given = [name for name, value in arguments.items() if value not in ordinary and name != "progress"]
        return net if which == load.DEFAULT and not given else real(which, **arguments)

    monkeypatch.setattr(load, "load_backbone", load_once)

    def run(*arguments: object) -> Run:
        capsys.readouterr()
        code = app.run([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return Run(code, said.out, said.err)

    return run


@pytest.fixture(scope="session")
def colour_model(colour_net: "Backbone", tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Options that make a command look with `colour_net`."""
    folder = tmp_path_factory.mktemp("colour model")
    colour_net.model.save(folder / "colours.keras")
    (folder / "colours.txt").write_text("\n".join(COLOURS))
    return ["--backbone", str(folder / "colours.keras"), "--labels", str(folder / "colours.txt"), "--top", "8"]
