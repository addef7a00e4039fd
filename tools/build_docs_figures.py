"""Make the pictures of docs/ from those in samples/, and the gallery page with the command of each.

python tools/build_docs_figures.py                 # all, some fifteen minutes on two cores
python tools/build_docs_figures.py sees style      # some: sees, page, dream, style, regions, clips, mirage,
                                                   # reconstruct, study, visualise or gallery; or found, the part
                                                   # of it in which things are found
"""

import io
import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

import eyecandy
import eyecandy.clips
from eyecandy import art, images, report
from eyecandy.backbone.model import Backbone
from eyecandy.detection.arrays import normalise
from eyecandy.detection.cutouts import on_ground
from eyecandy.detection.detect import Detection, look, trace
from eyecandy.detection.figures import figure as figures
from eyecandy.detection.figures import sheet
from eyecandy.detection.figures.sheet import Panel, Section, Style
from eyecandy.detection.find.eigenmasks import class_masks
from eyecandy.detection.find.logits import DenseLogits
from eyecandy.detection.find.tracing import class_signals
from eyecandy.detection.options import DetectOptions
from eyecandy.detection.result import DetectedObject, EigenPart
from eyecandy.files import atomic

ROOT = Path(__file__).parent.parent
SAMPLES, DOCS = ROOT / "samples", ROOT / "docs"
IMAGES = DOCS / "images"
QUALITY = 78
SIZE = 256  # longest side of each picture of a row
ROW = Style(title=16, line=14, picture_area=256 * 200)

GALLERY: Sequence[tuple[str, str, str]] = (
    (
        "detect",
        "shepherd_and_kitten.figure",
        "eyecandy detect shepherd_and_kitten.jpg --output shepherd_and_kitten.eyecandy",
    ),
    ("detect", "hens.figure", "eyecandy detect hens.jpg --output hens.eyecandy"),
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
        "eyecandy style chelsea.jpg style_stained_glass.jpg --size 384 --output glass.png",
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
        part.__name__: part
        for part in (sees, page, dream, style, regions, clips, mirage, reconstruct, study, visualise, gallery, found)
    }
    wanted = sys.argv[1:] or [name for name in parts if name != found.__name__]
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
    photo = images.load(SAMPLES / "shepherd_and_kitten.jpg")
    options = DetectOptions()
    seen = look(photo, net, options)
    found = trace(photo, seen, net, options)
    pixels = images.resize(photo.pixels, ROW.picture_size(photo.size))
    grey = dimmed(pixels)
    best: dict[str, DetectedObject] = {}
    for item in found.objects:
        best.setdefault(item.word, item)
    pair = [best[word] for word in ("dog", "cat")]
    evidence = seen.views.logits
    rows, columns = evidence.grid

    held = [
        Panel(figures.heat(grey, strength(evidence, item.word)), item.word, (f"{rows} × {columns} positions",))
        for item in pair
    ]
    row("sees-evidence", [Panel(pixels, "photo", ("two photographs side by side",)), *held])

    classes = [item.class_index for item in pair]
    panels = []
    for signal, note in (("gradient", "the plain gradient"), (options.signal, "the signal that is used")):
        signals = class_signals(net, seen.pixels, classes, signal=signal, cells=seen.views.cells)
        for item, mask in zip(pair, class_masks(signals), strict=True):
            panels.append(Panel(figures.heat(grey, mask), item.label, (note,)))
    row("sees-signals", panels)

    eigen = [
        Panel(figures.diverging(grey, mask), f"eigen-mask {index + 1}", (f"{100 * ratio:.1f} % of the variance",))
        for index, (mask, ratio) in enumerate(
            zip(found.eigenmasks.small[:3], found.explained_variance_ratio, strict=False)
        )
    ]
    row("sees-eigenmasks", eigen)

    sides = [part for part in found.eigenparts if part.component < len(eigen)][:6]
    row("sees-parts", [side(part, grey) for part in sides], columns=3)

    objects = []
    for item in pair:
        objects.append(Panel(figures.heat(grey, normalise(item.small_saliency)), f"{item.word}: soft mask"))
        objects.append(Panel(on_ground(pixels, item, figures.GROUND), item.name, (f"score {item.score:.2f}",)))
    row("sees-objects", objects)

    instances(net)
    wrong(net)


def strength(evidence: DenseLogits, word: str) -> np.ndarray:
    """(rows, columns) the evidence of an everyday word."""
    number = evidence.labels.word_list.index(word)
    return np.ascontiguousarray(evidence.above_chance[..., number] ** 2, np.float32)  # heat shows square roots


def side(part: EigenPart, grey: np.ndarray) -> Panel:
    """One side of an eigen-mask, and what it was taken for."""
    title = f"{part.component + 1} {'+' if part.sign > 0 else '−'}: {part.word}"
    seen = part.top[0]
    return Panel(figures.heat(grey, part.small_mask), title, (f"{seen.label} {seen.probability:.2f}", part.said))


