"""Where networks run."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Run

import eyecandy
from eyecandy._tensorflow import tf


class Machine:
    """TensorFlow's answers on a machine with two GPUs, and what it was told."""

    gpus = ("GPU:0", "GPU:1")

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, started: bool = False) -> None:
        self.visible: Any = None
        self.growing: list[str] = []
        self.started = started
        monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: list(self.gpus))
        monkeypatch.setattr(tf.config, "set_visible_devices", self.see)
        monkeypatch.setattr(tf.config.experimental, "set_memory_growth", lambda gpu, _: self.growing.append(gpu))

    def see(self, devices: list[str], kind: str) -> None:
        if self.started:
            raise RuntimeError("Visible devices cannot be modified after being initialized")
        self.visible = devices


@pytest.mark.parametrize(
    ("device", "expected"), [("auto", ["GPU:0"]), ("gpu", ["GPU:0"]), ("gpu:1", ["GPU:1"]), ("cpu", [])]
)
def test_one_gpu_or_none_is_used_and_its_memory_grows(
    monkeypatch: pytest.MonkeyPatch, device: str, expected: list[str]
) -> None:
    machine = Machine(monkeypatch)
    eyecandy.use_device(device)
    assert machine.visible == expected
    assert machine.growing == expected


def test_what_there_is_not_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    Machine(monkeypatch)
    with pytest.raises(
        eyecandy.EyecandyError, match=r"^there is no 'gpu:2' here: TensorFlow finds 2, numbered from 0;"
    ):
        eyecandy.use_device("gpu:2")
    for wrong in ("tpu", "gpu:", "GPU:0", "gpu:-1", ""):
        with pytest.raises(
            eyecandy.EyecandyError, match=f"^unknown device '{wrong}'; expected auto, cpu, gpu or gpu:N"
        ):
            eyecandy.use_device(wrong)


def test_it_is_too_late_once_a_network_has_run(monkeypatch: pytest.MonkeyPatch) -> None:
    Machine(monkeypatch, started=True)
    with pytest.raises(eyecandy.EyecandyError, match=r"^the device cannot be changed to 'cpu' any more"):
        eyecandy.use_device("cpu")


@pytest.mark.skipif(bool(tf.config.list_physical_devices("GPU")), reason="there is a GPU")
def test_a_command_without_its_gpu_ends_in_one_line(command: Callable[..., Run], dog_and_cat: Path) -> None:
    ended = command("detect", dog_and_cat, "--json", "--device", "gpu")
    assert ended.code == 2
    assert "there is no 'gpu' here: TensorFlow finds no GPU; choose cpu, or auto" in ended.err
    assert command("classify", dog_and_cat, "--json", "--device", "cpu").code == 0
