"""Registries: a file more in a folder is a name more, everywhere."""

import sys
from pathlib import Path

import pytest

from eyecandy.backbone.architectures import ARCHITECTURES
from eyecandy.detection.export.formats import FORMATS
from eyecandy.detection.find.decompositions import DECOMPOSITIONS
from eyecandy.detection.find.refinements import REFINEMENTS
from eyecandy.detection.find.signals import SIGNALS
from eyecandy.errors import EyecandyError
from eyecandy.registry import Registry


@pytest.fixture
def shapes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Registry[int]:
    folder = tmp_path / "shapes_of_a_test"
    folder.mkdir()
    (folder / "__init__.py").touch()
    for name, corners in (("square", 4), ("acute_triangle", 3)):
        (folder / f"{name}.py").write_text(f"SHAPE = {corners}\n")
    (folder / "_shared.py").write_text("raise AssertionError('imported')\n")
    (folder / "broken.py").write_text("raise AssertionError('imported')\n")
    monkeypatch.syspath_prepend(tmp_path)
    return Registry("shape", "shapes_of_a_test", [str(folder)], first=("square",))


def test_files_are_names_and_are_imported_when_asked_for(shapes: Registry[int]) -> None:
    assert list(shapes) == ["square", "acute-triangle", "broken"] and shapes.default == "square"
    assert shapes.listed == "square, acute-triangle or broken"
    assert "shapes_of_a_test.square" not in sys.modules
    assert shapes["square"] == 4 and shapes["acute-triangle"] == 3
    with pytest.raises(AssertionError, match="imported"):
        shapes["broken"]


def test_things_made_elsewhere_are_added_as_to_a_dict(shapes: Registry[int]) -> None:
    shapes["circle"] = 0
    assert shapes.check("circle") == "circle" and "circle" in shapes and len(shapes) == 4
    del shapes["circle"]
    with pytest.raises(EyecandyError, match=r"^unknown shape 'circle'; expected square, acute-triangle or broken$"):
        shapes.check("circle")


@pytest.mark.parametrize(
    "registry", [SIGNALS, DECOMPOSITIONS, REFINEMENTS, FORMATS, ARCHITECTURES], ids=lambda r: r.kind
)
def test_every_file_has_what_its_registry_asks_for(registry: Registry[object]) -> None:
    things = dict(registry)
    assert next(iter(things)) == registry.default and len(things) >= 2
    assert len({id(thing) for thing in things.values()}) == len(things)
