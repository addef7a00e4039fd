"""Make the pictures of docs/ from those in samples/, and the gallery page with the command of each.

python tools/build_docs_figures.py                 # all, some fifteen minutes on two cores
python tools/build_docs_figures.py sees style      # some: sees, page, dream, style, mirage, reconstruct, study, gallery
"""

import io
import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

import eyecandy
from eyecandy import images, report
from eyecandy.backbone.model import Backbone
from eyecandy.detection.arrays import normalise
from eyecandy.detection.detect import look
from eyecandy.detection.export.cutouts import on_ground
from eyecandy.detection.figures import figure as figures
from eyecandy.detection.figures import sheet
from eyecandy.detection.figures.sheet import Panel, Section, Style
from eyecandy.detection.find.evidence import evidence
from eyecandy.detection.options import DetectOptions
from eyecandy.files import atomic

ROOT = Path(__file__).parent.parent
SAMPLES, DOCS = ROOT / "samples", ROOT / "docs"
IMAGES = DOCS / "images"
QUALITY = 78
SIZE = 256  # longest side of each picture of a row
ROW = Style(title=16, line=14, picture_area=256 * 200)

GALLERY: Sequence[tuple[str, str, str]] = (
    ("detect", "dog_and_cat.figure", "eyecandy detect dog_and_cat.jpg --output dog_and_cat.eyecandy"),
    (
        "detect",
        "zebra_and_elephant.figure",
        "eyecandy detect zebra_and_elephant.jpg --output zebra_and_elephant.eyecandy",
    ),
    ("dream", "eyes", "eyecandy dream astronaut.jpg --layer block4_conv6 --size 384 --output eyes.png"),
    ("dream", "curls", "eyecandy dream china.jpg --layer block3_conv2 --size 384 --output curls.png"),
    (
        "dream",
        "garden",
        "eyecandy dream flower.jpg --layer block5_conv2 --size 384 --output garden.png",
    ),
    ("style", "flow", "eyecandy style china.jpg style_flow.jpg --size 384 --output flow.png"),
    (
        "style",
        "glass",
        "eyecandy style chelsea.jpg style_stained_glass.jpg --size 384 --strength 0.6 --output glass.png",
    ),
    (
        "style",
        "not-the-cat",
        "eyecandy style chelsea.jpg style_ink.jpg --region 'not cat' --size 384 --output not-the-cat.png",
    ),
    ("mirage", "mirage", "eyecandy mirage coffee.jpg --size 256 --output mirage.png"),
    (
        "reconstruct",
        "kept",
        "eyecandy reconstruct chelsea.jpg --layer block1_conv2 --layer block3_conv1 --layer block4_conv3 --size 192 "
        "--output kept.png",
    ),
)
"""Recipe, name of the picture, and the command that made it, run where the samples are."""


def main() -> None:
    parts: dict[str, Callable[[Backbone], None]] = {
        part.__name__: part for part in (sees, page, dream, style, mirage, reconstruct, study, gallery)
    }
    wanted = sys.argv[1:] or list(parts)
    IMAGES.mkdir(parents=True, exist_ok=True)
    net = eyecandy.load_backbone()
    for part in wanted:
        parts[part](net)


def keep(name: str, pixels: np.ndarray) -> None:
    """Writes one picture of the documentation."""
    with atomic(IMAGES / f"{name}.webp", overwrite=True) as path:
        Image.fromarray(pixels).save(path, "WEBP", quality=QUALITY, method=6)
    print(f"{name}: {(IMAGES / f'{name}.webp').stat().st_size / 1000:.0f} kB")


def row(name: str, panels: Sequence[Panel], columns: int | None = None) -> None:
    """Writes pictures side by side, each under its title."""
    drawn = sheet.draw([Section(panels, ROW, columns=columns or len(panels))])
    keep(name, np.asarray(Image.open(io.BytesIO(sheet.png(drawn))).convert("RGB")))


# How it sees


