"""Looking through results: what is decided is on disk, can be taken back, and comes out as a data set."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from reviews import SIZE, half, results, square

from eyecandy.datasets.review.export import export
from eyecandy.datasets.review.folder import DECISIONS, Review, Sheet
from eyecandy.errors import EyecandyError


@pytest.fixture
def made(tmp_path: Path) -> Path:
    return results(tmp_path)


def sheets(review: Review) -> list[Sheet]:
    return [review.sheet(each.photo.key) for each in review.standings()]


def about(sheet: Sheet) -> tuple[str, str, int]:
    return sheet.photo.key, sheet.photo.of, sheet.turn


def states(sheet: Sheet) -> list[tuple[str, str]]:
    return [(item.name, item.status) for item in sheet.items]


def mask(review: Review, sheet: Sheet, number: int) -> np.ndarray:
    item = next(item for item in sheet.items if item.id == number)
    return review.results.inside(sheet.photo, item.mask, item.threshold)


def test_what_is_decided_stays_and_is_taken_back(made: Path) -> None:
    with Review(made) as review:
        first, second, empty = sheets(review)
        assert states(first) == [("red", "open"), ("blue", "open")]
        first = review.decide(*about(first), {1: {"status": "accepted"}})
        first = review.decide(*about(first), {2: {"name": "azure"}})  # whoever mends something accepts it
        review.decide(*about(second), {1: {"status": "rejected"}})
        review.decide(*about(empty), {}, seen=True)
        assert review.names()[0] == "azure" and {"red", "blue"} <= set(review.names())
    with (made / DECISIONS).open("ab") as file:
        file.write(b'{"photo": "0.png", "of"')  # as a killed process leaves it
    with Review(made) as review:
        first, second, empty = sheets(review)
        assert states(first) == [("red", "accepted"), ("azure", "accepted")] and first.done
        assert states(second) == [("red", "rejected"), ("blue", "open")] and not second.done
        assert empty.done and review.steps == (4, 0)
        assert review.undo() == empty.photo.key and review.undo() == second.photo.key
        assert review.undo() == review.undo() == first.photo.key and review.undo() is None
        assert [states(sheet) for sheet in sheets(review)[:2]] == [[("red", "open"), ("blue", "open")]] * 2
        assert review.redo() == first.photo.key
        assert states(review.sheet(first.photo.key)) == [("red", "accepted"), ("blue", "open")]
        assert review.steps == (1, 3)
        review.decide(*about(review.sheet(first.photo.key)), {1: {"status": "open"}})
        assert review.redo() is None  # what came after is another story now


def test_a_brush_paints_discs_along_its_way(made: Path) -> None:
    with Review(made) as review:
        sheet = sheets(review)[0]
        sheet = review.paint(*about(sheet), 1, {"belongs": True, "radius": 6, "points": [[20, 100], [60, 100]]})
        rows, columns = np.indices(SIZE[::-1]) + 0.5
        away = np.hypot(columns - np.clip(columns, 20, 60), rows - 100)
        painted = mask(review, sheet, 1)
        assert painted[away < 5].all() and (painted == half("red"))[away > 7].all()
        sheet = review.paint(*about(sheet), 1, {"belongs": False, "radius": 4.5, "points": [[40, 45]]})
        hole = np.hypot(columns - 40, rows - 45)
        assert not mask(review, sheet, 1)[hole < 4].any() and mask(review, sheet, 1)[(hole > 5.5) & half("red")].all()
        assert states(sheet) == [("red", "accepted"), ("blue", "open")]
        sheet = review.paint(*about(sheet), None, {"belongs": True, "radius": 3, "points": [[80, 10]]}, "speck")
        assert states(sheet)[2] == ("speck", "accepted") and mask(review, sheet, 3).sum() == pytest.approx(28, abs=5)
        review.undo()
        sheet = review.paint(
            *about(review.sheet(sheet.photo.key)), None, {"belongs": True, "radius": 3, "points": [[9, 9]]}, "other"
        )
        assert [item.id for item in sheet.items] == [1, 2, 4]  # a number never comes back as something else


def test_a_click_goes_as_far_as_the_picture_says(made: Path) -> None:
    with Review(made) as review:
        sheet = sheets(review)[0]
        sheet = review.paint(*about(sheet), 2, {"belongs": True, "points": [[115, 75]]})
        whole = mask(review, sheet, 2)
        assert (whole & square("blue")).sum() / (whole | square("blue")).sum() > 0.97
        sheet = review.paint(*about(sheet), 2, {"belongs": True, "radius": 10, "points": [[115, 100]]})
        assert mask(review, sheet, 2)[100, 115]
        sheet = review.paint(*about(sheet), 2, {"belongs": False, "points": [[115, 102]]})
        back = mask(review, sheet, 2)
        assert not back[100:112, 108:122].any() and back[half("blue")].mean() > 0.98
        assert not (mask(review, sheet, 1) ^ half("red")).any()


def test_what_was_accepted_is_exported(made: Path) -> None:
    coco = pytest.importorskip("pycocotools.coco")
    with Review(made) as review:
        first, second, empty = sheets(review)
        first = review.decide(*about(first), {1: {"status": "accepted"}, 2: {"status": "rejected"}})
        first = review.paint(*about(first), None, {"belongs": True, "radius": 8, "points": [[80, 20]]}, "moon")
        second = review.decide(*about(second), {1: {"name": "blue square"}})
        done = export(review)
        assert (done.photos, done.objects, done.left) == (1, 2, 2)
        review.decide(*about(second), {2: {"status": "rejected"}})
        review.decide(*about(empty), {}, seen=True)
        done = export(review)  # in the place of the older one
        assert (done.photos, done.objects, done.left) == (3, 3, 0)
        read = coco.COCO(str(done.files[0]))
        assert [image["file_name"] for image in read.loadImgs(read.getImgIds())] == ["0.png", "1.png", "2.png"]
        red, moon, renamed = read.loadAnns(read.getAnnIds())
        assert np.array_equal(read.annToMask(red), half("red")) and red["score"] == 0.75
        assert np.array_equal(read.annToMask(moon), mask(review, first, 3)) and moon["score"] == 1
        names = {category["id"]: category["name"] for category in read.loadCats(read.getCatIds())}
        assert [names[each["category_id"]] for each in (red, moon, renamed)] == ["red", "moon", "blue square"]
        assert renamed["word"] == "blue square" and np.array_equal(read.annToMask(renamed), half("red"))
        coarse = json.loads(export(review, by="label").files[0].read_text())
        assert {each["name"] for each in coarse["categories"]} == {each["label"] for each in coarse["annotations"]}
        with pytest.raises(EyecandyError, match="unknown by 'breed'"):
            export(review, by="breed")
        with pytest.raises(EyecandyError, match="unknown format 'cocoa'"):
            export(review, ["cocoa"])


def test_another_window_and_another_process_do_not_overwrite(made: Path) -> None:
    with Review(made) as review:
        sheet = sheets(review)[0]
        review.decide(*about(sheet), {1: {"status": "accepted"}})
        with pytest.raises(EyecandyError, match=r"'0\.png' was changed in another window; load the page again"):
            review.decide(*about(sheet), {1: {"status": "rejected"}})
        with pytest.raises(EyecandyError, match="is open in another review; close that one first"):
            Review(made)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda made: shutil.rmtree(made / "masks" / "0.png"), "the mask 'masks/0.png/red-1.png' is no longer there"),
        (lambda made: (made.parent / "photos" / "0.png").unlink(), "the photo '0.png' is no longer in"),
        (
            lambda made: shutil.copy(made / "masks" / "small.png", made.parent / "photos" / "0.png"),
            "the photo '0.png' has 8 x 8 pixels now, and had 160 x 120",
        ),
        (lambda made: shutil.rmtree(made), "holds no results of many photos"),
        (lambda made: (made / DECISIONS).write_text(""), "were changed by others; load the page again"),
        (lambda made: _made_anew(made), "the results of '0.png' were made anew; load the page again"),
    ],
)
def test_a_folder_that_is_changed_meanwhile_is_told_of(made: Path, change: object, told: str) -> None:
    from PIL import Image

    Image.new("RGB", (8, 8)).save(made / "masks" / "small.png")
    with Review(made) as review:
        sheet = sheets(review)[0]
        sheet = review.decide(*about(sheet), {2: {"status": "accepted"}})
        before = (made / DECISIONS).read_bytes()
        change(made)  # type: ignore[operator]
        with pytest.raises(EyecandyError, match=told):
            review.paint(*about(sheet), 1, {"belongs": True, "radius": 6, "points": [[20, 100]]})
        assert not (made / DECISIONS).exists() or (made / DECISIONS).read_bytes() in (before, b"")


def _made_anew(made: Path) -> None:
    path = made / "journal" / "local.jsonl"
    path.write_text(path.read_text().replace("0.75", "0.76"))


def test_what_a_killed_stroke_left_is_swept_and_new_photos_appear(made: Path) -> None:
    left = made / "review" / "masks" / "0" / "1-1.png"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"")
    with Review(made) as review:
        assert not left.exists()
        path = made / "journal" / "local.jsonl"
        entry = json.loads(path.read_text().splitlines()[0]) | {"photo": "9.png"}
        with path.open("a") as file:
            file.write(json.dumps(entry) + "\n")
        assert [each.photo.name for each in review.standings()] == ["0.png", "1.png", "2.png", "9.png"]


@pytest.mark.parametrize(
    ("stroke", "told"),
    [
        ({"belongs": True, "points": [[500, 5]]}, "the click at 500, 5 lies outside the photo of 160 x 120 pixels"),
        ({"belongs": True, "points": [["a", 5]]}, "a stroke is made of numbers, got 'a'"),
        ({"belongs": True, "points": []}, "a stroke has"),
        ({"belongs": True, "radius": 1e9, "points": [[5, 5]]}, "a brush has a radius of up to 160 pixels"),
        ({"belongs": False, "radius": 160, "points": [[40, 45]]}, "nothing would be left of the mask"),
    ],
)
def test_a_stroke_that_is_none_changes_nothing(made: Path, stroke: dict[str, object], told: str) -> None:
    with Review(made) as review:
        sheet = sheets(review)[0]
        with pytest.raises(EyecandyError, match=told):
            review.paint(*about(sheet), 1, stroke)
        with pytest.raises(EyecandyError, match="1 to 100 characters"):
            review.decide(*about(sheet), {1: {"name": " "}})
        assert review.steps == (0, 0) and not (made / "review" / "masks").exists()


def test_what_holds_no_results_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EyecandyError, match="holds no results of many photos; expected what eyecandy detect"):
        Review(tmp_path)
    assert list(tmp_path.iterdir()) == []
