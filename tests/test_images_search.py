"""Which files are meant by folders, patterns and names."""

from pathlib import Path

import numpy as np
import pytest

from eyecandy.errors import EyecandyError
from eyecandy.images import find, save
from eyecandy.images.search import MADE_HERE, NO_PICTURE, search


@pytest.fixture
def album(tmp_path, monkeypatch) -> Path:
    for name in (
        "b.JPG",
        "a.png",
        "notes.txt",
        ".hidden.png",
        "x.webp",
        "a[1].jpg",
        "a1.jpg",
        "sub/c.png",
        "sub/deep/d.tif",
    ):
        file = tmp_path / "album" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"picture")
    (tmp_path / "album" / "folder.png").mkdir()
    monkeypatch.chdir(tmp_path)
    return Path("album")


def test_a_folder_gives_its_pictures_sorted_and_not_those_below(album):
    assert find([album]) == [album / name for name in ("a.png", "a1.jpg", "a[1].jpg", "b.JPG", "x.webp")]


def test_patterns(album):
    assert find(["album/*.png"]) == [album / "a.png"]
    assert find(["album/*"]) == find([album])
    assert find(["album/**/*.*"]) == [
        *(album / name for name in ("a.png", "a1.jpg", "a[1].jpg", "b.JPG", "sub/c.png", "sub/deep/d.tif", "x.webp")),
    ]
    assert find([str(album.absolute() / "?.png")]) == [album.absolute() / "a.png"]


def test_a_file_with_pattern_characters_in_its_name_is_that_file(album):
    assert find(["album/a[1].jpg"]) == [album / "a[1].jpg"]
    assert find(["album/a[0-9].jpg"]) == [album / "a1.jpg"]


def test_order_is_kept_and_repeats_are_dropped(album):
    found = find(
        ["album/x.webp", album / "a.png", str(album.absolute() / "x.webp"), "album/../album/a.png", "album/*.png"]
    )
    assert found == [album / "x.webp", album / "a.png"]


def test_named_files_are_passed_on_for_load_to_judge(album):
    assert find(["album/notes.txt", "missing.jpg"]) == [album / "notes.txt", Path("missing.jpg")]
    assert find([]) == []


def test_a_folder_or_pattern_without_pictures_is_refused(album):
    (album / "empty").mkdir()
    with pytest.raises(EyecandyError, match=r"'album/empty' holds no pictures; expected .*\*\.jpg"):
        find(["album/a.png", "album/empty"])
    with pytest.raises(EyecandyError, match=r"no picture matches 'album/\*\.gif'"):
        find(["album/*.gif"])


def told(sources: list[str | Path]) -> dict[str, tuple[str, bool]]:
    return {other.path.as_posix(): (other.reason, other.wanted) for other in search(sources).left_out}


def test_all_else_in_a_folder_is_named_with_the_reason(album):
    save(album / "painted.png", np.zeros((2, 2, 3), np.uint8), text={"eyecandy": "{}"})
    save(album / "painted.jpg", np.zeros((2, 2, 3), np.uint8), signature="eyecandy 0.1.0")
    (album / "painted.png.json").write_text('{"recipe": "dream", "versions": {}}')
    (album / "mine.png.json").write_text("{}")
    (album / "layers.PSD").touch()
    (album / "gone.jpg").symlink_to("nowhere.jpg")
    others = told(["album"])
    assert others.pop("album/layers.PSD") == ("pictures of the kind .psd are not read; save it as PNG or JPEG", True)
    assert others.pop("album/gone.jpg") == ("no file, or a link that leads nowhere", True)
    assert {name: reason.partition(";")[0] for name, (reason, wanted) in others.items() if not wanted} == {
        "album/folder.png": "a folder",
        "album/mine.png.json": NO_PICTURE,
        "album/notes.txt": NO_PICTURE,
        "album/painted.jpg": "made by eyecandy",
        "album/painted.png": "made by eyecandy",
        "album/painted.png.json": "made by eyecandy",
        "album/sub": "a folder",
    }
    assert not {"album/painted.png", "album/gone.jpg"} & {path.as_posix() for path in find(["album"])}


def test_a_pattern_names_files_and_what_is_named_is_not_left_out(album):
    save(album / "painted.png", np.zeros((2, 2, 3), np.uint8), text={"eyecandy": "{}"})
    assert told(["album/**/*.t*"]) == {"album/notes.txt": (NO_PICTURE, False)}
    assert told(["album/*.png"]) == {"album/painted.png": (MADE_HERE, False)}
    assert told(["album/*.png", "album/painted.png"]) == {}
    assert album / "painted.png" in find(["album/*.png", "album/painted.png"])
    assert told([album / "a.png"]) == {}
