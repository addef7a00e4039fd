"""The figures of a result, as somebody would see them."""

import io
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from eyecandy._version import __version__
from eyecandy.art.output.sheets import sheet
from eyecandy.detection.arrays import MaskStack
from eyecandy.detection.detect import Detection, DetectOptions
from eyecandy.detection.figures.figure import GROUND, explain_figure, figure
from eyecandy.detection.figures.sheet import png
from eyecandy.detection.result import DetectedObject, EigenPart, SeenClass
from eyecandy.images import load

LONG = "a very long everyday word that nobody would ever use for anything"


def detection(size: tuple[int, int], *words: str, label: str = "Siberian husky") -> Detection:
    """A noisy photo in which each object is an equal share of the width, the middle half of it."""
    width, height = size
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3)).astype(np.uint8)
    objects = []
    for number, word in enumerate(words):
        mask = np.zeros((64, 64), np.float32)
        left = (number + 0.25) * 64 / len(words)
        mask[16:48, round(left) : round(left + 32 / len(words))] = 1
        objects.append(
            DetectedObject(
                label=label,
                class_index=number,
                word=word,
                probability=0.5,
                score=0.9 - number / 20,
                box=(0, 0, 1, 1),
                top=(),
                eigenmask=0,
                sign=-1 if number % 2 else 1,
                explained_variance_ratio=0.625,
                threshold=0.5,
                size=size,
                small_saliency=mask,
                small_mask=mask,
            )
        )
    class_masks = np.zeros((3, 32, 32), np.float32)
    class_masks[:2, 8:16, 8:16] = 1
    eigen = np.zeros((2, 8, 8), np.float32)
    eigen[0, 2:4, 2:4], eigen[0, 5:7, 5:7] = 1, -1
    count = len(words)
    parts = [
        part(size, eigen[0], 0, 1, "dog", "object" if count else "dropped", 0 if count else None, label),
        part(size, eigen[0], 0, -1, "cat", "object" if count > 1 else "explained", 1 if count > 1 else None, label),
        part(size, eigen[1], 1, 1, "cup", "unsure", None, label),
    ]
    return Detection(
        photo=load(pixels),
        classes=tuple(SeenClass(i, f"class {i} {label}", 0.5 / (i + 1)) for i in range(3)),
        class_masks=MaskStack(class_masks, size),
        eigenmasks=MaskStack(eigen, size),
        explained_variance_ratio=np.array([0.625, 0.375]),
        eigenparts=tuple(parts),
        objects=tuple(objects),
        backbone="a network",
        weights_sha256=None,
        options=DetectOptions(),
    )


def part(
    size: tuple[int, int],
    eigen: np.ndarray,
    index: int,
    sign: int,
    word: str,
    fate: str,
    number: int | None,
    label: str,
) -> EigenPart:
    return EigenPart(
        component=index,
        sign=sign,
        explained_variance_ratio=0.625,
        word=word,
        evidence=0.75,
        top=(SeenClass(0, f"{word} {label}", 0.6), SeenClass(1, f"no {label}", 0.25)),
        fate=fate,
        object=number,
        size=size,
        small_mask=np.maximum(sign * eigen, 0),
    )


def pictures(drawn: Figure) -> list[np.ndarray]:
    return [np.asarray(axes.images[0].get_array()) for axes in drawn.axes]


def texts(drawn: Figure) -> list[str]:
    return [text.get_text() for text in drawn.texts]


def boxes(drawn: Figure) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """(x0, y0, x1, y1) of the texts and of the panels, in pixels of the figure."""
    renderer = FigureCanvasAgg(drawn).get_renderer()
    written = [text.get_window_extent(renderer).extents for text in drawn.texts]
    return written, [axes.get_window_extent(renderer).extents for axes in drawn.axes]


