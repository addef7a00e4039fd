"""Whether eyecandy still gives what it gave: detection over the samples, and each recipe with a fixed seed, small.

    python tools/compare_outputs.py --write before.json                      # what this checkout gives
    python tools/compare_outputs.py --checkout ../older --write before.json  # what another one gives
    python tools/compare_outputs.py --against before.json                    # what is the same, and what differs

Only the command line and `import eyecandy` are used, so that a checkout of any layout can be asked. All that is written
is taken in: pixels of pictures and of films' frames, arrays, and the numbers and words of JSON and CSV files; of each
array its SHA-256 and some of its numbers, so that a difference has a size. Exit code 1 where anything differs or is
gone; what is new is told, and is no difference. On one processor thread, since the order of sums is part of a result.
"""

import argparse
import csv
import hashlib
import json
import os
import runpy
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageSequence

ROOT = Path(__file__).resolve().parent.parent
PROBES = 256  # numbers of an array that are kept
UNTOLD = {"versions", "version", "date", "seconds"}  # keys of JSON files that may differ
SMALL = "--size 128 --seed 3"
TILES = "--size 384 --tile 256 --scales 2 --iterations 4 --seed 3"
COMMANDS = {  # {to} is a folder of the command's name
    "detect": "detect {samples} --output {to}",
    "detect-explained": "detect dog_and_cat.jpg --output {to}/pca --explain",
    "detect-nmf": "detect dog_and_cat.jpg --output {to}/nmf --decomposition nmf --signal gradient --refine none",
    "detect-varimax": "detect shepherd_and_kitten.jpg --output {to}/varimax --decomposition varimax --signal places",
    "dream": "dream china.jpg {small} --iterations 8 --output {to}/dream.png",
    "dream-noise": "dream {small} --iterations 8 --channel 7 --layer block4_conv3 --output {to}/noise.png",
    "dream-class": "dream kitten.jpg {small} --iterations 8 --towards tabby --region cat --output {to}/class.png",
    "dream-guide": "dream china.jpg {small} --iterations 6 --guide flower.jpg --canvas pixel --optimizer gradient "
    "--output {to}/guide.png",
    "dream-zoom": "dream china.jpg {small} --iterations 6 --zoom 4 --film {to}/zoom.gif --output {to}/zoom.png",
    "dream-tiles": "dream china.jpg {tiles} --layer block3_conv2 --output {to}/tiles.png",
    "style": "style china.jpg style_flow.jpg {small} --iterations 8 --output {to}/style.png",
    "style-two": "style china.jpg style_flow.jpg style_ink.jpg:0.5 {small} --iterations 6 --strength 0.8 "
    "--output {to}/two.png",
    "style-tiles": "style china.jpg style_mosaic.jpg {tiles} --style-layer block2_conv1 --content-layer block3_conv1 "
    "--output {to}/tiles.png",
    "mirage": "mirage koala.jpg {small} --iterations 8 --output {to}/mirage.png",
    "reconstruct": "reconstruct coffee.jpg {small} --iterations 8 --layer block2_conv1 --layer block4_conv3 "
    "--optimizer lbfgs --output {to}/reconstruct.png",
    "reconstruct-tiles": "reconstruct koala.jpg {tiles} --layer block2_conv1 --output {to}/tiles.png",
    "study": "study china.jpg style_flow.jpg {small} --layer block2_conv1 --content-layer block3_conv1 --steps 2,4 "
    "--ratios 1,4 --output {to}/study",
    "trust": "trust dog_and_cat.jpg --json",
}


