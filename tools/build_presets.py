"""Make the thumbnails of the page's presets, each by its own settings, from the pictures in samples/.

python tools/build_presets.py
"""

from pathlib import Path

import numpy as np
from PIL import Image

import eyecandy
from eyecandy.images import load, resize, save
from eyecandy.web.forms import paint_knobs
from eyecandy.web.presets import PRESETS

SAMPLES = Path(__file__).parent.parent / "samples"
FOLDER = Path(eyecandy.__file__).parent / "web" / "static" / "presets"
MADE, SHOWN = 224, 144  # pixels a side


def main() -> None:
    net = eyecandy.load_backbone()
    pixels = load(SAMPLES / "chelsea.jpg").pixels
    side = min(pixels.shape[:2])
    photo = np.ascontiguousarray(pixels[:side, 60 : 60 + side])
    for preset in PRESETS:
        knobs = {**paint_knobs(preset.recipe, preset.options), "size": MADE}
        recipe = getattr(eyecandy, preset.recipe)
        paintings = [SAMPLES / name for name in preset.paintings]
        made = recipe(photo, *([paintings] if paintings else []), backbone=net, **knobs)
        image = Image.fromarray(made.image)
        if preset.recipe == "reconstruct":  # of a figure, the picture
            [picture] = made.pictures.values()
            image = Image.fromarray(picture.image)
        save(FOLDER / f"{preset.name}.jpg", resize(np.asarray(image), (SHOWN, SHOWN)), overwrite=True)


if __name__ == "__main__":
    main()
