"""Modules that the documentation of 0.1 named, under their names of then: they work for one version, and warn."""

import importlib
import sys
import warnings
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

_RECIPES = ("dream", "mirage", "reconstruct", "study", "style")
MOVED = {
    "eyecandy.art.objectives": "eyecandy.art.core.objectives",
    "eyecandy.art.options": "eyecandy.art.core.options",
    "eyecandy.art.options.base": "eyecandy.art.core.options",
    "eyecandy.art.record": "eyecandy.art.output.record",
    "eyecandy.art.scales": "eyecandy.art.core.scales",
    "eyecandy.art.sources": "eyecandy.art.core.sources",
    "eyecandy.art.studio": "eyecandy.art.output.painting",
    **{f"eyecandy.art.{name}": f"eyecandy.art.recipes.{name}" for name in _RECIPES},
    **{f"eyecandy.art.options.{name}": f"eyecandy.art.recipes.{name}" for name in _RECIPES},
}
"""By the name of then, that of now."""
RENAMED = {"Ladder": "ScaleSchedule", "Bench": "RendererCache"}
"""Likewise of what is in them."""


class _Moved(Loader, MetaPathFinder):
    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return ModuleSpec(name, self, is_package=True) if name in MOVED else None

    def exec_module(self, module: ModuleType) -> None:
        now = MOVED[module.__name__]
        warnings.warn(f"{module.__name__} is {now} now", DeprecationWarning, stacklevel=2)
        found = importlib.import_module(now)

        def attribute(name: str) -> Any:
            return getattr(found, RENAMED.get(name, name))

        module.__getattr__ = attribute  # type: ignore[method-assign]


def install() -> None:
    """Has Python look here for modules that it finds nowhere else."""
    if not any(isinstance(finder, _Moved) for finder in sys.meta_path):
        sys.meta_path.append(_Moved())