def test_the_photo_and_each_object_in_its_place() -> None:
    source, dog, _, cat, _ = pictures(figure(detection((320, 200), "dog", "cat")))
    assert source.shape == dog.shape == cat.shape
    height, width = source.shape[:2]
    middle, edge = slice(height * 3 // 8, height * 5 // 8), slice(0, height // 20)
    left, right = slice(width * 7 // 32, width * 9 // 32), slice(width * 23 // 32, width * 25 // 32)
    np.testing.assert_array_equal(dog[middle, left], source[middle, left])
    np.testing.assert_array_equal(cat[middle, right], source[middle, right])
    for panel, far in ((dog, right), (cat, left)):
        assert np.abs(panel[middle, far].astype(int) - GROUND).max() <= 1
        assert np.abs(panel[edge].astype(int) - GROUND).max() <= 4


def test_an_object_fades_into_the_ground() -> None:
    found = detection((400, 400), "dog")
    source, dog, _ = (picture.astype(float) for picture in pictures(figure(found)))
    row = dog.shape[0] // 2
    away = np.abs(dog - GROUND).sum(-1)[row - 20 : row + 20].mean(0)
    full = np.abs(source - GROUND).sum(-1)[row - 20 : row + 20].mean(0)
    shown = [(away / full)[round(dog.shape[1] * x)] for x in (0.5, 0.74, 0.77, 0.79, 0.82, 0.95)]
    assert all(nearer >= further for nearer, further in pairwise(shown))
    assert shown[0] > 0.99 and 0.02 < shown[3] < 0.5 and shown[-1] < 0.01


def test_below_each_object_lies_the_eigenmask_that_it_came_from() -> None:
    drawn = figure(detection((320, 320), "dog", "cat"))
    source, _, of_dog, _, of_cat = (picture.astype(int) for picture in pictures(drawn))
    np.testing.assert_array_equal(of_dog, of_cat)  # the two sides of one eigen-mask
    side = of_dog.shape[0]
    assert side < 0.55 * source.shape[0]
    red, blue = of_dog[side * 3 // 8, side * 3 // 8], of_dog[side * 3 // 4, side * 3 // 4]
    assert red[0] > red[2] + 50 and blue[2] > blue[0] + 50
    (_, _, x1, _), (x0, _, _, _) = (axes.get_window_extent().extents for axes in (drawn.axes[2], drawn.axes[3]))
    assert x1 < x0  # the dog's below the dog
    assert drawn.axes[2].get_position().y1 < drawn.axes[1].get_position().y0


def test_titles_say_word_label_score_and_where_it_came_from() -> None:
    written = texts(figure(detection((320, 200), "dog", "cat", label="x")))
    table = ["1 +  dog: object 1", "1 −  cat: object 2", "2 +  cup? not sure of it", "2 −  nothing on this side"]
    came = [", 62.5 % of variance", "{0} x 0.60", "no x 0.25", "evidence 0.75"]
    assert written == [
        "source",
        "320 × 200 pixels",
        "2 objects",
        *("eigen-masks, both sides", *table),
        *(
            "eigendog",
            "seen as x",
            "score 0.90",
            "eigen-mask 1 +",
            "red" + came[0],
            *(line.format("dog") for line in came[1:]),
        ),
        *(
            "eigencat",
            "seen as x",
            "score 0.85",
            "eigen-mask 1 −",
            "blue" + came[0],
            *(line.format("cat") for line in came[1:]),
        ),
    ]


def test_objects_of_one_word_are_numbered() -> None:
    written = texts(figure(detection((320, 200), "dog", "cat", "dog")))
    assert {"eigendog 1", "eigencat", "eigendog 2"} <= {*written}
    assert "1 +  dog: objects 1, 3" in written


def test_of_very_many_eigenmasks_the_table_says_that_there_are_more() -> None:
    found = detection((320, 200), "dog")
    many = replace(
        found,
        eigenmasks=MaskStack(np.repeat(found.eigenmasks.small, 6, 0), found.photo.size),
        explained_variance_ratio=np.full(12, 1 / 12),
    )
    written = texts(figure(many))
    assert "7 −  nothing on this side" in written and "and 5 more" in written
    assert not any(text.startswith("8 ") for text in written)


def test_a_photo_without_objects_says_so() -> None:
    drawn = figure(detection((320, 200)))
    written = texts(drawn)
    assert "no object found" in written and "nothing scores 0.20 or more" in written
    assert "1 +  dog? not kept" in written and "1 −  cat? others explain it" in written
    assert len(drawn.axes) == 3


def test_a_photo_without_eigenmasks_has_no_more_than_itself_to_show() -> None:
    found = detection((320, 200))
    flat = replace(
        found,
        eigenmasks=MaskStack(found.eigenmasks.small[:0], found.photo.size),
        explained_variance_ratio=np.zeros(0),
        eigenparts=(),
    )
    assert len(figure(flat).axes) == 2 and len(explain_figure(flat).axes) == 3


def test_a_label_is_no_formula() -> None:
    drawn = figure(detection((320, 200), "$x_1", label=r"$\alpha$ and $"))
    png(drawn)  # an unfinished formula would raise here
    assert "eigen$x_1" in texts(drawn) and r"seen as $\alpha$ and $" in texts(drawn)


@pytest.mark.parametrize("size", [(64, 64), (960, 320), (320, 960), (20, 900), (3000, 2000)])
@pytest.mark.parametrize("words", [(), ("dog",), ("dog", LONG, "cat", "zebra", "cup"), ("dog",) * 13])
def test_every_text_is_legible_and_nothing_lies_on_anything_else(size: tuple[int, int], words: tuple[str, ...]) -> None:
    for drawn in (figure(detection(size, *words, label=LONG)), explain_figure(detection(size, *words, label=LONG))):
        written, panels = boxes(drawn)
        width, height = drawn.get_size_inches() * drawn.dpi
        for x0, y0, x1, y1 in (*written, *panels):
            assert x0 >= 0 and y0 >= 0 and x1 <= width and y1 <= height
        for number, one in enumerate(written):
            for other in (*written[number + 1 :], *panels):
                apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
                assert apart, (texts(drawn)[number], one, other)
        assert min(text.get_fontsize() for text in drawn.texts) * drawn.dpi / 72 >= 10
        for number, one in enumerate(panels):
            for other in panels[number + 1 :]:
                assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
        sizes = {axes.images[0].get_array().shape for axes in drawn.axes}
        assert len(sizes) == 1 or (drawn.axes[2].images[0].get_array().shape == min(sizes) and len(sizes) == 2)
        longest, shortest = max(pictures(drawn)[0].shape[:2]), min(pictures(drawn)[0].shape[:2])
        assert longest <= 640 and longest / shortest == pytest.approx(max(size) / min(size), rel=0.1)


def test_many_objects_go_on_in_further_rows() -> None:
    width, height = figure(detection((400, 300), *["dog"] * 11)).get_size_inches()
    assert 1 < width / height < 3


def test_nothing_of_the_axes_shows() -> None:
    def bare(axes: Axes) -> bool:
        return not axes.axison

    assert all(map(bare, explain_figure(detection((320, 200), "dog")).axes))


def test_the_explanation_shows_each_class_and_each_eigenmask_with_its_sides() -> None:
    drawn = explain_figure(detection((320, 320), "dog", "cat", label="x"))
    written = texts(drawn)
    assert len(drawn.axes) == 3 + 2 * 3
    assert [t for t in written if t.startswith("class ")] == ["class 0 x", "class 1 x", "class 2 x"]
    assert {"0.500 at its best place", "0.167 at its best place"} <= {*written}
    assert {"62.5 % of the variance", "37.5 % of the variance"} <= {*written}
    sides = {"1 +  dog: object 1", "1 −  cat: object 2", "2 +  cup? not sure of it", "2 −  nothing on this side"}
    assert {"eigen-mask 1", "eigen-mask 2", *sides} <= {*written}
    assert {"dog x 0.60", "cat x 0.60", "cup x 0.60", "evidence of cat 0.75"} <= {*written}
    heat, _, empty, whole, plus, minus, flat, *_ = (picture.astype(int) for picture in pictures(drawn))
    side = heat.shape[0]
    here, there = (side * 3 // 8, side * 3 // 8), (side * 3 // 4, side * 3 // 4)
    hot, cold = heat[here], heat[side * 7 // 8, side * 7 // 8]
    assert hot.sum() > 500 and cold.sum() < 240
    assert empty.max() < 80 and (empty[..., 0] == empty[..., 2]).all()  # the photo in grey, dimmed
    assert whole[here][0] > whole[here][2] + 50 and whole[there][2] > whole[there][0] + 50
    np.testing.assert_array_equal(plus[here], whole[here])
    np.testing.assert_array_equal(minus[there], whole[there])
    for picture in (plus[there], minus[here], flat):
        assert np.ptp(picture, axis=-1).max() < 8


def test_a_figure_is_the_same_whatever_the_settings_are() -> None:
    found = detection((320, 200), "dog")
    plain = png(found.figure())
    settings = {
        "figure.facecolor": "black",
        "text.color": "red",
        "font.size": 30,
        "savefig.dpi": 300,
        "figure.autolayout": True,
        "image.origin": "lower",
        "image.interpolation": "bilinear",
    }
    with mpl.rc_context(settings):
        assert png(found.figure()) == plain
    assert found._repr_png_() == plain


def test_a_png_holds_no_date_and_nothing_else_of_the_day() -> None:
    with Image.open(io.BytesIO(png(figure(detection((320, 200), "dog"))))) as image:
        assert not set(image.info) - {"dpi", "Software"} and image.info["Software"] == f"eyecandy {__version__}"


def test_no_pyplot_and_nothing_heavy_before_a_figure_is_asked_for() -> None:
    program = (
        "import sys, eyecandy.detection.objects, eyecandy.detection.cutouts, eyecandy.detection.export.formats.coco\n"
        "assert not any(name.startswith('matplotlib') for name in sys.modules)\n"
        "import eyecandy.detection.figures.figure\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize("size", [(580, 300), (600, 400), (300, 300), (300, 600)])
def test_two_objects_stand_beside_the_photo(size: tuple[int, int]) -> None:
    large = [figure(detection(size, "dog", "cat")).axes[number] for number in (0, 1, 3)]
    assert len({axes.get_position().y0 for axes in large}) == 1


def test_a_notebook_shows_figures_though_no_pyplot_has_made_them() -> None:
    formatters = pytest.importorskip("IPython.core.formatters")
    found = detection((320, 200), "dog")
    contact = sheet("a title", ["row"], ["column"], {(0, 0): np.zeros((8, 8, 3), np.uint8)})
    for drawn in (found.figure(), found.explain_figure(), contact):
        shown, _ = formatters.DisplayFormatter().format(drawn)
        with Image.open(io.BytesIO(shown["image/png"])) as image:
            assert image.size == tuple(round(side) for side in drawn.bbox.size)