def instances(net: Backbone) -> None:
    """Several things of one word."""
    photo = images.load(SAMPLES / "hens.jpg")
    seen = look(photo, net, DetectOptions())
    found = trace(photo, seen, net, DetectOptions())
    pixels = images.resize(photo.pixels, ROW.picture_size(photo.size))
    word = found.objects[0].word
    hot = figures.heat(dimmed(pixels), strength(seen.views.logits, word))
    count = sum(item.word == word for item in found.objects)
    panels = [
        Panel(pixels, "photo"),
        Panel(hot, f"evidence: {word}"),
        Panel(painted(pixels, found), f"{count} objects"),
    ]
    row("sees-instances", panels)


WRONG: Sequence[tuple[str, str]] = (
    ("moose", "no moose among the classes"),
    ("jaguars", "two that touch"),
    ("owl", "the branch goes with the bird"),
    ("rocket", "thin, before a flat sky"),
    ("brick", "a texture"),
    ("crocodile", "a tail apart, a reflection"),
)
"""Photographs in which detection goes wrong, and what is to be seen there."""


def wrong(net: Backbone) -> None:
    panels = []
    for name, why in WRONG:
        found = eyecandy.detect(SAMPLES / f"{name}.jpg", backbone=net)
        pixels = images.resize(found.photo.pixels, images.fit(found.photo.size, 300))
        words = ", ".join(f"{item.word} {item.score:.2f}" for item in found.objects[:2]) or "nothing"
        panels.append(Panel(framed(painted(pixels, found), 300, 200), words, (why,)))
    row("sees-wrong", panels, columns=3)


COLOURS = ((226, 60, 50), (40, 110, 220), (240, 180, 30), (150, 60, 190))


def painted(pixels: np.ndarray, found: Detection) -> np.ndarray:
    """A picture of the photo, each object in a colour."""
    made = pixels.astype(np.float32)
    height, width = pixels.shape[:2]
    for number, item in enumerate(found.objects):
        inside = cv2.resize(item.small_mask, (width, height))[..., None] >= item.threshold
        made = np.where(inside, 0.5 * made + 0.5 * np.array(COLOURS[number % len(COLOURS)]), made)
    return np.rint(made).astype(np.uint8)


def framed(pixels: np.ndarray, width: int, height: int) -> np.ndarray:
    """A picture as large as fits, on a grey ground: all panels of a row are of one size."""
    shrink = min(width / pixels.shape[1], height / pixels.shape[0])
    small = images.resize(pixels, (round(shrink * pixels.shape[1]), round(shrink * pixels.shape[0])))
    made = np.full((height, width, 3), 228, np.uint8)
    top, left = (height - small.shape[0]) // 2, (width - small.shape[1]) // 2
    made[top : top + small.shape[0], left : left + small.shape[1]] = small
    return made


def dimmed(pixels: np.ndarray) -> np.ndarray:
    """A picture in grey, with three channels."""
    return np.repeat(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)[..., None], 3, 2)


