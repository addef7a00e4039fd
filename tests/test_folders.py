"""Folders of photos: all that lies below them, in any format of labels, by classes and kinds, with a gallery."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from albums import COLOURS, painted
from PIL import Image

from eyecandy import detect, detect_all
from eyecandy.backbone.model import Backbone
from eyecandy.datasets.photos import list_photos
from eyecandy.detection.detect import Detection
from eyecandy.detection.export.formats import FORMATS
from eyecandy.detection.naming import Naming
from eyecandy.detection.options import DetectOptions
from eyecandy.errors import EyecandyError
from eyecandy.report import collect
from eyecandy.workflows.photos import Batch

Command = Callable[..., Any]
NAMES = ["000.png", "001.png", "003.png", "below/002.png"]


@pytest.fixture(scope="module")
def everything(colour_net: Backbone, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four photos, one in a folder below, and their results in every format. Not to be written to."""
    root = tmp_path_factory.mktemp("everything")
    painted(root / "photos", 4)
    done = detect_all(root / "photos", root / "results", backbone=colour_net, top=8, format=list(FORMATS))
    assert [name for name, _ in done.tables] == list(FORMATS) and all(Path(path).is_file() for _, path in done.tables)
    assert len(done.notes) == sum(bool(format.lacks) for format in FORMATS.values()) >= 3
    return root


# What is looked into.


def test_folders_below_are_looked_into(everything: Path) -> None:
    table = json.loads((everything / "results" / "objects.json").read_text())
    assert [image["file_name"] for image in table["images"]] == NAMES
    assert (everything / "results" / "masks" / "below" / "002.png" / "green-1.png").is_file()
    assert [category["id"] for category in table["categories"]] == [1, 2, 3]
    assert [category["name"] for category in table["categories"]] == sorted(COLOURS)


def test_not_where_it_is_not_wanted(colour_net: Backbone, tmp_path: Path) -> None:
    photos = painted(tmp_path / "photos", 4)
    flat = detect_all(photos, tmp_path / "flat", backbone=colour_net, top=8, recursive=False)
    assert (flat.done, [name for name, _ in flat.left_out]) == (3, ["below"])
    assert "a folder; give its name" in flat.left_out[0][1]


def test_what_eyecandy_made_below_holds_no_photos(colour_net: Backbone, tmp_path: Path) -> None:
    photos = painted(tmp_path / "photos", 4)
    detect_all(photos / "below", photos / "below" / "results", backbone=colour_net, top=8)
    collect(photos / "below" / "results", photos / "page.html")  # with pictures beside it
    (photos / ".hidden").mkdir()
    (photos / ".hidden" / "x.png").write_bytes(b"none")
    assert [path.relative_to(photos).as_posix() for path in list_photos([photos]).paths] == NAMES
    assert [path.relative_to(photos).as_posix() for path in Batch.of([str(photos)], recursive=True).photos] == NAMES


def test_folders_without_any_photo(command: Command, colour_model: list[str], tmp_path: Path) -> None:
    (tmp_path / "empty" / "below").mkdir(parents=True)
    run = command("detect", tmp_path / "empty", "--to", tmp_path / "results", *colour_model)
    assert run.code == 2 and "holds no pictures, nor do those below it" in run.err
    assert run.err.count("\n") == 1 and not (tmp_path / "results").exists()


# What is written.


def test_photos_lie_where_tools_look_for_them(everything: Path) -> None:
    for folder in ("yolo-seg/images", "voc/JPEGImages"):
        linked = everything / "results" / folder / "below" / "002.png"
        assert linked.read_bytes() == (everything / "photos" / "below" / "002.png").read_bytes()
        assert linked.resolve() == linked.absolute()  # no symbolic link, which leads out of a container
    labelme = everything / "results" / "labelme" / "below" / "002.json"
    photo = labelme.parent / json.loads(labelme.read_text())["imagePath"]
    assert photo.resolve() == (everything / "photos" / "below" / "002.png").resolve()