def in_python(samples: Path) -> dict[str, dict[str, Any]]:
    """What the public functions give, as arrays by name."""
    import eyecandy

    net = eyecandy.load_backbone()
    photo, painting = samples / "coffee.jpg", samples / "style_woodcut.jpg"
    small: dict[str, Any] = {"size": 128, "iterations": 6, "seed": 5, "backbone": net}
    art = {
        "dream": eyecandy.dream(photo, layers=["block3_conv2:0.7", "block4_conv3"], **small),
        "style": eyecandy.style(photo, painting, **small),
        "mirage": eyecandy.mirage(photo, paintings=painting, **small),
        "reconstruct": eyecandy.reconstruct(photo, **small),
    }
    given: dict[str, dict[str, Any]] = {
        f"python-{name}": {"image": made.image, **made.history} for name, made in art.items()
    }
    found = eyecandy.detect(samples / "owl.jpg", backbone=net, top=10)
    given["python-detect"] = {
        "class_masks": found.class_masks,
        "eigenmasks": found.eigenmasks,
        "ratio": found.explained_variance_ratio,
        **{f"mask of {number}": one.mask for number, one in enumerate(found.objects)},
        **{f"box of {number}": np.asarray(one.box) for number, one in enumerate(found.objects)},
    }
    given["python-saliency"] = {"masks": eyecandy.saliency(samples / "owl.jpg", [24, 22], backbone=net)}
    return given


# What a checkout gives


def give(only: str, folder: Path) -> dict[str, Any]:
    """Runs all commands whose name begins with `only` in the folder, and tells what they wrote."""
    from io import StringIO

    given: dict[str, Any] = {}
    for name, command in COMMANDS.items():
        if not name.startswith(only):
            continue
        photos = " ".join(sorted(path.name for path in folder.glob("*.jpg")))
        (folder / name).mkdir()
        printed, sys.stdout = sys.stdout, StringIO()
        sys.argv = ["eyecandy", *shlex.split(command.format(to=name, small=SMALL, tiles=TILES, samples=photos))]
        print(f"{name}: eyecandy {command}", file=sys.stderr)
        try:
            runpy.run_module("eyecandy", run_name="__main__")
        except SystemExit as end:
            given[f"{name}/exit code"] = end.code or 0
        finally:
            said, sys.stdout = sys.stdout.getvalue(), printed  # type: ignore[attr-defined]
        if "--json" in command:
            (folder / name / "said.json").write_text(said)
        given |= {f"{name}/{key}": value for key, value in written(folder / name)}
    if "python".startswith(only):
        for name, arrays in in_python(folder).items():
            given |= {f"{name}/{key}": digest(np.asarray(value)) for key, value in arrays.items()}
    return given


