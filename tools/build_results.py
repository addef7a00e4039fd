"""Make the pictures that the README shows, from the pictures in samples/, with the commands that it names.

python tools/build_results.py
"""

import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

import eyecandy
from eyecandy.images import save

SAMPLES = Path(__file__).parent.parent / "samples"
RESULTS = SAMPLES / "results"
HEIGHT = 300
DREAM_LAYERS = ("block1_conv2", "block2_conv2", "block3_conv2", "block4_conv3", "block4_conv6", "block5_conv4")


def row(pictures: list[np.ndarray], gap: int = 8) -> np.ndarray:
    """Pictures side by side at one height."""
    scaled = [Image.fromarray(p).resize((round(p.shape[1] * HEIGHT / p.shape[0]), HEIGHT)) for p in pictures]
    sheet = Image.new("RGB", (sum(p.width + gap for p in scaled) - gap, HEIGHT), "white")
    x = 0
    for picture in scaled:
        sheet.paste(picture, (x, 0))
        x += picture.width + gap
    return np.asarray(sheet)


def main() -> None:
    RESULTS.mkdir(exist_ok=True)
    net = eyecandy.load_backbone()
    with tempfile.TemporaryDirectory() as folder:
        found = eyecandy.detect(SAMPLES / "dog_and_cat.jpg", backbone=net)
        found.save(Path(folder) / "result", explain=True)
        for name in ("figure", "explain"):
            picture = np.asarray(Image.open(Path(folder) / "result" / f"{name}.png").convert("RGB"))
            save(RESULTS / f"dog_and_cat_{name}.png", picture, overwrite=True)
    dreams = [
        eyecandy.dream(SAMPLES / "astronaut.jpg", layers=[layer], size=320, backbone=net).image
        for layer in DREAM_LAYERS
    ]
    save(RESULTS / "dreams.jpg", row(dreams), overwrite=True)
    styles = [
        eyecandy.style(SAMPLES / "china.jpg", SAMPLES / f"style_{name}.jpg", size=480, backbone=net).image
        for name in ("flow", "stained_glass", "ink")
    ]
    save(RESULTS / "styles.jpg", row(styles), overwrite=True)


if __name__ == "__main__":
    main()
