"""Names of version 0.1 that have moved: they work, and say where they are now."""

import importlib
import sys

import pytest

from eyecandy import EyecandyError, _moved, style


@pytest.mark.parametrize("old", _moved.MODULES)
def test_a_module_of_the_old_name_is_the_new_one(old: str) -> None:
    new = importlib.import_module(_moved.MODULES[old])
    with pytest.warns(DeprecationWarning, match=f"{old} is now {_moved.MODULES[old]}"):
        module = importlib.import_module(old)
    public = [name for name in vars(new) if not name.startswith("_")]
    assert public and all(getattr(module, name) is getattr(new, name) for name in public)


@pytest.mark.parametrize(("old", "name"), [(old, name) for old, names in _moved.NAMES.items() for name in names])
def test_a_name_of_an_old_module_is_the_new_one(old: str, name: str) -> None:
    module = importlib.import_module(old)
    with pytest.warns(DeprecationWarning, match=f"{old}.{name} is now"):
        found = getattr(module, name)
    there, _, new = _moved.NAMES[old][name].rpartition(".")
    assert found is getattr(importlib.import_module(there), new)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = module.nothing


def test_a_class_that_has_another_name_now() -> None:
    with pytest.warns(DeprecationWarning, match="is now eyecandy.art.core.scales"):
        sys.modules.pop("eyecandy.art.scales", None)
        scales = importlib.import_module("eyecandy.art.scales")
    assert scales.Ladder is importlib.import_module("eyecandy.art.core.scales").ScaleSchedule


def test_a_keyword_that_has_another_name_now() -> None:
    studio = importlib.import_module("eyecandy.art.output.painting")
    said = pytest.warns(DeprecationWarning, match=r"style\(bench=\) is now style\(cache=\)")
    with said, pytest.raises(EyecandyError, match="nowhere"):  # which is said before anything is painted
        style("nowhere.jpg", [], bench=studio.RendererCache(()))
