"""A recipe of one's own, in one file of a folder: the command line, the page, `again` and Python have it."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Run
from test_docs import DOCS, blocks

import eyecandy
from eyecandy.art import recipes
from eyecandy.art.output import record
from eyecandy.backbone.model import Backbone
from eyecandy.errors import EyecandyError

Command = Callable[..., Run]
SMALL = ("--size", "64", "--scales", "1", "--iterations", "3", "--margin", "8")


@pytest.fixture
def folder(painting_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with the page's recipe in one that EYECANDY_RECIPES names."""
    (text,) = [block for block in blocks(DOCS / "add-your-own.md", "python") if "@recipe(" in block]
    own = painting_folder / "recipes"
    own.mkdir()
    (own / "mirror.py").write_text(text, "utf-8")
    (own / "helper.py").write_text("raise SystemExit('not a recipe, and not imported')\n", "utf-8")
    monkeypatch.setenv(recipes.FOLDERS, str(own))
    return painting_folder


def test_the_command_line_has_it(command: Command, folder: Path) -> None:
    said = command("--help").out
    assert "mirror" in said and "Dream in a mirror" in said and "helper" not in said
    said = command("mirror", "--help").out
    for told in ("--mirror", "--film", "--every", "--resume", "--backbone", "both halves alike", "[default: 160]"):
        assert told in said
    assert command("mirror", "china.jpg", "--every", "2", "--mirror", "7", *SMALL).code == 0
    told = record.read("china-mirror.png")
    assert (told["recipe"], told["options"]["mirror"]) == ("mirror", 7.0)
    assert told["command"].startswith("eyecandy mirror china.jpg --size 64")
    assert Path("china-mirror-00002.png").is_file()

    assert "the pixels are the same as of china-mirror.png" in command("again", "china-mirror.png").out
    assert Path("china-mirror.png").read_bytes() == Path("china-mirror-again.png").read_bytes()
    (folder / "eyecandy.toml").write_text("[mirror]\nmirror = -1\n")
    assert "--mirror must be" not in command("again", "china-mirror.png", "--overwrite").err


def test_python_has_it(folder: Path, net: Backbone) -> None:
    made = eyecandy.mirror("china.jpg", backbone=net, size=64, scales=1, iterations=2, margin=8)
    assert made.record["recipe"] == "mirror" and "mirror" in dir(eyecandy)
    del eyecandy.__dict__["mirror"]


def test_the_page_has_it(folder: Path, net: Backbone, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("starlette")
    from eyecandy.web import forms, paint
    from eyecandy.web.jobs import Job
    from eyecandy.web.networks import Networks
    from eyecandy.web.pictures import Picture

    told = forms.paint_forms()["mirror"]
    assert (told["title"], told["needs_photo"], told["paintings"]) == ("Mirror", True, None)
    first, second, *_ = told["fields"]
    assert (first["name"], first["kind"], first["main"]) == ("layer", "text", True)
    assert (second["name"], second["range"], second["default"]) == ("mirror", [0, 50, 1], 20.0)

    class Visit:
        def picture(self, _: str) -> Picture:
            return Picture.at(folder / "china.jpg", "china.jpg")[0]

    monkeypatch.setattr(Networks, "get", lambda self, name: net)
    small = {"size": "64", "scales": "1", "iterations": "3", "margin": "8", "mirror": "7"}
    wanted = paint.wanted_of(Visit(), {"recipe": "mirror", "picture": "a", "options": small})  # type: ignore[arg-type]
    assert wanted.command.startswith("eyecandy mirror china.jpg --size 64") and "--mirror 7.0" in wanted.command
    job = Job("paint", lambda job: None, lambda: None)
    made = paint.painted(wanted, Networks(), job)
    assert made.record["recipe"] == "mirror" and made.image.shape == (43, 64, 3) and job.told["iteration"] == 3


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("mirror", "def f(:\n\n@recipe(", "the recipe '.*mirror.py' cannot be imported: SyntaxError"),
        (
            "mirror",
            "from eyecandy.art.recipes import recipe\n\n@recipe(int)\ndef other(photo): ...\n",
            "holds no recipe",
        ),
        ("dream", "\n@recipe(", "is called as '.*dream.py' is; rename it"),
    ],
)
def test_what_is_wrong_with_one_is_said_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str, says: str
) -> None:
    (tmp_path / f"{name}.py").write_text(text, "utf-8")
    monkeypatch.setenv(recipes.FOLDERS, str(tmp_path))
    with pytest.raises(EyecandyError, match=says):
        recipes.get(name)
    monkeypatch.setenv(recipes.FOLDERS, str(tmp_path / "missing"))
    with pytest.raises(EyecandyError, match=r"EYECANDY_RECIPES names '.*missing'; expected a folder of recipes"):
        recipes.names()


def test_a_recipe_is_no_command_of_eyecandys(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "detect.py").write_text("\n@recipe(", "utf-8")
    monkeypatch.setenv(recipes.FOLDERS, str(tmp_path))
    said = command("--help")
    assert (
        said.code == 2
        and said.err == "eyecandy: the recipe 'detect' is called as a command of eyecandy is; rename it\n"
    )


def test_recipes_start_nothing_heavy() -> None:
    code = (
        "import sys; from eyecandy.art import recipes; [recipes.get(name) for name in recipes.names()];"
        "print(sorted({'tensorflow', 'keras', 'numpy', 'matplotlib', 'cv2'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_its_code_travels_to_workers_that_have_no_such_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ray = pytest.importorskip("ray")
    from eyecandy.cluster import connected

    text = (
        "from eyecandy.art.core.options import Options\nfrom eyecandy.art.recipes import recipe\n\n"
        "def doubled(number):\n    return 2 * number\n\n"
        '@recipe(Options)\ndef travelling(photo, **knobs):\n    """Travel."""\n    return doubled\n'
    )
    (tmp_path / "travelling.py").write_text(text, "utf-8")
    monkeypatch.setenv(recipes.FOLDERS, str(tmp_path))
    doubled = recipes.get("travelling").run("photo.jpg", [])
    monkeypatch.setattr(ray, "is_initialized", lambda: True)  # a cluster is tried elsewhere
    with connected(None, 0):
        packed = ray.cloudpickle.dumps(doubled)
    monkeypatch.delitem(sys.modules, doubled.__module__)  # as in a worker
    assert ray.cloudpickle.loads(packed)(21) == 42