def sees(net: Backbone) -> None:
    photo = images.load(SAMPLES / "dog_and_cat.jpg")
    found = eyecandy.detect(photo.pixels, backbone=net)
    pixels = images.resize(photo.pixels, ROW.picture_size(photo.size))
    grey = np.repeat(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)[..., None], 3, 2)
    pair = sorted(found.objects, key=lambda item: item.word)[::-1]  # the dog stands on the left
    seen = look(photo, net, DetectOptions())
    rows, columns, _ = seen.class_map.shape

    logits = seen.class_map - seen.class_map.max(-1, keepdims=True)
    p = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    places = [
        Panel(figures.heat(grey, p[..., item.class_index]), f"p({item.label})", (f"{rows} × {columns} places",))
        for item in pair
    ]
    row("sees-places", [Panel(pixels, "photo", ("as the network sees it",)), *places])

    for signal, note in (
        ("gradient", "absolute gradient of the mean logit"),
        ("places", "p times the gradient of p · logit"),
    ):
        masks = eyecandy.saliency(
            photo.pixels, [item.class_index for item in pair], backbone=net, signal=signal, size=448
        )
        panels = [Panel(figures.heat(grey, mask), item.label, (note,)) for item, mask in zip(pair, masks, strict=True)]
        row(f"sees-signal-{signal}", panels)

    eigen = [
        Panel(
            figures.diverging(grey, mask),
            f"eigen-mask {index + 1}{figures.parts(found, index)}",
            (f"{100 * ratio:.1f} % of the variance",),
        )
        for index, (mask, ratio) in enumerate(
            zip(found.eigenmasks.small[:3], found.explained_variance_ratio, strict=False)
        )
    ]
    row("sees-eigenmasks", eigen)

    held = evidence(seen.class_map)
    rivals = [*pair, None]
    siamese = next(c for c in found.classes if c.class_index not in {item.class_index for item in found.objects})
    panels = [
        Panel(
            figures.heat(grey, held[..., siamese.class_index if item is None else item.class_index].astype(np.float32)),
            siamese.label if item is None else item.label,
            ("a second name: goes" if item is None else "stays",),
        )
        for item in rivals
    ]
    row("sees-evidence", panels)

    objects = []
    for item in pair:
        objects.append(Panel(figures.heat(grey, normalise(item.small_saliency)), f"{item.word}: soft mask"))
        objects.append(Panel(on_ground(pixels, item, figures.GROUND), item.name, (f"score {item.score:.2f}",)))
    row("sees-objects", objects)

    wrong = []
    for name, why in (
        ("flower", "no dahlia among the classes"),
        ("brick", "no pavement either"),
        ("astronaut", "no person"),
    ):
        other = eyecandy.detect(SAMPLES / f"{name}.jpg", backbone=net)
        small = images.resize(other.photo.pixels, ROW.picture_size(other.photo.size))
        words = ", ".join(f"{item.word} {item.score:.2f}" for item in other.objects[:2])
        wrong.append((small, words, why))
    height = min(small.shape[0] for small, _, _ in wrong)
    row(
        "sees-wrong",
        [
            Panel(
                cut(images.resize(small, (round(small.shape[1] * height / small.shape[0]), height)), 264), words, (why,)
            )
            for small, words, why in wrong
        ],
    )


def cut(pixels: np.ndarray, width: int) -> np.ndarray:
    """The middle columns, or grey beside where there are fewer: all panels of a row are of one size."""
    have = pixels.shape[1]
    if have >= width:
        left = (have - width) // 2
        return pixels[:, left : left + width]
    side = (width - have) // 2
    return np.pad(pixels, ((0, 0), (side, width - have - side), (0, 0)), constant_values=228)


