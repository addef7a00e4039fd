"""Photos a second of `detect_all` beside a plain loop over `detect`, and its memory.

    python benchmarks/pipeline.py
    python benchmarks/pipeline.py --images FOLDER --engine ray
    python benchmarks/pipeline.py --batch

Both go through the same photos by turns, a share of them at a time, so that what else the machine does meets both.
The loop writes nothing, while `detect_all` writes masks, journal and table. With --batch: what a first look at four
photos of one size takes as one batch, and one by one.
"""

import argparse
import os
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import eyecandy
from eyecandy.images import find, load, resize, save

SAMPLES = Path(__file__).parent.parent / "samples"
SIDES = (320, 480, 640, 1024, 1600, 2400, 3200)  # the longest side, by turns


def mixed(folder: Path, count: int) -> list[Path]:
    """Photos of mixed sizes: parts of the samples, some turned over, at sizes from a thumbnail's to a camera's."""
    random = np.random.default_rng(0)
    pictures = [load(path).pixels for path in sorted(SAMPLES.glob("*.jpg")) if not path.name.startswith("style_")]
    paths = []
    for number in range(count):
        whole = pictures[number % len(pictures)]
        height, width = whole.shape[:2]
        share = random.uniform(0.75, 1, 2)
        high, wide = int(share[0] * height), int(share[1] * width)
        y, x = random.integers(0, height - high + 1), random.integers(0, width - wide + 1)
        part = whole[y : y + high, x : x + wide, :: random.choice([-1, 1])]
        scale = random.choice(SIDES) / max(high, wide)
        path = folder / f"{number:04d}.jpg"
        save(path, resize(part, (round(scale * wide), round(scale * high))))
        paths.append(path)
    return paths


def resident() -> float:
    """Resident memory of this process now, MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


class Way:
    """One way through photos, and the wall time that it took."""

    def __init__(self, name: str, go: Callable[[Sequence[Path]], object]) -> None:
        self.name, self.go = name, go
        self.wall = self.cpu = 0.0

    def run(self, photos: Sequence[Path]) -> float:
        """Seconds a photo."""
        start, cpu = time.perf_counter(), sum(os.times()[:4])
        self.go(photos)
        taken = time.perf_counter() - start
        self.wall += taken
        self.cpu += sum(os.times()[:4]) - cpu
        return taken / len(photos)


def measure(photos: Sequence[Path], shares: int, baseline: Way, other: Way) -> None:
    ratios = []
    for number, share in enumerate(np.array_split(np.array(photos, object), shares)):
        ways = (baseline, other) if number % 2 == 0 else (other, baseline)
        seconds = {way.name: way.run(list(share)) for way in ways}
        ratios.append(seconds[baseline.name] / seconds[other.name])
        print(f"  share {number + 1} of {shares}: {ratios[-1]:.2f} times the {baseline.name}", flush=True)
    count = len(photos)
    for way in (baseline, other):
        print(
            f"{way.name}: {count / way.wall:.3f} photos a second; {way.wall / count:.2f} s a photo, "
            f"of which {way.cpu / count:.2f} s of this process's processor time"
        )
    print(f"ratio: {baseline.wall / other.wall:.2f}; median of the shares {statistics.median(ratios):.2f}")


def batches(net: eyecandy.Backbone) -> None:
    """Prints the processor time of a first look at a photo of 448 x 320 pixels, alone and in a batch of four."""
    photos = np.random.default_rng(0).integers(0, 256, (4, 320, 448, 3)).astype(np.uint8)
    taken: list[tuple[float, float]] = []
    for _ in range(20):
        start = time.process_time()
        for photo in photos:
            net.class_map(photo[None])
        between = time.process_time()
        net.class_map(photos)
        taken.append((between - start, time.process_time() - between))
    alone, batch = np.median(taken, axis=0) * 1000 / len(photos)
    print(f"first look, processor time a photo: alone {alone:.1f} ms, in a batch of {len(photos)} {batch:.1f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description="Throughput of detect_all beside a plain loop over detect.")
    parser.add_argument("--images", type=Path, help="a folder of photos; made of samples/ otherwise")
    parser.add_argument("--count", type=int, default=200, help="how many photos")
    parser.add_argument("--shares", type=int, default=4, help="how often the two take turns")
    parser.add_argument("--workers", type=int, help="as of detect_all")
    parser.add_argument(
        "--engine",
        choices=("local", "ray"),
        default="local",
        help="local beside the loop, or Ray with two workers of one processor beside local; Ray starts its workers "
        "anew for each share, so let there be few",
    )
    parser.add_argument("--batch", action="store_true", help="measure batches instead")
    given = parser.parse_args()
    net = eyecandy.load_backbone()
    if given.batch:
        batches(net)
        return
    memory: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        photos = find([given.images])[: given.count] if given.images else mixed(Path(folder), given.count)

        def loop(share: Sequence[Path]) -> None:
            for path in share:
                eyecandy.detect(path, backbone=net)

        def run(share: Sequence[Path], **engine: Any) -> None:
            with tempfile.TemporaryDirectory() as results:
                done = eyecandy.detect_all(
                    list(share), results, backbone=net, listener=lambda _: memory.append(resident()), **engine
                )
            assert done.done == len(share), done.failures

        local = Way("local pipeline", lambda share: run(share, workers=given.workers))
        run(photos[:3])
        memory.clear()
        if given.engine == "ray":
            import ray

            ray.init("local", num_cpus=2, include_dashboard=False, log_to_driver=False, object_store_memory=1 << 27)
            measure(photos, given.shares, local, Way("Ray", lambda share: run(share, engine="ray", workers=2)))
            return
        measure(photos, given.shares, Way("loop over detect", loop), local)
    quarter = max(1, len(memory) // 4)
    quarters = [max(memory[i : i + quarter]) for i in range(0, 4 * quarter, quarter)]
    print(f"resident memory, highest in each quarter of the photos: {', '.join(f'{m:.0f}' for m in quarters)} MB")


if __name__ == "__main__":
    main()
