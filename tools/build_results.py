"""Make the pictures that the README shows, from the pictures in samples/, as the commands do that it names.

python tools/build_results.py [--only detect|dreams|styles|mirages|reconstruction|study]
"""

import argparse
import io
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

import eyecandy
from eyecandy import images
from eyecandy.backbone.model import Backbone

SAMPLES = Path(__file__).parent.parent / "samples"
RESULTS = SAMPLES / "results"
WIDTH, GAP, LINE = 400, 8, 26  # pixels: of a picture in a grid, between pictures, and of the text beneath one
BYTES = 300_000  # that a JPEG may have

FOUND = {"shepherd_and_kitten": ("figure", "explain"), "hens": ("figure",)}
DREAM_LAYERS = ("block1_conv2", "block2_conv2", "block3_conv2", "block4_conv3", "block4_conv6", "block5_conv4")
PAINTINGS = ("flow", "stained_glass", "woodcut", "mosaic", "ink")
SPATIAL_WEIGHTS = (0, 0.25, 1)
STUDY_LAYERS = ("block1_conv2", "block2_conv2", "block3_conv2", "block4_conv5")


def grid(pictures: Sequence[np.ndarray], texts: Sequence[str], columns: int) -> np.ndarray:
    """Pictures of one shape in rows, each with a line of text beneath it."""
    height = round(WIDTH * pictures[0].shape[0] / pictures[0].shape[1])
    rows = -(-len(pictures) // columns)
    made = Image.new("RGB", (columns * (WIDTH + GAP) - GAP, rows * (height + LINE + GAP) - GAP), "white")
    draw = ImageDraw.Draw(made)
    for number, (picture, text) in enumerate(zip(pictures, texts, strict=True)):
        x, y = number % columns * (WIDTH + GAP), number // columns * (height + LINE + GAP)
        made.paste(Image.fromarray(images.resize(picture, (WIDTH, height))), (x, y))
        draw.text((x + WIDTH / 2, y + height + LINE / 2), text, "#5d636e", ImageFont.load_default(15), "mm")
    return np.asarray(made)


def keep(name: str, picture: np.ndarray) -> None:
    """Writes a JPEG of at most `BYTES`, as good as that allows."""
    for quality in range(92, 40, -3):
        buffer = io.BytesIO()
        Image.fromarray(picture).save(buffer, "JPEG", quality=quality, optimize=True, progressive=True)
        if buffer.tell() <= BYTES:
            break
    (RESULTS / name).write_bytes(buffer.getvalue())
    print(f"{name}: quality {quality}, {buffer.tell()} bytes", flush=True)


def detect(net: Backbone) -> None:
    for photo, names in FOUND.items():
        with tempfile.TemporaryDirectory() as folder:
            found = eyecandy.detect(SAMPLES / f"{photo}.jpg", backbone=net)
            found.save(Path(folder) / "result", explain=True)
            for name in names:
                picture = np.asarray(Image.open(Path(folder) / "result" / f"{name}.png").convert("RGB"))
                if name == "explain":
                    keep(f"{photo}_{name}.jpg", picture)
                else:
                    images.save(RESULTS / f"{photo}_{name}.png", picture, overwrite=True)


def dreams(net: Backbone) -> None:
    made = [eyecandy.dream(SAMPLES / "china.jpg", layers=[layer], backbone=net).image for layer in DREAM_LAYERS]
    keep("dreams.jpg", grid(made, DREAM_LAYERS, 3))


def styles(net: Backbone) -> None:
    photo = SAMPLES / "china.jpg"
    made = [eyecandy.style(photo, SAMPLES / f"style_{name}.jpg", backbone=net).image for name in PAINTINGS]
    names = [f"style_{name}.jpg" for name in PAINTINGS]
    keep("styles.jpg", grid([images.load(photo).pixels, *made], ["china.jpg", *names], 3))


def mirages(net: Backbone) -> None:
    photo = SAMPLES / "flower.jpg"
    made = [eyecandy.mirage(photo, spatial_weight=weight, backbone=net).image for weight in SPATIAL_WEIGHTS]
    names = [f"spatial weight {weight:g}" for weight in SPATIAL_WEIGHTS]
    keep("mirages.jpg", grid([images.load(photo).pixels, *made], ["flower.jpg", *names], 2))


def reconstruction(net: Backbone) -> None:
    keep("reconstruction.jpg", eyecandy.reconstruct(SAMPLES / "chelsea.jpg", backbone=net).image)


def study(net: Backbone) -> None:
    with tempfile.TemporaryDirectory() as folder:
        made = eyecandy.study(
            *(SAMPLES / "coffee.jpg", SAMPLES / "style_flow.jpg", Path(folder) / "study"),
            layers=list(STUDY_LAYERS),
            content_layers=["block3_conv2"],
            backbone=net,
        )
        keep("study.jpg", images.load(made.sheets[0]).pixels)


PICTURES: dict[str, Callable[[Backbone], None]] = {
    "detect": detect,
    "dreams": dreams,
    "styles": styles,
    "mirages": mirages,
    "reconstruction": reconstruction,
    "study": study,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=list(PICTURES), action="append")
    arguments = parser.parse_args()
    RESULTS.mkdir(exist_ok=True)
    net = eyecandy.load_backbone()
    for name in arguments.only or list(PICTURES):
        PICTURES[name](net)


if __name__ == "__main__":
    main()