def page(net: Backbone) -> None:
    """A report as a browser shows it, the pointer on the dog. Needs playwright and a Chromium."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = Path(folder) / "report.html"
        report.save(eyecandy.detect(SAMPLES / "shepherd_and_kitten.jpg", backbone=net), path)
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
    strengths = (0, 0.2, 0.4, 0.6, 0.8, 1)
    made = [
        eyecandy.style(sample("china"), sample("style_flow"), strength=strength, size=SIZE, backbone=net)
        for strength in strengths
    ]
    row("paints-style", [Panel(art.image, f"--strength {each}") for each, art in zip(strengths, made, strict=True)], 3)
    ways = ("none", "histogram", "luminance", "full")
    made = [
        eyecandy.style(sample("macaw"), sample("style_flow"), keep_colour=way, size=320, backbone=net) for way in ways
    ]
    row("paints-colours", [Panel(art.image, f"--keep-colour {each}") for each, art in zip(ways, made, strict=True)], 2)


def regions(net: Backbone) -> None:
    photo, paintings = sample("zebra_and_elephant"), {name: sample(f"style_{name}") for name in ("flow", "ink")}
    every = {"zebra": sample("style_stained_glass"), "elephant": paintings["flow"], "rest": paintings["ink"]}
    orders: Sequence[tuple[str, str, Mapping[str, object]]] = (
        ("a painting for each", "zebra=glass.jpg elephant=flow.jpg rest=ink.jpg", {"region": every}),
        ("elephant=flow.jpg", "the rest stays the photo's, to the pixel", {"region": {"elephant": paintings["flow"]}}),
        ("ink.jpg@mountain", "the style of a part: no red seal", {"paintings": f"{paintings['ink']}@mountain"}),
    )
    made = [eyecandy.style(photo, size=320, backbone=net, **order).image for _, _, order in orders]
    pixels = images.resize(images.load(photo).pixels, made[0].shape[1::-1])
    panels = [Panel(art, title, (note,)) for art, (title, note, _) in zip(made, orders, strict=True)]
    row("paints-regions", [Panel(pixels, "photo", ("",)), *panels], columns=2)


def clips(net: Backbone) -> None:
    """A camera that moves over a photo, and what is painted of it: every fourth frame."""
    photo = images.load(sample("zebra_and_elephant")).pixels
    photo = images.resize(photo, images.fit(photo.shape[1::-1], 420, enlarge=True))
    height = photo.shape[0] * 3 // 4 // 2 * 2
    with tempfile.TemporaryDirectory() as folder:
        film, painted = Path(folder) / "film.mp4", Path(folder) / "painted.mov"
        with eyecandy.clips.film(film, (320, height), rate=12) as made:
            for number in range(13):
                made.add(np.ascontiguousarray(photo[2 * number :][:height, 6 * number :][:, :320]))
        eyecandy.paint_clip(film, "style", sample("style_flow"), output=painted, backbone=net, size=320)
        shown = [list(eyecandy.clips.Clip.open(each).frames())[::4] for each in (film, painted)]
    panels = [
        Panel(frame, f"frame {4 * n + 1}" if several is shown[0] else "")
        for several in shown
        for n, frame in enumerate(several)
    ]
    row("clips-style", panels, columns=4)


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


# What excites it


def visualise(net: Backbone) -> None:
    side = 192
    favourite = art.channel("block4_conv6", 17)

    def each(name: str, shown: dict[str, art.Formula], **knobs: object) -> None:
        made = art.grid(shown.values(), size=side, backbone=net, **knobs)
        row(name, [Panel(picture, title) for picture, title in zip(made.pictures, shown, strict=True)])

    layers = ("block1_conv2", "block2_conv2", "block3_conv2", "block4_conv3", "block4_conv6", "block5_conv3")
    each("visualise-layers", {layer: art.channel(layer, 3) for layer in layers})
    shells = art.channel("block4_conv6", 3)
    each(
        "visualise-kinds",
        {
            "neuron": art.neuron("block4_conv6", 3),
            "channel": shells,
            "layer": art.layer("block4_conv6"),
            "class": art.class_logit("hen"),
        },
    )
    each(
        "visualise-sums",
        {"a": shells, "b": favourite, "0.5 * a + 0.5 * b": 0.5 * shells + 0.5 * favourite, "a - b": shells - favourite},
    )
    still = {"jitter": 0, "rotate": 0, "zoom": 0, "tv": 0}
    ways = {
        "pixels, held still": {"canvas": "pixel", **still},
        "spectrum, held still": still,
        "spectrum, moved": {"tv": 0},
        "and smooth": {},
        "phases alone": {"canvas": "maco"},
    }
    made = [art.render(shells, size=side, backbone=net, **knobs).image for knobs in ways.values()]
    row("visualise-canvases", [Panel(picture, way) for picture, way in zip(made, ways, strict=True)])
    differ = art.render(art.diverse(favourite), count=4, size=side, backbone=net).pictures
    row("visualise-diverse", [Panel(picture, f"{number}") for number, picture in enumerate(differ, start=1)])
    keep("visualise-grid", art.grid("block4_conv6:0-17", size=128, columns=6, backbone=net).image)
    names = ("tabby", "hen", "macaw", "volcano", "daisy", "sports car")
    classes = [art.class_logit(name) for name in names]
    for canvas in ("fourier", "maco"):
        found = art.grid(classes, size=side, iterations=256, canvas=canvas, backbone=net)
        reached = found.record["probabilities"]
        panels = [
            Panel(picture, name, (f"probability {number:.2f}",))
            for picture, name, number in zip(found.pictures, names, reached, strict=True)
        ]
        row(f"visualise-classes-{canvas}", panels)
    keep("visualise-activation-grid", art.activation_grid(sample("dog_and_cat"), "block4_conv6", backbone=net).image)


# The gallery


def found(net: Backbone) -> None:
    """The gallery's pictures of detection, and its page."""
    gallery(net, ("detect",))


def gallery(net: Backbone, kinds: Sequence[str] = ()) -> None:
    """Runs each command, or those of some kinds, where copies of the samples lie, and writes the page."""
    from eyecandy.backbone import load
    from eyecandy.cli import app

    load.load_backbone = lambda *_, **__: net  # opened once for all commands
    here = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        for sample in SAMPLES.glob("*.jpg"):
            shutil.copy(sample, folder)
        os.chdir(folder)
        try:
            for kind, name, line in GALLERY:
                if kinds and kind not in kinds:
                    continue
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