def written(folder: Path) -> Iterator[tuple[str, Any]]:
    """All that the files of a folder hold, each value under the name of its file and its place in it."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        if path.suffix in (".png", ".jpg"):
            with Image.open(path) as picture:
                yield name, digest(np.asarray(picture))
        elif path.suffix == ".gif":
            with Image.open(path) as film:
                frames = [np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(film)]
            yield name, digest(np.stack(frames))
        elif path.suffix == ".npz":
            with np.load(path) as arrays:
                for key in arrays:
                    yield f"{name}:{key}", digest(arrays[key])
        elif path.suffix == ".json":
            for key, value in leaves(json.loads(path.read_text("utf-8"))):
                yield f"{name}:{key}", value
        elif path.suffix == ".csv":
            with path.open(newline="") as rows:
                for number, row in enumerate(csv.reader(rows)):
                    yield f"{name}:{number}", row
        else:
            yield name, hashlib.sha256(path.read_bytes()).hexdigest()


def digest(array: np.ndarray) -> Any:
    """An array as its hash and some of its numbers, evenly from beginning to end; one of words as these."""
    if array.dtype.kind not in "biuf":
        return array.tolist()
    flat = array.reshape(-1)
    some = flat[np.linspace(0, len(flat) - 1, min(PROBES, len(flat))).astype(int)] if len(flat) else flat
    return {
        "sha256": hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest(),
        "shape": list(array.shape),
        "dtype": str(array.dtype),
        "numbers": [float(number) for number in some],
    }


def leaves(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """The numbers and words of what a JSON file holds, by where they are; a list of numbers stays one."""
    if isinstance(value, dict):
        for key in value:
            if key not in UNTOLD:
                yield from leaves(value[key], f"{place}.{key}")
    elif isinstance(value, list) and not all(isinstance(one, int | float) for one in value):
        for number, one in enumerate(value):
            yield from leaves(one, f"{place}[{number}]")
    else:
        yield place, value


# What differs


def difference(old: Any, new: Any) -> str | None:
    """How two values differ, in words; None if they do not."""
    if old == new:
        return None
    if isinstance(old, dict) and isinstance(new, dict):
        for what in ("shape", "dtype"):
            if old[what] != new[what]:
                return f"{what} was {old[what]}, is {new[what]}"
        old, new = old["numbers"], new["numbers"]
        if old == new:
            return "some values, none of those that are kept"
    numbers = [np.asarray(value, object).reshape(-1) for value in (old, new)]
    if len(numbers[0]) == len(numbers[1]) and all(isinstance(n, int | float) for both in numbers for n in both):
        most = np.nanmax(np.abs(numbers[1].astype(float) - numbers[0].astype(float)))
        return f"by {most:.3g} at most"
    return f"was {str(old)[:60]!r}, is {str(new)[:60]!r}"


def compare(old: dict[str, Any], new: dict[str, Any], most: int) -> bool:
    """Prints what is the same, what differs, is gone or is new, by command; whether nothing differs or is gone.

    Args:
        old, new: what was given, by command and place.
        most: how many differences of a command are listed.
    """
    same = True
    for name in dict.fromkeys(_command(key) for key in (*old, *new)):
        mine = [key for key in dict.fromkeys((*old, *new)) if _command(key) == name]
        told = [(key, difference(old[key], new[key])) for key in mine if key in old and key in new]
        differ = [(key, how) for key, how in told if how is not None]
        gone = [key for key in mine if key not in new]
        more = [key for key in mine if key not in old]
        print(f"{name}: {len(told) - len(differ)} the same, {len(differ)} differ, {len(gone)} gone, {len(more)} new")
        listed = [*differ, *((key, "gone") for key in gone), *((key, "new") for key in more)]
        for key, how in listed[:most]:
            print(f"    {key.partition('/')[2]}: {how}")
        if len(listed) > most:
            print(f"    and {len(listed) - most} more; --most {len(listed)} lists them")
        same = same and not differ and not gone
    return same


def _command(key: str) -> str:
    return key.partition("/")[0]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkout", type=Path, default=ROOT, help="of eyecandy; this one by default")
    parser.add_argument("--write", type=Path, help="the JSON file to write")
    parser.add_argument("--against", type=Path, help="a JSON file to compare with")
    parser.add_argument("--only", default="", help="commands whose name begins so, such as style")
    parser.add_argument("--most", type=int, default=12, help="differences of a command that are listed")
    parser.add_argument("--within", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.within:
        os.chdir(asked.within)
        given = give(asked.only, asked.within)
        import eyecandy

        if not Path(eyecandy.__file__).is_relative_to(asked.checkout):
            raise SystemExit(f"eyecandy was imported from {eyecandy.__file__}, not from {asked.checkout}")
        asked.write.write_text(json.dumps(given))
        return 0
    checkout = asked.checkout.resolve()
    with tempfile.TemporaryDirectory() as name:
        folder, result = Path(name, "work").resolve(), Path(name, "given.json")
        folder.mkdir()
        for photo in (ROOT / "samples").glob("*.jpg"):
            (folder / photo.name).write_bytes(photo.read_bytes())
        one = {"TF_NUM_INTRAOP_THREADS": "1", "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": "-1"}
        command = [sys.executable, __file__, "--within", folder, "--checkout", checkout, "--write", result]
        subprocess.run(
            [*command, "--only", asked.only],
            check=True,
            env={**os.environ, **one, "PYTHONPATH": str(checkout), "PYTHONHASHSEED": "0"},
        )
        given = json.loads(result.read_text())
    if asked.write:
        asked.write.write_text(json.dumps(given, indent=0) + "\n")
        print(f"{asked.write}: {len(given)} values")
    if asked.against:
        before = json.loads(asked.against.read_text())
        same = compare({key: before[key] for key in before if _command(key).startswith(asked.only)}, given, asked.most)
        print("Nothing differs." if same else "There are differences.")
        return 0 if same else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
