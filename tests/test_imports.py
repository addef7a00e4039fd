"""The house: imports go one way, also those within functions and for types alone."""

import graphlib
import subprocess
import sys
from pathlib import Path

import grimp

ROOT = Path(__file__).parent.parent


def test_no_module_imports_what_imports_it() -> None:
    graph = grimp.build_graph("eyecandy", cache_dir=None)
    arrows = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    assert len(arrows) > 200
    graphlib.TopologicalSorter(arrows).prepare()  # raises CycleError, which names the circle


def test_no_folder_imports_from_one_above_it() -> None:
    lint = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    run = subprocess.run(
        [sys.executable, "-c", lint, "--no-cache", "--no-logo"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert "0 broken" in run.stdout and run.returncode == 0, run.stdout + run.stderr
