"""A film from end to end: its things, the films of them, labels that pycocotools reads, Ctrl-C, and what is refused."""

import json
import signal
from collections.abc import Callable
from pathlib import Path

import films
import numpy as np
import pytest
from conftest import Run

import eyecandy
from eyecandy.backbone.model import Backbone
from eyecandy.clips import Clip
from eyecandy.detection.tracks.clip import Progress
from eyecandy.errors import EyecandyError

SIZE = (192, 128)
COUNT = 7


def picture(number: int) -> np.ndarray:
    """A red and a blue square on noise of grey; the red one moves right by 6 pixels a frame."""
    random = np.random.default_rng(0)
    grey = np.kron(random.integers(100, 156, (32, 48)), np.ones((4, 4)))
    made = np.repeat(grey[..., None], 3, 2).astype(np.uint8)
    grain = random.integers(-15, 16, (48, 48, 1))
    for x, y, colour in ((8 + 6 * number, 8, (235, 20, 20)), (136, 72, (20, 20, 235))):
        made[y : y + 48, x : x + 48] = np.clip(np.array(colour) + grain, 0, 255)
    return made


def red(number: int) -> np.ndarray:
    made = np.zeros(SIZE[::-1], bool)
    made[8:56, 8 + 6 * number : 56 + 6 * number] = True
    return made


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clip") / "squares.mp4"
    return films.film(path, pictures=[picture(n) for n in range(COUNT)], sound="aac", options={"crf": "10"})


@pytest.fixture(scope="module")
def folder(clip: Path, colour_net: Backbone, tmp_path_factory: pytest.TempPathFactory) -> Path:
    to = tmp_path_factory.mktemp("results") / "squares"
    found = eyecandy.detect_clip(clip, to, backbone=colour_net, top=8, every=2, format="yolo-seg")
    assert {track.word for track in found.tracks} == {"red", "blue"}
    assert (found.done, found.total, found.interrupted, found.size) == (COUNT, COUNT, False, SIZE)
    return to


def test_annotations_are_coco_of_every_frame_with_track_ids(folder: Path) -> None:
    coco_module = pytest.importorskip("pycocotools.coco")
    coco = coco_module.COCO(str(folder / "annotations.json"))
    names = {each["id"]: each["name"] for each in coco.loadCats(coco.getCatIds())}
    images = coco.loadImgs(sorted(coco.getImgIds()))
    assert [each["frame_index"] for each in images] == list(range(COUNT))
    assert [each["time"] for each in images] == [round(n / 25, 6) for n in range(COUNT)]
    for image in images:
        annotations = coco.loadAnns(coco.getAnnIds(image["id"]))
        by_name = {names[each["category_id"]]: each for each in annotations}
        assert len(annotations) == 2 and set(by_name) == {"red", "blue"}
        number = image["frame_index"]
        assert by_name["red"]["carried"] == (number % 2 == 1)
        mask = coco.annToMask(by_name["red"]) > 0
        assert (mask & red(number)).sum() / (mask | red(number)).sum() > 0.75
        assert mask.sum() == by_name["red"]["area"]
    tracks = {each["id"]: names[each["category_id"]] for each in coco.dataset["tracks"]}
    assert {each["track_id"]: names[each["category_id"]] for each in coco.dataset["annotations"]} == tracks


def test_the_summary_says_from_where_to_where(folder: Path) -> None:
    told = json.loads((folder / "objects.json").read_text())
    assert told["clip"] | {"name": "squares.mp4", "frames": COUNT, "seen": COUNT, "rate": 25.0} == told["clip"]
    for track in told["objects"]:
        assert (track["first"], track["last"], track["frames"], track["looks"]) == (0, COUNT - 1, COUNT, 4)
        assert (track["from"], track["to"]) == (0.0, 0.28)
    assert json.loads((folder / "eyecandy.json").read_text())["every"] == 2
    assert len(list((folder / "yolo-seg" / "labels").iterdir())) == COUNT


