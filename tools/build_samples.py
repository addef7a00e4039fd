"""Rebuild samples/: photographs, a diptych of two, scenes composed from cut-outs, and paintings drawn here.

    python tools/build_samples.py [--wheels DIR] [--output DIR]

The photographs come from the wheels of scikit-image and scikit-learn and from Debian's package gcompris-qt-data, the
cut-outs from its package tuxpaint-stamps-default; all are downloaded to a temporary folder, unless --wheels names a
folder that holds them. Sources are checked by SHA-256, and with the same NumPy and Pillow two runs write the same
bytes. Licences are listed in samples/README.md. Needs NumPy and Pillow.
"""

import argparse
import io
import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageCms
from sample_pictures.diptych import shepherd_and_kitten
from sample_pictures.flow import flow_painting
from sample_pictures.glass import glass_painting
from sample_pictures.ink import ink_painting
from sample_pictures.mosaic import mosaic_painting
from sample_pictures.scenes import dog_and_cat, zebra_and_elephant
from sample_pictures.sources import fetch, read_sources
from sample_pictures.woodcut import woodcut_painting

LONGEST_SIDE, QUALITY, PAINTING_SIDE = 640, 92, 576
PHOTOGRAPHS = ("chelsea", "coffee", "astronaut", "rocket", "hubble_deep_field", "grass", "brick")
ANIMALS = (
    *("german_shepherd", "kitten", "hens", "lemurs", "jaguars", "giant_panda", "koala", "macaw", "komodo_dragon"),
    *("crocodile", "moose", "owl"),
)
UNCHANGED = ("china", "flower")  # already JPEG, in sRGB and small enough
PAINTINGS: dict[str, Callable[[int], Image.Image]] = {
    "style_flow": flow_painting,
    "style_stained_glass": glass_painting,
    "style_woodcut": woodcut_painting,
    "style_mosaic": mosaic_painting,
    "style_ink": ink_painting,
}


def to_srgb(data: bytes) -> Image.Image:
    """A picture in sRGB or grey, within the longest side allowed."""
    stored = Image.open(io.BytesIO(data))
    image = stored.convert("L" if stored.mode == "L" else "RGB")
    profile = stored.info.get("icc_profile")
    if profile is not None:
        source, target = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
        ImageCms.profileToProfile(image, source, target, inPlace=True)
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    return image


def jpeg(image: Image.Image) -> bytes:
    """The picture as JPEG, full colour resolution, without metadata."""
    bare = Image.frombytes(image.mode, image.size, image.tobytes())
    out = io.BytesIO()
    bare.save(out, "JPEG", quality=QUALITY, subsampling=0)
    return out.getvalue()


def write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    part = path.with_name(path.name + ".part")
    part.write_bytes(data)
    part.replace(path)
    print(f"{path.name:28} {len(data) / 1000:6.0f} kB")


def build(sources: dict[str, bytes], output: Path) -> None:
    """Write every sample into a folder."""
    output.mkdir(parents=True, exist_ok=True)
    opened = {name: Image.open(io.BytesIO(data)) for name, data in sources.items()}
    write(output / "dog_and_cat.jpg", jpeg(dog_and_cat(opened["chelsea"], opened["husky"])))
    scene = zebra_and_elephant(opened["grass"], opened["zebra"], opened["elephant"])
    write(output / "zebra_and_elephant.jpg", jpeg(scene))
    write(output / "shepherd_and_kitten.jpg", jpeg(shepherd_and_kitten(opened["german_shepherd"], opened["kitten"])))
    for name in (*PHOTOGRAPHS, *ANIMALS):
        write(output / f"{name}.jpg", jpeg(to_srgb(sources[name])))
    for name in UNCHANGED:
        write(output / f"{name}.jpg", sources[name])
    for name, paint in PAINTINGS.items():
        write(output / f"{name}.jpg", jpeg(paint(PAINTING_SIDE)))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Rebuild the sample pictures.")
    parser.add_argument("--wheels", type=Path, help="folder with the wheels and .debs; downloaded if left out")
    parser.add_argument("--output", type=Path, default=Path(__file__).parent.parent / "samples", help="folder to fill")
    options = parser.parse_args()
    if options.wheels is not None:
        build(read_sources(options.wheels), options.output)
        return
    with tempfile.TemporaryDirectory() as folder:
        fetch(Path(folder))
        build(read_sources(Path(folder)), options.output)


if __name__ == "__main__":
    main()
