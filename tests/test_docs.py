"""The documentation does what it says: its code runs, its commands parse, its links lead somewhere."""

import functools
import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import films
import numpy as np
import pytest
import typer
from conftest import Run

import eyecandy
from eyecandy import art
from eyecandy.cli import app
from eyecandy.cli.options import config
from eyecandy.images import load, resize, save_png

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from eyecandy.backbone.model import Backbone

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
NOTEBOOKS = sorted((DOCS / "notebooks").glob("*.ipynb"))
GROUP = typer.main.get_command(app.app)

SMALL = {"size": 64, "iterations": 3, "scales": 1, "margin": 8}
"""What recipes are given here instead of their defaults."""


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)


def commands(page: Path) -> list[str]:
    """The lines of a page's indented blocks that call eyecandy."""
    text = re.sub(r"\\\n +", "", page.read_text("utf-8"))  # lines that go on
    lines = re.findall(r"^ {4}(?:\.venv/bin/)?(eyecandy .*)$", text, re.MULTILINE)
    return [re.split(r" > | +# ", line)[0] for line in lines]


def with_blocks(language: str) -> list[Path]:
    return [page for page in PAGES if blocks(page, language)]


@pytest.fixture
def folder(tmp_path: Path, samples: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with the pictures that the documentation speaks of."""
    for name, sample in (
        ("photo", "dog_and_cat"),
        ("painting", "style_flow"),
        ("ink", "style_ink"),
        ("flow", "style_flow"),
        ("photos/a", "chelsea"),
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(samples / f"{sample}.jpg", tmp_path / f"{name}.jpg")
    true = np.zeros(load(tmp_path / "photos" / "a.jpg").size[::-1], np.uint8)
    true[:, true.shape[1] // 4 :] = 255
    save_png(tmp_path / "masks" / "a.png", true)
    photo = resize(load(tmp_path / "photo.jpg").pixels, (208, 144))
    films.film(
        tmp_path / "clip.mp4", pictures=[photo[8:136, 2 * n : 2 * n + 192].copy() for n in range(4)], sound="aac"
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def imported(path: Path, text: str | None = None) -> ModuleType:
    """A file as a module, written first where a text is given: TensorFlow reads the source of what it compiles."""
    if text is not None:
        path.write_text(text, "utf-8")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module  # dataclasses look up the module that they stand in
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules[path.stem]
    return module


@pytest.fixture
def one_network(net: "Backbone", monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages and notebooks that load the bundled network get the one that the tests have; opening it is tested apart."""
    load = eyecandy.load_backbone
    monkeypatch.setattr(eyecandy, "load_backbone", lambda *which, **how: load(*which, **how) if which or how else net)


# Code


@pytest.mark.parametrize("page", with_blocks("python"), ids=lambda page: page.stem)
@pytest.mark.usefixtures("one_network")
def test_the_code_of_a_page_runs(page: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from eyecandy.detection.find import signals

    monkeypatch.setenv("MPLBACKEND", "agg")
    monkeypatch.setattr(signals.SIGNALS, "_things", dict(signals.SIGNALS._things))
    for name in ("dream", "style", "mirage", "reconstruct", "paint_clip"):
        monkeypatch.setattr(eyecandy, name, functools.partial(getattr(eyecandy, name), **SMALL))
    for name in ("render", "grid", "class_visualisation", "activation_grid"):
        monkeypatch.setattr(art, name, functools.partial(getattr(art, name), **SMALL))
    names = vars(imported(folder / f"{page.stem}.py", "\n".join(blocks(page, "python"))))
    if page.stem == "fitting-in":
        held = [names[name] for name in ("found", "from_pillow", "from_numpy", "from_tensor")]
        assert len({tuple((item.label, item.box) for item in each.objects) for each in held[:3]}) == 1
        assert [item.word for item in held[3].objects] == [item.word for item in held[0].objects]
        assert names["first"].sum() == names["found"].objects[0].area == names["boolean"][0].sum()
        assert len(names["cats"]) == 1 and (names["alpha"] > 0).any()
    if page.stem == "recipes":
        assert (folder / "cat.png").stat().st_size > 0 and (folder / "cat-mask.png").stat().st_size > 0
        assert (names["may_paint"] == 0).sum() == 160 * 160 and names["counted"]["cat"] >= 1
    if page.stem == "clips":
        assert Path("out.mp4").stat().st_size > 0 and len(names["frames"]) == 4
    if page.stem == "add-your-own":
        assert (folder / "mirror.png").stat().st_size > 0 and names["masks"].max() > 0.9


@pytest.mark.parametrize("package", [eyecandy, art], ids=lambda package: package.__name__)
def test_every_public_name_has_an_example(package: ModuleType) -> None:
    code = "\n".join(block for page in PAGES for block in blocks(page, "python"))  # which runs, see above
    short = package.__name__.rpartition(".")[2]
    assert [name for name in package.__all__ if not re.search(rf"\b{short}\.{name}\b", code)] in ([], ["__version__"])


@pytest.mark.parametrize("block", blocks(DOCS / "add-your-own.md", "python"), ids=lambda block: block.split()[1])
def test_what_one_adds_takes_few_lines(block: str) -> None:
    assert len(block.splitlines()) < (60 if "@recipe(" in block else 40)


def test_each_way_to_fit_in_takes_at_most_four_lines() -> None:
    shown = blocks(DOCS / "fitting-in.md", "python")
    assert len(shown) == 10
    for block in shown:
        assert len([line for line in block.splitlines() if line.strip()]) <= 4


def test_a_mirrored_picture_costs_nothing_and_another_does(folder: Path) -> None:
    """The objective of the page is what the page says."""
    import numpy as np
    import tensorflow as tf

    (block,) = [each for each in blocks(DOCS / "add-your-own.md", "python") if "def symmetry" in each]
    page = imported(folder / "symmetry.py", f"from eyecandy._tensorflow import tf\n{block}")
    ((weight, term),) = page.symmetry().terms
    half = np.random.default_rng(0).uniform(0, 255, (1, 6, 4, 3)).astype(np.float32)
    same = tf.constant(np.concatenate([half, half[:, :, ::-1]], 2))
    assert weight == 1 and float(term.loss(term.sums(page.Seen(image=same)))) == 0
    other = np.zeros((1, 2, 2, 3), np.float32)
    other[:, :, 0] = 255  # white on the left, black on the right
    assert float(term.loss(term.sums(page.Seen(image=tf.constant(other))))) == pytest.approx(1)


# Commands and configuration


@pytest.mark.parametrize(
    ("page", "line"),
    [pytest.param(page, line, id=line) for page in (ROOT / "README.md", *PAGES) for line in commands(page)],
)
def test_a_command_of_a_page_is_one_that_eyecandy_takes(page: Path, line: str) -> None:
    command, words = GROUP, shlex.split(line)[1:]
    if words[0].startswith("--"):  # an option of eyecandy itself
        assert words[0] in {name for parameter in GROUP.params for name in parameter.opts}
        return
    while hasattr(command, "commands"):
        command, words = command.commands[words[0]], words[1:]
    command.make_context(command.name, words)


def test_the_commands_of_the_recipes_run_one_after_the_other(folder: Path, command: Callable[..., Run]) -> None:
    """As they are written, in one folder, but small: nothing that one writes is in the way of another."""
    from eyecandy.datasets.review.folder import Review

    smaller = {
        "detect": "--size 224",
        "style": "--size 64 --iterations 2 --scales 1",
        "dream": "--size 64 --iterations 2 --scales 1",
        "study": "--size 64 --scales 1 --steps 1,2 --ratios 1 --iterations 1 "
        "--layer block1_conv1 --content-layer block1_conv1",
    }
    lines = commands(DOCS / "recipes.md")
    assert len(lines) >= 10
    for line in lines:
        words = shlex.split(line)[1:]
        if words[0] == "web":
            with Review(words[words.index("--review") + 1]) as review:
                assert len(review.standings()) == 1
            continue
        fewer = ["--zoom", "2"] if "--zoom" in words else []
        run = command(*words, *shlex.split(smaller.get(words[0], "")), *fewer)
        assert run.code == 0, (line, run.err)


@pytest.mark.parametrize("page", with_blocks("toml"), ids=lambda page: page.stem)
def test_the_defaults_of_a_page_are_accepted(page: Path, tmp_path: Path) -> None:
    for block in blocks(page, "toml"):
        (tmp_path / "eyecandy.toml").write_text(block)
        assert config.defaults(GROUP, tmp_path)["style"]


# Pictures, links, notebooks


def test_the_gallery_is_what_its_script_writes() -> None:
    script = imported(ROOT / "tools" / "build_docs_figures.py")
    assert (DOCS / "gallery.md").read_text("utf-8") == script.gallery_page()


def test_pictures_are_all_used_and_small() -> None:
    text = "".join(page.read_text("utf-8") for page in PAGES)
    files = sorted((DOCS / "images").iterdir())
    assert [file.name for file in files if f"images/{file.name}" not in text] == []
    assert sum(file.stat().st_size for file in files) <= 4_000_000


def test_the_site_builds_and_asks_no_other_machine_for_anything(tmp_path: Path) -> None:
    pytest.importorskip("mkdocs")
    pytest.importorskip("material")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    for page in (tmp_path / "site").rglob("*.html"):
        text = page.read_text("utf-8")
        asked = re.findall(r"<(?:script|img|iframe|source)[^>]*\ssrc=[\"']?((?:https?:)?//[^\"'\s>]+)", text)
        asked += re.findall(
            r"<link[^>]*rel=[\"']?(?:stylesheet|preconnect|icon)[^>]*href=[\"']?((?:https?:)?//\S+)", text
        )
        assert asked == [], page
        assert not re.search(r"\$\$|\\[(\[]|arithmatex", text), f"a formula of {page} is not drawn"
    sees = (tmp_path / "site" / "how-it-sees" / "index.html").read_text("utf-8")
    assert sees.count('<math xmlns="http://www.w3.org/1998/Math/MathML" display="block"') == 6
    api = (tmp_path / "site" / "api" / "index.html").read_text("utf-8")
    assert "eyecandy.detection.detect.detect" in api and "{{ options" not in api
    for told in ("<code>min_score</code>", "<code>style_scale</code>", "<code>spatial_weight</code>", "steps in all"):
        assert told in api


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator["InteractiveShell"]:
    """What runs cells as a notebook does, in this process: a kernel of its own would start TensorFlow once more."""
    interactive = pytest.importorskip("IPython.core.interactiveshell")
    pytest.importorskip("ipykernel")
    traitlets = pytest.importorskip("traitlets.config")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("MPLBACKEND", "agg")
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])  # the shell puts its own there
    quiet = traitlets.Config({"HistoryManager": {"enabled": False}})
    yield interactive.InteractiveShell.instance(config=quiet)
    interactive.InteractiveShell.clear_instance()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