def test_supervision_reads_the_folder(everything: Path) -> None:
    supervision = pytest.importorskip("supervision")
    folder = everything / "results" / "yolo-seg"
    read = supervision.DetectionDataset.from_yolo(
        str(folder / "images" / "below"), str(folder / "labels" / "below"), str(folder / "data.yaml"), force_masks=True
    )
    _, pixels, found = next(iter(read))
    assert read.classes == sorted(COLOURS) and [read.classes[i] for i in found.class_id] == ["green"]
    green = (pixels[..., 1] == 255) & (pixels[..., 0] == 0)
    assert (found.mask[0] & green).sum() / (found.mask[0] | green).sum() > 0.9


def test_one_run_writes_several_formats_and_a_page(command: Command, colour_model: list[str], tmp_path: Path) -> None:
    photos, results, page = painted(tmp_path / "photos", 2), tmp_path / "results", tmp_path / "page.html"
    more = ["--format", "voc,cvat", "--format", "yolo-seg", "--by", "label", "--polygon-error", "0.5", "--report", page]
    run = command("detect", photos, "--to", results, *more, *colour_model)
    assert run.code == 0 and "voc/labelmap.txt: 2 photos" in run.out and f"report: {page}" in run.out
    assert f"yolo-seg: {results / 'yolo-seg' / 'data.yaml'}" in run.out and "2 photos, 2 objects" in page.read_text()
    notes = [line for line in run.err.splitlines() if line.startswith("note: ")]
    assert [note.split()[1] for note in notes] == ["voc", "yolo-seg"] and "no scores" in notes[1]


