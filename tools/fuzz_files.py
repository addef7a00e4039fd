"""Damages model files or pictures in many ways, and sees that each opens or is refused in one line.

    python tools/fuzz_files.py --kind models --count 500
    python tools/fuzz_files.py --kind pictures --count 1500 --seed 7 --keep failures

The undamaged files are made here. Files are opened in a process of its own, so that a crash and a hang count too; what
fails is listed, and its files are kept in the folder given by --keep. Exit code 1 where anything failed.
"""

import argparse
import io
import json
import multiprocessing
import os
import re
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import numpy as np

LONGEST = 150  # seconds for one file
_NUMBER = re.compile(rb"-?\d+(\.\d+)?")


# Originals


def models(folder: Path) -> list[Path]:
    """Small classifiers in every kind of file: of Keras 3, and of Keras 2 where tf_keras is installed."""
    from eyecandy._tensorflow import keras

    found = _saved(keras, folder, "3")
    try:
        import tf_keras
    except ImportError:
        return found
    return found + _saved(tf_keras, folder, "2")


def _saved(keras: Any, folder: Path, version: str) -> list[Path]:
    layers = keras.layers
    image = keras.Input((32, 32, 3))
    x = layers.Rescaling(1 / 255)(image)
    x = layers.Conv2D(6, 3, strides=2, padding="same", activation="relu")(x)
    x = layers.BatchNormalization()(x)
    x = layers.Add()([x, layers.DepthwiseConv2D(3, padding="same")(x)])
    x = layers.Dense(4, activation="softmax")(layers.GlobalAveragePooling2D()(x))
    chain = [layers.Conv2D(4, 3, activation="relu"), layers.MaxPooling2D(), layers.Flatten(), layers.Dense(3)]
    made = {"graph": keras.Model(image, x), "chain": keras.Sequential([keras.Input((16, 16, 3)), *chain])}
    paths = [folder / f"{name}{version}{suffix}" for name in made for suffix in (".h5", ".keras")]
    for path in paths:
        made[path.stem[:-1]].save(path)
    return paths


def pictures(folder: Path) -> list[Path]:
    """A small picture in every format that is read, some with profiles, orientation, pages, tiles and more bits."""
    from PIL import Image, ImageCms

    across = np.linspace(0, 255, 48)[None, :, None] * np.ones((40, 1, 3))
    noise = np.random.default_rng(0).integers(-20, 20, (40, 48, 3))
    image = Image.fromarray(np.clip(across + noise, 0, 255).astype(np.uint8))
    alpha = image.copy()
    alpha.putalpha(Image.fromarray(np.full((40, 48), 128, np.uint8)))
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exif = Image.Exif()
    exif[0x0112] = 6
    kinds: list[tuple[str, Any, dict[str, Any]]] = [
        ("plain.jpg", image, {}),
        ("tagged.jpg", image, {"icc_profile": profile, "exif": exif, "progressive": True}),
        ("cmyk.jpg", image.convert("CMYK"), {}),
        ("plain.png", image, {"icc_profile": profile}),
        ("alpha.png", alpha, {}),
        ("palette.png", image.quantize(16), {}),
        ("deep.png", Image.fromarray((across[..., 0] * 257).astype(np.uint16)), {}),
        ("plain.webp", image, {"exif": exif}),
        ("moving.webp", image, {"save_all": True, "append_images": [image.rotate(90)]}),
        ("moving.gif", image.quantize(16), {"save_all": True, "append_images": [image.quantize(8)]}),
        ("plain.bmp", image, {}),
        ("plain.ppm", image, {}),
        ("plain.tif", image, {}),
        ("lzw.tif", image, {"compression": "tiff_lzw"}),
        ("jpeg.tif", image, {"compression": "jpeg"}),
        ("pages.tif", image, {"save_all": True, "append_images": [image.rotate(90)]}),
        ("float.tif", Image.fromarray(across[..., 0].astype(np.float32)), {}),
        ("deep.tif", Image.fromarray((across[..., 0] * 257).astype(np.uint16)), {"compression": "tiff_deflate"}),
        ("plain.jp2", image, {}),
        ("plain.avif", image, {}),
    ]
    paths = []
    for name, picture, options in kinds:
        try:
            picture.save(folder / name, **options)
        except (OSError, KeyError, ValueError):  # a format that this Pillow was built without
            continue
        paths.append(folder / name)
    return paths


# Damage


def damaged(path: Path, rng: np.random.Generator) -> bytes:
    """A file's bytes with something wrong: anywhere, or in the part of a model that says what it is."""
    content = path.read_bytes()
    if path.suffix == ".keras" and rng.random() < 0.6:
        return _damaged_zip(content, rng)
    if path.suffix == ".h5" and rng.random() < 0.4:
        return _damaged_config(content, rng)
    return _damaged_bytes(content, rng)


def _damaged_bytes(content: bytes, rng: np.random.Generator) -> bytes:
    data = bytearray(content)
    at, length = int(rng.integers(len(data))), int(rng.integers(1, 200))
    match rng.integers(7):
        case 0:  # half written
            del data[at:]
        case 1:
            data[at : at + length] = bytes(len(data[at : at + length]))
        case 2:
            data[at : at + length] = rng.bytes(len(data[at : at + length]))
        case 3:
            del data[at : at + length]
        case 4:
            data[at:at] = data[at : at + length]
        case 5:  # the beginning, where formats say what they are
            data[at % min(len(data), 512)] = int(rng.integers(256))
        case _:
            for place in rng.integers(len(data), size=rng.integers(1, 12)):
                data[place] = int(rng.integers(256))
    return bytes(data)


