"""Memory: how much there is, what painting takes of it, and that it does not take what it need not."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from eyecandy._tensorflow import keras, tf
from eyecandy.art.core import losses, objectives
from eyecandy.art.core.scales import Scale
from eyecandy.art.large import costs, stream
from eyecandy.art.large import plan as plans
from eyecandy.art.large.plan import Planner
from eyecandy.art.output.predictions import Predictor
from eyecandy.backbone import memory
from eyecandy.backbone.labels import generic
from eyecandy.backbone.memory import Memory
from eyecandy.backbone.model import Backbone
from eyecandy.errors import EyecandyError

SAMPLES = Path(__file__).parent.parent / "samples"


def system(root: Path, groups: str, **limits: str) -> Path:
    """A system's control groups: `groups` as this process is told them, limits by the folder's name."""
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/cgroup").write_text(groups)
    for path, limit in limits.items():
        file = root / "sys/fs/cgroup" / path.replace("__", "/").replace("_max", ".max").replace("_limit", ".limit")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(limit + "\n")
    return root


@pytest.mark.parametrize(
    ("groups", "limits", "expected"),
    [
        ("0::/\n", {"memory_max": "3000000000"}, 3e9),  # inside a container
        ("0::/user/app\n", {"user__app__memory_max": "max", "user__memory_max": "2000000000"}, 2e9),  # one above
        ("0::/user/app\n", {"user__app__memory_max": "1000000000", "user__memory_max": "2000000000"}, 1e9),
        ("0::/gone/from/here\n", {"memory_max": "4000000000"}, 4e9),  # the group is the host's, the files are ours
        ("4:cpu:/\n3:memory:/docker/x\n", {"memory__docker__x__memory_limit_in_bytes": "1500000000"}, 1.5e9),
        ("4:cpu:/\n3:memory:/docker/x\n", {"memory__memory_limit_in_bytes": "1500000000"}, 1.5e9),
        ("0::/\n", {"memory_max": "max"}, 64e9),
        ("0::/\n", {"memory_max": "99000000000000"}, 64e9),
        ("nonsense", {"memory_max": "1"}, 64e9),
    ],
)
def test_a_container_has_what_it_is_left(
    groups: str, limits: dict[str, str], expected: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory.psutil, "virtual_memory", lambda: SimpleNamespace(total=int(64e9)))
    found = memory.main_memory(system(tmp_path, groups, **limits))
    assert found.bytes == expected
    assert found.whose == ("this machine has" if expected == 64e9 else "the container allows")


def test_a_system_without_control_groups_has_all_of_it(tmp_path: Path) -> None:
    assert memory.main_memory(tmp_path).bytes == memory.psutil.virtual_memory().total


def test_a_gpu_is_asked_for_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    assert memory.gpu_memory() is None or tf.config.get_visible_devices("GPU")
    monkeypatch.setattr(tf.config, "get_visible_devices", lambda kind: ["a GPU of this test"])
    devices = [
        SimpleNamespace(device_type="CPU", memory_limit_bytes=1),
        SimpleNamespace(device_type="GPU", memory_limit_bytes=7),
    ]
    monkeypatch.setattr(tf.compat.v1.Session, "list_devices", lambda session: devices)
    assert memory.gpu_memory() == Memory(7.0, "the GPU has")


def test_a_picture_has_to_fit_into_the_gpu(net: Backbone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plans, "main_memory", lambda: Memory(64e9, "this machine has"))
    objective, scales = objectives.energy({"block2_conv2": 1}), [Scale((4096, 4096), 3)]
    whole = Planner(net).plan(objective, scales)
    monkeypatch.setattr(plans, "gpu_memory", lambda: Memory(2e9, "the GPU has"))
    plan = Planner(net).plan(objective, scales)
    assert (whole.device, plan.device) == ("CPU", "GPU")
    assert whole.tile is None and plan.tile is not None and plan.memory <= 2e9
    with pytest.raises(EyecandyError, match=r"takes about .* GB of memory and the GPU has 2\.0 GB"):
        Planner(net, tile="off").plan(objective, scales)
    # The large arrays of a picture in tiles are in main memory, whatever the GPU has.
    monkeypatch.setattr(plans, "main_memory", lambda: Memory(2e9, "this machine has"))
    with pytest.raises(EyecandyError, match=r"takes about .* GB of memory and this machine has 2\.0 GB"):
        Planner(net).plan(objective, scales)


def taken(call: Callable[[], object]) -> float:
    """Bytes of main memory that a call takes at its peak."""
    status = Path("/proc/self/status")
    try:
        Path("/proc/self/clear_refs").write_text("5")  # the peak is what there is now
    except OSError:
        pytest.skip("this system does not say")
    before = _kilobytes(status, "VmRSS")
    call()
    return 1024.0 * (_kilobytes(status, "VmHWM") - before)


def _kilobytes(status: Path, name: str) -> int:
    return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith(name))


def test_a_guide_is_compared_with_some_places_at_a_time() -> None:
    """All products of these would be 1 GB, and their way back as much."""
    features, guide = (tf.random.stateless_normal((1, 128, 128, 4), (0, seed)) for seed in (1, 2))
    look = tf.function(lambda maps: losses.guided(maps, tf.reshape(guide, (-1, 4))))

    def there_and_back() -> None:
        with tf.GradientTape() as tape:
            tape.watch(features)
            loss = look(features)
        tape.gradient(loss, features)

    assert taken(there_and_back) < 5e8


def test_some_places_at_a_time_give_what_all_give(monkeypatch: pytest.MonkeyPatch) -> None:
    features, guide = tf.random.stateless_normal((1, 9, 7, 5), (0, 1)), tf.random.stateless_normal((11, 5), (0, 2))
    products = tf.matmul(tf.reshape(features, (-1, 5)), guide, transpose_b=True).numpy()
    expected = -products.max(-1).mean() / np.square(guide).sum(-1).mean()
    for at_once in (1, 11, 40, 1 << 24):
        monkeypatch.setattr(losses, "PRODUCTS_AT_ONCE", at_once)
        with tf.GradientTape() as tape:
            tape.watch(features)
            loss = losses.guided(features, guide)
        assert float(loss) == pytest.approx(expected, rel=1e-5)
        slopes = -guide.numpy()[products.argmax(-1)] / np.square(guide).sum(-1).mean() / 63
        np.testing.assert_allclose(tf.reshape(tape.gradient(loss, features), (-1, 5)), slopes, rtol=1e-5)


def test_a_guide_of_many_places_is_thinned_evenly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objectives, "GUIDE_POSITIONS", 4)
    rows = tf.reshape(tf.range(10.0), (10, 1))
    np.testing.assert_array_equal(objectives._thinned(rows)[:, 0], [0, 3, 6, 9])


def test_a_guide_takes_memory_and_time_that_are_told(net: Backbone) -> None:
    layers = {"block2_conv2": 1.0}
    side = 1024 // net.layer("block2_conv2").stride
    guided = objectives.guide({"block2_conv2": tf.zeros((side**2, 24))}, layers, pixels=1024**2)
    plain = objectives.energy(layers)
    small, large = (
        [Planner(net).plan(objective, [Scale((size, size), 10)]) for objective in (plain, guided)]
        for size in (256, 1024)
    )
    assert 1e8 < large[1].memory - large[0].memory < 5e8
    assert large[1].seconds - large[0].seconds > 16 * (small[1].seconds - small[0].seconds) > 0


def test_pictures_that_no_tile_can_show_are_counted_as_they_are_looked_at() -> None:
    """A gate sees the whole picture, and Gram matrices are taken of it reflected to twice its sides."""
    image = keras.Input((None, None, 3))
    x = keras.layers.Conv2D(8, 3, 2, padding="same", name="stem")(image)
    gate = keras.layers.GlobalAveragePooling2D(keepdims=True)(x)
    x = keras.layers.Multiply(name="gated")([x, gate])
    net = Backbone(keras.Model(image, keras.layers.Conv2D(5, 1)(x)), name="gated", taps=("gated",), labels=generic(5))
    # The first layer is the largest: 3 channels in, and 8 out at a quarter of the places.
    assert costs.look(net, ["gated"]) == pytest.approx(4 * (3 + 2), rel=1e-3)
    plain, mirrored = (
        objectives.style({"gated": tf.zeros((9, 9))}, {"gated": 1.0}, means=means, border=16) for means in (False, True)
    )
    told = [Planner(net).plan(objective, [Scale((4096, 4096), 1)]).memory for objective in (plain, mirrored)]
    assert told[1] - told[0] == pytest.approx(1.15 * 4096**2 * (4 * 20 - 4 * (3 + 2 + 2)), rel=0.01)


def test_a_size_far_beyond_memory_is_refused_after_one_count(net: Backbone, monkeypatch: pytest.MonkeyPatch) -> None:
    counts: list[object] = []
    count = costs.network
    monkeypatch.setattr(costs, "network", lambda *given: counts.append(given) or count(*given))
    with pytest.raises(EyecandyError, match="the largest size that fits is about"):
        Planner(net, tile="off").side(objectives.energy({"block2_conv2": 1}), (100_000, 100_000))
    assert len(counts) == 1


def test_a_growing_picture_is_looked_at_in_tiles(tiny_net: Backbone, monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = np.random.default_rng(0).uniform(0, 255, (240, 400, 3)).astype(np.float32)
    seen: list[tuple[int, ...]] = []
    look = stream._graph

    def watched(backbone: Backbone, names: list[str]) -> Callable:
        inner = look(backbone, names)
        return lambda image: seen.append(tuple(image.shape)) or inner(image)

    monkeypatch.setattr(stream, "_graph", watched)
    monkeypatch.setattr(stream, "_SIDE", 64)
    np.testing.assert_allclose(stream.logits(tiny_net, pixels), tiny_net.logits(pixels[None])[0], rtol=1e-4, atol=1e-4)
    assert len(seen) > 4 and max(height * width for _, height, width, _ in seen) < pixels[..., 0].size / 3
    seen.clear()
    sighting = Predictor(tiny_net, pixels).photo
    assert len(seen) > 4
    whole = tiny_net.probabilities(pixels[None], "average")[0]
    assert [one.probability for one in sighting.classes] == pytest.approx(sorted(whole, reverse=True)[:5], rel=1e-3)


CHILD = """
import json, sys
import eyecandy
from eyecandy.art.output.painting import Viewing
plans = []
eyecandy.dream(sys.argv[1], guide=sys.argv[1], layers="block2_conv2", size=320, scales=1, iterations=1, tile="off",
               viewing=Viewing(before=plans.append))
# not the system's count for this process, which begins with what the one that started it had
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps([plans[0].memory, 1024 * int(peak.split()[1])]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems count otherwise")
def test_a_picture_takes_what_is_told() -> None:
    """In a process of its own: all that a picture needs, with the guide's products, TensorFlow and the program."""
    ended = subprocess.run(
        [sys.executable, "-c", CHILD, SAMPLES / "china.jpg"], capture_output=True, text=True, check=True, timeout=300
    )
    told, took = json.loads(ended.stdout.splitlines()[-1])
    assert 0.8 * told < took < 1.1 * told
