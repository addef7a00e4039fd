"""What is gained by compiling the next size, and writing pictures and film frames, while steps are taken.

    python benchmarks/overlap.py [--size 256] [--size 512] [--repeats 3]

Each recipe with its defaults, and a dream that keeps a film and every fifth picture; with either done meanwhile, and in
its turn. The two alternate, a process each. Seconds are from the command's first work to its last, without TensorFlow's
import; those of the processor count both processors. Run it on a machine that does nothing else.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SAMPLES = Path(__file__).parent.parent / "samples"
PHOTO, PAINTING = str(SAMPLES / "chelsea.jpg"), str(SAMPLES / "style_flow.jpg")
COMMANDS = {
    "dream": ["dream", PHOTO],
    "style": ["style", PHOTO, PAINTING],
    "mirage": ["mirage", PHOTO],
    "dream, film and pictures": ["dream", PHOTO, "--every", "5", "--film", "growth.mp4"],
}


def take(name: str, size: int, in_turn: bool) -> tuple[float, float]:
    """Seconds, and seconds of processor, of a command in this process."""
    import eyecandy
    from eyecandy.art.core.render import Renderer
    from eyecandy.cli.app import run
    from eyecandy.workflows.growth import Writer

    if in_turn:
        put = Writer.put

        def wait(writer: Writer, job: object) -> None:
            put(writer, job)
            writer.finish()

        Writer.put = wait
        Renderer.prepare = lambda *_: None
    eyecandy.load_backbone()
    began, used = time.perf_counter(), time.process_time()
    if run([*COMMANDS[name], "--size", str(size), "-o", "picture.png"]) != 0:
        raise RuntimeError(f"{name} failed")
    return time.perf_counter() - began, time.process_time() - used


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, action="append", help="longest side in pixels")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--one", choices=COMMANDS, help="one command in this process, in this folder")
    parser.add_argument("--in-turn", action="store_true")
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(take(asked.one, asked.size[0], asked.in_turn)))
        return
    for name in COMMANDS:
        for size in asked.size or (256, 512):
            taken: dict[bool, list[tuple[float, float]]] = {False: [], True: []}
            for _ in range(asked.repeats):
                for in_turn in (True, False):
                    command = [sys.executable, str(Path(__file__).absolute()), "--one", name, "--size", str(size)]
                    with tempfile.TemporaryDirectory() as folder:
                        out = subprocess.run(
                            [*command, *(["--in-turn"] if in_turn else [])],
                            **{"check": True, "cwd": folder, "text": True},
                            **{"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL},
                        ).stdout
                    taken[in_turn].append(tuple(json.loads(out.splitlines()[-1])))
            turn, meanwhile = ([statistics.median(c) for c in zip(*taken[key], strict=True)] for key in (True, False))
            print(
                f"{name:26s}{size:5d}   in turn {turn[0]:6.2f} s ({turn[1]:6.2f} of processor)   "
                f"meanwhile {meanwhile[0]:6.2f} s ({meanwhile[1]:6.2f})   {meanwhile[0] / turn[0] - 1:+.0%}",
                flush=True,
            )


if __name__ == "__main__":
    main()