def test_the_gallery_is_made_of_the_results(everything: Path, tmp_path: Path) -> None:
    collect(everything / "results", tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    assert "4 photos, 4 objects" in page and all(f"<b>{name}</b>" in page for name in NAMES)
    with (
        Image.open(tmp_path / "page.files" / "00001.webp") as tile,
        Image.open(everything / "photos" / "000.png") as own,
    ):
        shown, plain = np.asarray(tile.convert("RGB")).astype(int), np.asarray(own).astype(int)
    red = (plain[..., 0] == 255) & (plain[..., 1] == 0)
    assert np.abs(shown - plain)[~red].mean() < 12 < 40 < np.abs(shown - plain)[red].max(-1).mean()
    one = (tmp_path / "page.files" / "00004.html").read_text()
    assert "green" in one and 'class="ec-object"' in one and "step-1" not in one


def test_a_gallery_of_photos_that_are_gone(colour_net: Backbone, tmp_path: Path) -> None:
    photos, results = painted(tmp_path / "photos", 2), tmp_path / "results"
    detect_all(photos, results, backbone=colour_net, top=8)
    (photos / "001.png").unlink()
    collect(results, tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    assert "1 photo, 1 object" in page and "Not looked at: 1" in page and "001.png" in page


def test_a_gallery_of_no_results(tmp_path: Path) -> None:
    with pytest.raises(EyecandyError, match="holds no results of many photos"):
        collect(tmp_path, tmp_path / "page.html")
    assert not list(tmp_path.iterdir())


def test_a_page_that_is_somebody_elses_stays(command: Command, colour_model: list[str], tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("a novel")
    photos = painted(tmp_path / "photos", 1)
    run = command("detect", photos, "--to", tmp_path / "r", "--report", tmp_path / "page.html", *colour_model)
    assert run.code == 2 and run.err.count("\n") == 1 and (tmp_path / "page.html").read_text() == "a novel"
    assert not (tmp_path / "r").exists()


# Which objects, and by which names.


def two_colours() -> np.ndarray:
    pixels = np.full((160, 320, 3), 127, np.uint8)
    pixels[32:128, 32:128] = COLOURS["red"]
    pixels[32:128, 192:288] = COLOURS["blue"]
    return pixels


def test_only_some_classes(colour_net: Backbone) -> None:
    whole = detect(two_colours(), backbone=colour_net, top=8)
    assert sorted(item.word for item in whole.objects) == ["blue", "red"]
    blue = colour_net.find_class("blue")[0]
    for classes in ("blue", " Blue,green", ["blue"], blue, [blue], [whole.classes[0], "blue"][1:]):
        found = detect(two_colours(), backbone=colour_net, top=8, classes=classes)
        assert [item.word for item in found.objects] == ["blue"]
        assert all(part.object is None or part.object == 0 for part in found.eigenparts)
    assert detect(two_colours(), backbone=colour_net, top=8, classes="green").objects == ()


def test_objects_by_the_name_of_their_kind(net: Backbone, found: Detection) -> None:
    naming = Naming.of(
        DetectOptions(classes="canine, domestic cat", name_as=["animal", "carnivore", "cat"]), net.labels
    )
    assert all(naming.keeps(item.class_index) for item in found.objects)
    named = {item.word: naming.named(item).word for item in found.objects}
    assert named == {"cat": "cat", "dog": "carnivore"}  # by the most special name that fits
    assert not naming.keeps(net.find_class("zebra")[0]) and naming.word(net.find_class("zebra")[0], "zebra") == "animal"
    assert naming.word(net.find_class("sports car")[0], "car") == "car"


def test_the_options_hold_names_as_one_text() -> None:
    assert DetectOptions(classes=["dog", 3, "drake, the bird"]).classes == 'dog,3,"drake, the bird"'
    assert DetectOptions(classes='dog, "motor vehicle"').classes == "dog,motor vehicle"
    for wrong in ("", "dog,,cat", [], [" "]):
        with pytest.raises(EyecandyError, match="classes must be names joined by commas"):
            DetectOptions(classes=wrong)


def test_names_that_mean_nothing(command: Command, samples: Path, tmp_path: Path) -> None:
    for name in ("china.jpg", "coffee.jpg"):
        (tmp_path / name).write_bytes((samples / name).read_bytes())
    for arguments in (
        (tmp_path, "--classes", "dog,motr vehicle"),
        (tmp_path, "--as", "motr vehicle", "--to", tmp_path / "results"),
        (tmp_path / "china.jpg", "--classes", "motr vehicle"),
    ):
        run = command("detect", *arguments)
        assert run.code == 2 and run.err.splitlines()[-1].startswith("eyecandy: no class is called 'motr vehicle'")
        assert "nearest: 'motor vehicle'" in run.err and "Traceback" not in run.err
        assert sorted(path.name for path in tmp_path.iterdir()) == ["china.jpg", "coffee.jpg"]


def test_results_of_other_classes_are_not_mixed(colour_net: Backbone, tmp_path: Path) -> None:
    photos = painted(tmp_path / "photos", 3)
    done = detect_all(photos, tmp_path / "results", backbone=colour_net, top=8, classes=["red", "blue"])
    table = json.loads(Path(done.table).read_text())
    assert [found["word"] for found in table["annotations"]] == ["red", "blue"] and len(table["images"]) == 3
    with pytest.raises(EyecandyError, match="classes red,blue there, unset now"):
        detect_all(photos, tmp_path / "results", backbone=colour_net, top=8)


# What CVAT calls.


class Context:
    """What CVAT says of a picture."""

    frame_name = "two.png"

    def __init__(self, conf_threshold: float | None = None, conv_mask_to_poly: bool = False) -> None:
        self.conf_threshold, self.conv_mask_to_poly = conf_threshold, conv_mask_to_poly


def test_cvat_calls_a_function(colour_net: Backbone) -> None:
    pytest.importorskip("cvat_sdk")
    from cvat_sdk.masks import decode_mask

    from eyecandy.detection.cvat import create

    function = create(colour_net, classes="red,blue,white")
    names = {label.id: label.name for label in function.spec.labels}
    assert sorted(names.values()) == ["blue", "red", "white"]
    pixels = two_colours()
    shapes = function.detect(Context(), Image.fromarray(pixels))
    assert sorted(names[shape.label_id] for shape in shapes) == ["blue", "red"]
    for shape in shapes:
        assert shape.type.value == "mask" and 0.5 <= shape.score <= 1
        mask = decode_mask(shape.points, image_width=320, image_height=160)
        own = (pixels == COLOURS[names[shape.label_id]]).all(-1)
        assert (mask & own).sum() / (mask | own).sum() > 0.9
    polygons = function.detect(Context(0.1, True), Image.fromarray(pixels))
    assert {shape.type.value for shape in polygons} == {"polygon"} and len(polygons) >= 2
    assert function.detect(Context(1.0), Image.fromarray(pixels)) == []
    with pytest.raises(EyecandyError, match="no class is called 'dog'"):
        create(colour_net, classes="dog")