def test_the_films_show_the_things_and_nothing_else(folder: Path) -> None:
    av = pytest.importorskip("av")
    masks = Clip.open(folder / "masks.mp4")
    assert (masks.count, masks.size, masks.sound) == (COUNT, SIZE, True)
    for number, frame in enumerate(masks.frames()):
        change = np.abs(frame.astype(int) - picture(number)).mean(-1)
        assert change[64:, :120].mean() < 8  # the ground, below the one thing and left of the other
        assert change[24:48, 24 + 6 * number : 48 + 6 * number].mean() > 20
    with av.open(str(folder / "cutout.webm")) as opened:
        stream = opened.streams.video[0]
        decoder = av.CodecContext.create("libvpx-vp9", "r")
        frames = [frame for packet in opened.demux(stream) for frame in decoder.decode(packet)]
    assert len(frames) == COUNT
    first = frames[0].to_ndarray(format="rgba")
    assert first[20:44, 20:44, 3].min() > 240 and first[70:120, 8:100, 3].max() < 15


def test_ctrl_c_leaves_what_is_done(clip: Path, colour_net: Backbone, tmp_path: Path) -> None:
    def press(progress: Progress) -> None:
        if progress.stage == "looking" and progress.done == 3:
            raise KeyboardInterrupt

    found = eyecandy.detect_clip(clip, tmp_path / "out", backbone=colour_net, top=8, listener=press)
    assert (found.interrupted, found.done) == (True, 3)
    assert Clip.open(tmp_path / "out" / "masks.mp4").count == 3
    told = json.loads((tmp_path / "out" / "annotations.json").read_text())
    assert [each["frame_index"] for each in told["images"]] == [0, 1, 2]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "annotations.json",
        "cutout.webm",
        "eyecandy.json",
        "masks.mp4",
        "objects.json",
    ]
    with pytest.raises(EyecandyError, match="exists already"):
        eyecandy.detect_clip(clip, tmp_path / "out", backbone=colour_net)


def test_the_command_names_tracks_and_goes_by_the_options(
    clip: Path, tmp_path: Path, command: Callable[..., Run], colour_model: list[str]
) -> None:
    ran = command("detect", clip, "-o", tmp_path / "out", "--classes", "red", "--every", "3", *colour_model)
    assert ran.code == 0, ran.err
    assert "red" in ran.out and "blue" not in ran.out and "0 to 6" in ran.out
    assert "looking: 7 of 7 frames" in ran.err
    ran = command("detect", clip, "--json", *colour_model)
    (told,) = json.loads(ran.out)["results"]
    assert told["folder"] is None and [track["first"] for track in told["tracks"]] == [0, 0]


def test_ctrl_c_on_the_command_line_writes_what_is_done_and_ends_with_130(
    clip: Path, tmp_path: Path, command: Callable[..., Run], colour_model: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def press(told: Progress) -> None:
        if told.stage == "looking" and told.done == 4:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr("eyecandy.cli.terminal.clip._line", press)
    ran = command("detect", clip, "-o", tmp_path / "out", *colour_model)
    assert ran.code == 130 and "interrupted after 4 of 7 frames; the results show these" in ran.err
    assert Clip.open(tmp_path / "out" / "masks.mp4").count == 4
    assert json.loads((tmp_path / "out" / "eyecandy.json").read_text())["frames_drawn"] == 4


def test_what_cannot_apply_is_refused(clip: Path, samples: Path, tmp_path: Path, command: Callable[..., Run]) -> None:
    photo = samples / "chelsea.jpg"
    for arguments, why in (
        ((clip, "--explain"), "--explain is for photos"),
        ((clip, photo, "--report", tmp_path / "page.html"), "--report is for photos"),
        ((clip, "--to", tmp_path / "all"), "--to is for photos"),
        ((clip, "--workers", "2"), "--workers are for data sets"),
        ((photo, "--every", "2"), "--every is for films"),
        ((clip, photo, "--format", "voc"), "give the films alone"),
        ((clip, "--every", "0"), "--every must be a whole number of at least 1, got 0"),
        ((clip, "--format", "pdf"), "pdf"),
    ):
        ran = command("detect", *arguments)
        assert ran.code == 2 and why in ran.err and "Traceback" not in ran.err, ran.err
    assert list(tmp_path.iterdir()) == [] and not clip.with_suffix(".eyecandy").exists()


def test_films_of_a_folder_are_left_out_with_a_word(clip: Path, tmp_path: Path) -> None:
    from eyecandy.images.search import FILM, search

    (tmp_path / "film.mp4").write_bytes(clip.read_bytes())
    (tmp_path / "photo.png").write_bytes(b"")
    found = search([tmp_path])
    assert [(each.path.name, each.reason, each.wanted) for each in found.left_out] == [("film.mp4", FILM, False)]
