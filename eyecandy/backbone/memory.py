"""How much memory a network may take: the machine's, what a container leaves of it, and a GPU's own."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psutil

from eyecandy._tensorflow import tf

_GROUPS = Path("sys/fs/cgroup")


@dataclass(frozen=True)
class Memory:
    """An amount of memory.

    Attributes:
        bytes: how much there is in all, free or not.
        whose: who has it, as a sentence goes on: "this machine has".
    """

    bytes: float
    whose: str


def main_memory(root: Path = Path("/")) -> Memory:
    """Main memory: the machine's, or less where a container or a service may use only a part of it.

    Args:
        root: where the system's `proc` and `sys` lie.
    """
    machine = Memory(float(psutil.virtual_memory().total), "this machine has")
    limits = [Memory(limit, "the container allows") for limit in _limits(root)]
    return min([machine, *limits], key=lambda memory: memory.bytes)


def gpu_memory() -> Memory | None:
    """What TensorFlow may take of the GPU that networks run on; None where they run on the processor."""
    seen = tf.config.get_visible_devices("GPU")
    limit = _gpu_limit(seen[0]) if seen else None
    return None if limit is None else Memory(limit, "the GPU has")


@cache
def _gpu_limit(device: object) -> float | None:
    """Bytes that TensorFlow may take of a GPU; it says so for the only one that it sees."""
    growing = tf.compat.v1.ConfigProto(gpu_options=tf.compat.v1.GPUOptions(allow_growth=True))
    with tf.Graph().as_default(), tf.compat.v1.Session(config=growing) as session:
        limits = [device.memory_limit_bytes for device in session.list_devices() if device.device_type == "GPU"]
    return float(limits[0]) if limits else None


def _limits(root: Path) -> Iterator[float]:
    """The limits of this process's control group and of those above it, of Linux's first and second kind."""
    for line in _text(root / "proc/self/cgroup").splitlines():
        number, controllers, group = [*line.split(":", 2), "", ""][:3]
        if not number.isdecimal():
            continue
        if not controllers:
            base, name = root / _GROUPS, "memory.max"
        elif "memory" in controllers.split(","):
            base, name = root / _GROUPS / "memory", "memory.limit_in_bytes"
        else:
            continue
        # Inside a container the group's own path may not be there, but what lies at the top then is the container's.
        parts = [part for part in group.split("/") if part not in ("", "..")]
        for depth in range(len(parts) + 1):
            limit = _text(base.joinpath(*parts[:depth]) / name).strip()
            if limit.isdecimal():  # or "max"
                yield float(limit)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, ValueError):  # another system, or none of our business
        return ""