@pytest.mark.usefixtures("one_network")
def test_a_notebook_runs(
    path: Path, tmp_path: Path, samples: Path, shell: "InteractiveShell", monkeypatch: pytest.MonkeyPatch
) -> None:
    nbformat = pytest.importorskip("nbformat")
    capture = pytest.importorskip("IPython.utils.capture")
    monkeypatch.chdir(tmp_path)
    shown = []
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type != "code":
            continue
        small = "parameters" in cell.metadata.get("tags", [])
        source = "SIZE, STEPS = 64, 6" if small else cell.source.replace('"../../samples"', repr(str(samples)))
        with shell.display_trap, capture.capture_output() as said:
            shell.run_cell(source).raise_error()
        shown += said.outputs
    assert any("image/png" in output.data for output in shown)


def test_there_are_three_notebooks_without_outputs() -> None:
    nbformat = pytest.importorskip("nbformat")
    assert len(NOTEBOOKS) == 3
    for path in NOTEBOOKS:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
        assert not any(cell.get("outputs") for cell in notebook.cells)


def test_pages_speak_of_no_machine_of_ours() -> None:
    for page in PAGES:
        text = textwrap.dedent(page.read_text("utf-8"))
        assert not re.search(r"(?<![\w.])/(?:home|root|work|Users|tmp)/", text), page