def _damaged_zip(content: bytes, rng: np.random.Generator) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        members = {name: file.read(name) for name in file.namelist()}
    victim = str(rng.choice(list(members)))
    if rng.random() < 0.1:
        del members[victim]
    elif victim.endswith(".json"):
        members[victim] = _damaged_json(members[victim], rng)
    else:
        members[victim] = _damaged_bytes(members[victim], rng)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, member in members.items():
            file.writestr(name, member)
    return buffer.getvalue()


def _damaged_config(content: bytes, rng: np.random.Generator) -> bytes:
    import h5py

    buffer = io.BytesIO(content)
    with h5py.File(buffer, "r+") as file:
        config = file.attrs["model_config"]
        text = config.encode() if isinstance(config, str) else bytes(config)
        file.attrs["model_config"] = np.void(_damaged_json(text, rng)) if rng.random() < 0.05 else _text(text, rng)
    return buffer.getvalue()


def _text(text: bytes, rng: np.random.Generator) -> str:
    return _damaged_json(text, rng).decode("utf-8", "replace").replace("\0", "?")


def _damaged_json(text: bytes, rng: np.random.Generator) -> bytes:
    """Another number, or another value somewhere in the tree; or no JSON any more."""
    kind = rng.integers(4)
    if kind == 0:
        return _damaged_bytes(text, rng)
    if kind == 1:
        numbers = list(_NUMBER.finditer(text))
        if numbers:
            chosen = numbers[int(rng.integers(len(numbers)))]
            new = str(rng.choice(["0", "-1", "1", "7", "1e3", "0.5", "null", "[]"])).encode()
            return text[: chosen.start()] + new + text[chosen.end() :]
    tree = json.loads(text)
    places = list(_places(tree))
    if places:
        holder, key = places[int(rng.integers(len(places)))]
        if kind == 2:
            del holder[key]
        else:
            values = [None, 0, -3, "", "x", [], {}, [[]], {"class_name": "Dense"}, 1.5, True]
            holder[key] = values[int(rng.integers(len(values)))]
    return json.dumps(tree).encode()


def _places(tree: Any) -> Iterator[tuple[Any, Any]]:
    for key in list(tree) if isinstance(tree, dict) else range(len(tree)):
        yield tree, key
        if isinstance(tree[key], dict | list):
            yield from _places(tree[key])


# What comes of it


def open_model(path: Path) -> None:
    """Opens it as a backbone."""
    from eyecandy import load_backbone

    load_backbone(path)


def open_picture(path: Path) -> None:
    """Loads it as a photo."""
    from eyecandy import images

    images.load(path)


def outcome(opened: Callable[[Path], None], path: Path) -> str:
    """ "opened", "refused", or what should not have happened."""
    import traceback

    from eyecandy import EyecandyError

    try:
        opened(path)
    except EyecandyError as error:
        return "refused" if "\n" not in str(error) else f"a refusal of several lines: {str(error)!r}"
    except BaseException as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        return (
            f"{type(error).__name__}: {' '.join(str(error).split())[:160]} ({Path(frame.filename).name}:{frame.lineno})"
        )
    return "opened"


KINDS: dict[str, tuple[Callable[[Path], list[Path]], Callable[[Path], None]]] = {
    "models": (models, open_model),
    "pictures": (pictures, open_picture),
}


class _Opener:
    """Opens files in another process, and in a new one after a crash or a hang."""

    def __init__(self, opened: Callable[[Path], None]) -> None:
        self._opened = opened
        self._pool: ProcessPoolExecutor | None = None

    def close(self) -> None:
        """Ends the process."""
        if self._pool is not None:
            self._pool.shutdown()

    def __call__(self, path: Path) -> str:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))
        try:
            return self._pool.submit(outcome, self._opened, path).result(LONGEST)
        except BrokenProcessPool:
            self._pool = None
            return "the process crashed"
        except TimeoutError:
            for process in list(self._pool._processes.values()):
                process.kill()
            self._pool = None
            return f"not done in {LONGEST} s"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kind", choices=KINDS, required=True)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="folder for the files that failed")
    given = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    make, opened = KINDS[given.kind]
    rng = np.random.default_rng(given.seed)
    opener = _Opener(opened)
    tally = {"opened": 0, "refused": 0, "failed": 0}
    with tempfile.TemporaryDirectory() as name:
        originals = make(Path(name))
        for number in range(given.count):
            original = originals[number % len(originals)]
            path = Path(name) / f"{number}-{original.name}"
            path.write_bytes(damaged(original, rng))
            ended = opener(path)
            tally[ended if ended in tally else "failed"] += 1
            if ended not in tally:
                print(f"{path.name}: {ended}", flush=True)
                if given.keep is not None:
                    given.keep.mkdir(parents=True, exist_ok=True)
                    (given.keep / path.name).write_bytes(path.read_bytes())
            path.unlink()
    opener.close()
    print(", ".join(f"{count} {ended}" for ended, count in tally.items()))
    return 1 if tally["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
