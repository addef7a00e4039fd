"""The wheel, installed where there is no checkout: it holds all that eyecandy needs and nothing else, and it works."""

import json
import os
import shutil
import site
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from eyecandy import __version__

ROOT = Path(__file__).parent.parent
MOST_MEGABYTES = 25
BUILD = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"


def run(*command: str | Path, cwd: Path) -> str:
    """What a command printed, of one that knows nothing of the checkout."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    ran = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from copies of the files that are meant for it, and of some that are not."""
    pytest.importorskip("setuptools", minversion="77")
    checkout, built = tmp_path_factory.mktemp("checkout"), tmp_path_factory.mktemp("built")
    unwanted = shutil.ignore_patterns("__pycache__")
    for folder in ("eyecandy", "tools", "benchmarks"):
        shutil.copytree(ROOT / folder, checkout / folder, ignore=unwanted)
    for name in ("tests", "docs"):
        (checkout / name).mkdir()
        (checkout / name / "__init__.py").touch()
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(ROOT / name, checkout)
    run(sys.executable, "-c", BUILD, built, cwd=checkout)
    (path,) = built.iterdir()
    return path


def test_the_wheel_holds_eyecandy_and_nothing_else(wheel: Path) -> None:
    assert wheel.name == f"eyecandy-{__version__}-py3-none-any.whl"
    assert wheel.stat().st_size < MOST_MEGABYTES * 1_000_000
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    ours = (path for path in (ROOT / "eyecandy").rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    assert held == {path.relative_to(ROOT).as_posix() for path in ours}
    assert {"eyecandy/backbone/labels/imagenet1k.tsv", "eyecandy/report/templates/photo.html"} < held


def test_the_installed_wheel_finds_the_cat_that_it_carries(wheel: Path, tmp_path: Path) -> None:
    fresh = tmp_path / "fresh"
    venv.create(fresh, with_pip=False)
    paths = sysconfig.get_paths("venv", {"base": str(fresh), "platbase": str(fresh)})
    installed = Path(paths["purelib"])
    python = Path(paths["scripts"], Path(sys.executable).name)
    # what eyecandy depends on is that of this environment, so that nothing is downloaded
    (installed / "dependencies.pth").write_text("\n".join(site.getsitepackages()))
    pip = (sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check")
    run(*pip, "install", "--quiet", "--no-deps", "--no-index", "--force-reinstall", wheel, cwd=tmp_path)
    (program,) = Path(paths["scripts"]).glob("eyecandy*")
    assert __version__ in run(program, "--version", cwd=tmp_path)
    shutil.copy(installed / "eyecandy" / "web" / "static" / "samples" / "chelsea.jpg", tmp_path / "cat.jpg")
    found = json.loads(run(program, "detect", "cat.jpg", "--size", "224", "--json", "--output", "found", cwd=tmp_path))
    (result,) = found["results"]
    assert [thing["word"] for thing in result["objects"]] == ["cat"]
    assert (tmp_path / "found" / "figure.png").stat().st_size > 10_000
