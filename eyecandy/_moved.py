"""What stood in the documentation of version 0.1 and has moved: the old names work for one version, with a warning."""

import importlib
import sys
import warnings
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, cast

_RECIPES = ("dream", "mirage", "reconstruct", "study", "style")
MODULES = {
    "eyecandy.art.objectives": "eyecandy.art.core.objectives",
    "eyecandy.art.scales": "eyecandy.art.core.scales",
    "eyecandy.art.sources": "eyecandy.art.core.sources",
    "eyecandy.art.options": "eyecandy.art.core.options",
    "eyecandy.art.studio": "eyecandy.art.output.painting",
    "eyecandy.art.record": "eyecandy.art.output.record",
    "eyecandy.art.options.base": "eyecandy.art.core.options",
    **{f"eyecandy.art.options.{name}": f"eyecandy.art.recipes.{name}" for name in _RECIPES},
    **{f"eyecandy.art.{name}": f"eyecandy.art.recipes.{name}" for name in _RECIPES},
    "eyecandy.detection.export.cutouts": "eyecandy.detection.cutouts",
}
RENAMED = {"Ladder": "ScaleSchedule", "Bench": "RendererCache"}
"""Within these."""
NAMES = {
    "eyecandy.art.core.scales": {"Ladder": "eyecandy.art.core.scales.ScaleSchedule"},
    "eyecandy.detection.result": {"Detection": "eyecandy.detection.detect.Detection"},
    "eyecandy.detection.find.signals": {"saliency": "eyecandy.detection.saliency.saliency"},
}


def attribute(module: str) -> Callable[[str], Any]:
    """A module's `__getattr__`, which knows where its `NAMES` are now."""

    def get(name: str) -> Any:
        if name not in NAMES[module]:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        now = NAMES[module][name]
        renamed(f"{module}.{name}", now)
        there, _, own = now.rpartition(".")
        return getattr(importlib.import_module(there), own)

    return get


class _Moved:
    """Finds `MODULES`, once nothing else does."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return ModuleSpec(fullname, cast(Any, self), is_package=True) if fullname in MODULES else None

    def create_module(self, spec: ModuleSpec) -> None:
        """An ordinary one."""

    def exec_module(self, module: ModuleType) -> None:
        now = MODULES[module.__name__]
        renamed(module.__name__, now)
        there = importlib.import_module(now)
        module.__getattr__ = lambda name: getattr(there, RENAMED.get(name, name))  # type: ignore[method-assign]


def renamed(old: str, new: str) -> None:
    """Warns whoever calls the function that calls this, or imports what it stands for."""
    warnings.warn(f"{old} is now {new}; the old name goes in version 0.3", DeprecationWarning, stacklevel=3)


sys.meta_path.append(_Moved())
