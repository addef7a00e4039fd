"""Time and memory of detection: cold start, warm, and over a hundred photos of differing sizes.

    python benchmarks/speed.py

Everything runs on the pictures in samples/. Each part runs in a process of its own, so that peaks are its own.
"""

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from eyecandy.backbone.model import Backbone

SAMPLES = Path(__file__).parent.parent / "samples"
PHOTO = SAMPLES / "dog_and_cat.jpg"


def peak() -> float:
    """Peak resident memory of this process, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def resident() -> float:
    """Resident memory of this process now, MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


def median_time(call: Callable[[], object], runs: int = 5) -> float:
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def processor_time(call: Callable[[], object], runs: int = 7) -> float:
    """The least of some runs, in seconds of all processors: it hardly depends on what else the machine does."""
    times = []
    for _ in range(runs):
        start = resource.getrusage(resource.RUSAGE_SELF)
        call()
        end = resource.getrusage(resource.RUSAGE_SELF)
        times.append(end.ru_utime - start.ru_utime + end.ru_stime - start.ru_stime)
    return min(times)


def masks(net: "Backbone", photo: "np.ndarray") -> None:
    from eyecandy.detection.find.tracing import class_signals

    class_signals(net, photo, range(20))


def warm() -> None:
    import numpy as np

    import eyecandy
    from eyecandy.images import load, resize

    net = eyecandy.load_backbone()
    photo = resize(load(SAMPLES / "zebra_and_elephant.jpg").pixels, (448, 448))
    eyecandy.detect(photo, backbone=net)
    forward = median_time(lambda: net.class_map(photo[None].astype(np.float32)))
    signals = median_time(lambda: eyecandy.saliency(photo, range(20), backbone=net))
    whole = median_time(lambda: eyecandy.detect(photo, backbone=net))
    print(f"forward pass at 448x448: {forward:.3f} s; 20 class masks {signals:.2f} s; detect {whole:.2f} s")
    ahead, back = processor_time(lambda: net.class_map(photo[None])), processor_time(lambda: masks(net, photo))
    print(
        f"20 class signals, forward and backward, cost {back / ahead:.1f} forward passes of processor time "
        f"({back:.2f} s and {ahead:.3f} s) and {signals / forward:.1f} of wall time"
    )
    print(f"peak memory {peak():.0f} MB")


def many() -> None:
    import numpy as np

    import eyecandy
    from eyecandy.images import load, resize

    net = eyecandy.load_backbone()
    random = np.random.default_rng(0)
    photos = [load(path).pixels for path in sorted(SAMPLES.glob("*.jpg"))]
    memory, times = [], []
    for i in range(100):
        width, height = random.integers(200, 900, 2).tolist()
        photo = resize(photos[i % len(photos)], (width, height))
        start = time.perf_counter()
        eyecandy.detect(photo, backbone=net)
        times.append(time.perf_counter() - start)
        memory.append(resident())
    print(f"100 photos of 200 to 900 pixels a side: median {statistics.median(times):.2f} s a photo")
    print(
        f"resident memory after 10: {memory[9]:.0f} MB, after 50: {memory[49]:.0f} MB, after 100: {memory[99]:.0f} MB"
    )
    print(f"peak memory {peak():.0f} MB")


def cold() -> None:
    def run(command: list[str]) -> float:
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        return time.perf_counter() - start

    with tempfile.TemporaryDirectory() as folder:
        detect = ["-m", "eyecandy", "detect", str(PHOTO), "--overwrite", "--output", f"{folder}/result"]
        tensorflow = statistics.median(run([sys.executable, "-c", "import tensorflow"]) for _ in range(3))
        whole = statistics.median(run([sys.executable, *detect]) for _ in range(3))
        help_time = statistics.median(run([sys.executable, "-m", "eyecandy", "--help"]) for _ in range(3))
    print(f"cold start of eyecandy detect: {whole:.1f} s, of which import tensorflow {tensorflow:.1f} s")
    print(f"eyecandy --help: {help_time:.2f} s")


PARTS = {"warm": warm, "many": many, "cold": cold}


def main() -> None:
    parser = argparse.ArgumentParser(description="Time and memory of detection.")
    parser.add_argument("part", nargs="?", choices=PARTS, help="one part only, in this process")
    part = parser.parse_args().part
    if part is not None:
        PARTS[part]()
        return
    for name in PARTS:
        subprocess.run([sys.executable, __file__, name], check=True)


if __name__ == "__main__":
    main()
