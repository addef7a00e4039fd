"""How many files and functions of eyecandy a command goes through, and how long the product is: targets of its layout.

    python tools/count_files.py
    python tools/count_files.py --against v0.1.0 -v
    python tools/count_files.py --checkout ../older

A run is traced from the command line to its files, in all threads. What counts is what is entered while the command
runs: a function (methods, lambdas, comprehensions and generators among them) once it was called, a class once its body
was executed, and a file once one of its own was. What an import alone sets off, such as the making of classes and what
decorators do, is told apart, in brackets: it shows what is loaded, not where a reader has to look. Lines are those of
all *.py files, as `wc -l` counts them. Exit code 1 where a target is missed.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

HERE = Path(__file__).resolve().parent.parent
COMMANDS = {
    "detect": "detect samples/dog_and_cat.jpg --output {folder}/found.eyecandy",
    "style": "style samples/china.jpg samples/style_flow.jpg --size 96 --iterations 2 --output {folder}/styled.png",
}
MOST_FILES = {"detect": 28, "style": 38}
FEWER_LINES = 1500


# What a command goes through


def trace(product: str, arguments: list[str], told: Path) -> int:
    """Runs the command line in this process, and writes what was entered: "runs" or "loads", then file:line:name."""
    entered: dict[CodeType, bool] = {}  # and whether it was so outside of imports

    def watch(frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        if code.co_filename.startswith(product) and code.co_name != "<module>" and not entered.get(code):
            entered[code] = not imports(frame)

    def imports(frame: FrameType | None) -> bool:
        while frame is not None:
            if frame.f_code.co_name == "<module>" and frame.f_code.co_filename.startswith(product):
                return True
            frame = frame.f_back
        return False

    threading.settrace(watch)
    sys.settrace(watch)
    from eyecandy.cli.app import run

    ended = run(arguments)
    sys.settrace(None)
    told.write_text(
        "".join(
            f"{'runs' if runs else 'loads'} {code.co_filename[len(product) :]}:{code.co_firstlineno}:{code.co_name}\n"
            for code, runs in entered.items()
        )
    )
    return ended


def entered_by(name: str, checkout: Path, folder: Path) -> list[tuple[str, str]]:
    """What one of `COMMANDS` goes through, in a process of its own: "runs" or "loads", and file:line:name, of each."""
    told = folder / f"{name}.txt"
    arguments = [argument.format(folder=folder) for argument in COMMANDS[name].split()]
    subprocess.run(
        [sys.executable, __file__, "--traced", told, f"{checkout / 'eyecandy'}{os.sep}", *arguments],
        check=True,
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": str(checkout)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return [(kind, place) for kind, _, place in (line.partition(" ") for line in told.read_text().splitlines())]


# How long the product is


def lines_now(checkout: Path) -> int:
    """Lines of all *.py files of eyecandy."""
    return sum(path.read_bytes().count(b"\n") for path in (checkout / "eyecandy").rglob("*.py"))


def lines_at(commit: str) -> int:
    """The same of a commit."""
    git = ("git", "-C", str(HERE))
    listed = subprocess.run(
        [*git, "ls-tree", "-r", "--name-only", commit, "eyecandy/"], check=True, capture_output=True
    )
    names = [name for name in listed.stdout.decode().splitlines() if name.endswith(".py")]
    texts = subprocess.run(
        [*git, "cat-file", "--batch=text"],
        input="\n".join(f"{commit}:{name}" for name in names).encode(),
        check=True,
        capture_output=True,
    )
    return texts.stdout.count(b"\n") - 2 * len(names)  # a line before each text, and a line end after it


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--against", default="437c715", metavar="COMMIT", help="whose lines to compare with")
    parser.add_argument("--checkout", type=Path, default=HERE, help="of eyecandy; this one by default")
    parser.add_argument("-v", "--verbose", action="store_true", help="list the files")
    asked = parser.parse_args()
    checkout, reached = asked.checkout.resolve(), True
    with tempfile.TemporaryDirectory() as folder:
        for name, most in MOST_FILES.items():
            entered = entered_by(name, checkout, Path(folder))
            files = Counter(place.split(":")[0] for kind, place in entered if kind == "runs")
            loaded = {place.split(":")[0] for _, place in entered}
            reached = reached and len(files) <= most
            print(
                f"{name}: {len(files)} files and {files.total()} functions ({len(loaded)} and {len(entered)} with what "
                f"imports set off); at most {most} files are wanted"
            )
            for file in sorted(files) if asked.verbose else ():
                print(f"    {file}: {files[file]}")
    now, before = lines_now(checkout), lines_at(asked.against)
    reached = reached and now <= before - FEWER_LINES
    print(f"lines: {now}, {now - before:+} against the {before} of {asked.against}; {-FEWER_LINES} is wanted")
    print("The targets are reached." if reached else "The targets are not reached.")
    return 0 if reached else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["--traced"]:
        sys.exit(trace(sys.argv[3], sys.argv[4:], Path(sys.argv[2])))
    sys.exit(main())
