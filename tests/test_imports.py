"""The house: imports go one way, also those within functions and for types alone."""

import graphlib
from pathlib import Path

import grimp
import pytest
from importlinter import cli


def test_no_module_imports_what_imports_it() -> None:
    graph = grimp.build_graph("eyecandy", cache_dir=None)
    arrows = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    assert len(arrows) > 200
    graphlib.TopologicalSorter(arrows).prepare()  # raises CycleError, which names the circle


def test_no_folder_imports_from_one_above_it(capsys: pytest.CaptureFixture[str]) -> None:
    broken = cli.lint_imports(str(Path(__file__).parents[1] / "pyproject.toml"), no_cache=True, no_logo=True)
    assert not broken, capsys.readouterr().out