def page(net: Backbone) -> None:
    """A report as a browser shows it, the pointer on the dog. Needs playwright and a Chromium."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = Path(folder) / "report.html"
        report.save(eyecandy.detect(SAMPLES / "dog_and_cat.jpg", backbone=net), path)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        shown = browser.new_page(viewport={"width": 1000, "height": 640}, color_scheme="light")
        shown.goto(path.as_uri())
        shown.hover("#photo [data-word=dog]", position={"x": 60, "y": 90})
        shown.wait_for_timeout(500)
        keep("sees-report", np.asarray(Image.open(io.BytesIO(shown.screenshot())).convert("RGB")))
        browser.close()


# How it paints


def sample(name: str) -> Path:
    return SAMPLES / f"{name}.jpg"


def dream(net: Backbone) -> None:
    layers = ("block2_conv2", "block3_conv2", "block4_conv3", "block4_conv6", "block5_conv4")
    made = [eyecandy.dream(sample("astronaut"), layers=[layer], size=SIZE, backbone=net) for layer in layers]
    row("paints-dream", [Panel(art.image, f"--layer {layer}") for layer, art in zip(layers, made, strict=True)])


def style(net: Backbone) -> None:
    strengths = (0, 0.25, 0.5, 0.75, 1)
    made = [
        eyecandy.style(sample("china"), sample("style_flow"), strength=strength, size=SIZE, backbone=net)
        for strength in strengths
    ]
    row("paints-style", [Panel(art.image, f"--strength {each}") for each, art in zip(strengths, made, strict=True)])


def mirage(net: Backbone) -> None:
    weights = (0, 0.1, 0.25, 1)
    made = [eyecandy.mirage(sample("coffee"), spatial_weight=weight, size=SIZE, backbone=net) for weight in weights]
    row("paints-mirage", [Panel(art.image, f"--spatial-weight {w}") for w, art in zip(weights, made, strict=True)])


def reconstruct(net: Backbone) -> None:
    layers = ("block1_conv2", "block2_conv2", "block3_conv2", "block4_conv3", "block5_conv1")
    for kind, note in (("content", "content of this layer"), ("style", "style up to this layer")):
        made = [
            eyecandy.reconstruct(sample("chelsea"), layer=layer, kind=kind, size=SIZE, backbone=net) for layer in layers
        ]
        panels = [Panel(art.image, layer, (note,)) for layer, art in zip(layers, made, strict=True)]
        row(f"paints-reconstruct-{kind}", panels)


def study(net: Backbone) -> None:
    layers = ("block1_conv2", "block3_conv1", "block4_conv3")
    with tempfile.TemporaryDirectory() as folder:
        found = eyecandy.study(
            sample("china"),
            sample("style_flow"),
            Path(folder) / "study",
            layers=layers,
            content_layers=layers[:1],
            steps="25,75,200",
            ratios="25",
            size=160,
            backbone=net,
        )
        picture = Image.open(found.sheets[0]).convert("RGB")
        picture.thumbnail((1000, 1000))
        keep("paints-study", np.asarray(picture))


# The gallery


def gallery(net: Backbone) -> None:
    """Runs each command where copies of the samples lie, keeps its picture, and writes the page."""
    from eyecandy.backbone import load
    from eyecandy.cli import app

    load.load_backbone = lambda *_, **__: net  # opened once for all commands
    here = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        for sample in SAMPLES.glob("*.jpg"):
            shutil.copy(sample, folder)
        os.chdir(folder)
        try:
            for _, name, line in GALLERY:
                if app.run(shlex.split(line)[1:]) != 0:
                    raise SystemExit(f"failed: {line}")
                stem, is_figure, _ = name.partition(".figure")
                made = Path(f"{stem}.eyecandy/figure.png" if is_figure else f"{name}.png")
                picture = Image.open(made).convert("RGB")
                picture.thumbnail((900, 900) if is_figure or name == "kept" else (480, 480))
                keep(f"gallery-{stem}", np.asarray(picture))
        finally:
            os.chdir(here)
    with atomic(DOCS / "gallery.md", overwrite=True) as page:
        page.write_text(gallery_page(), "utf-8")


def gallery_page() -> str:
    """The page, in Markdown."""
    text = [
        "# Gallery",
        "",
        "Every picture here was made by the command below it, in a folder with the pictures of `samples/`, with the",
        "network that comes with eyecandy. `tools/build_docs_figures.py gallery` makes them all, and this page, again.",
    ]
    for kind, each in groupby(GALLERY, key=lambda row: row[0]):
        text += ["", f"## {kind}", "", f'<div class="{"gallery" if kind in ("dream", "style") else "wide"}" markdown>']
        for _, name, line in each:
            stem = name.removesuffix(".figure")
            picture = f"![{stem.replace('-', ' ').replace('_', ' ')}](images/gallery-{stem}.webp){{ loading=lazy }}"
            text += ["<div markdown>", "", picture, "", f"    {line}", "", "</div>"]
        text.append("</div>")
    return "\n".join(text) + "\n"


if __name__ == "__main__":
    main()
