"""The same picture once more, from its record."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from eyecandy.art.core.sources import Source
from eyecandy.art.output.record import Artwork
from eyecandy.art.recipes.dream import dream, zoom
from eyecandy.art.recipes.mirage import mirage
from eyecandy.art.recipes.reconstruct import reconstruct
from eyecandy.art.recipes.studio import Viewing
from eyecandy.art.recipes.study import Study, study
from eyecandy.art.recipes.style import style
from eyecandy.backbone.identity import differences, told
from eyecandy.backbone.model import Backbone
from eyecandy.errors import EyecandyError

SIGNED = ("command", "network", "zoom")
"""What the command line adds to a record; it is handed on."""


def again(
    record: Mapping[str, Any],
    backbone: Backbone,
    *,
    viewing: Viewing | None = None,
    engine: str = "local",
    address: str | None = None,
) -> Artwork:
    """Makes the picture of a record anew: on the same machine and with the same versions, the same pixels.

    Args:
        record: as `eyecandy.art.output.record.read` gives it.
        backbone: the network that the picture was made with.
        viewing: who watches.
        engine, address: who computes tiles, as for the recipe; no record says.

    Raises:
        EyecandyError: a recipe that there is none of, pictures or weights that are not those of the record, or
            anything that the recipe refuses.
    """
    recipe = str(record.get("recipe"))
    if recipe not in _RECIPES:
        raise EyecandyError(f"the record is of the recipe {recipe!r}; expected one of {', '.join(_RECIPES)}")
    _check(record, backbone)
    where = {"backbone": backbone, "viewing": viewing, "engine": engine, "address": address}
    made = _RECIPES[recipe](record, {**where, **record["options"]})
    return replace(made, record={**made.record, **{name: record[name] for name in SIGNED if name in record}})


def study_again(
    record: Mapping[str, Any],
    directory: str | Path,
    backbone: Backbone,
    *,
    viewing: Viewing | None = None,
    engine: str = "local",
    address: str | None = None,
) -> Study:
    """Makes a whole study anew, from the record of one of its sheets; or goes on with it.

    Args:
        record: as `eyecandy.art.output.record.read` gives it.
        directory: where the study is written.
        backbone, viewing, engine, address: as for `again`.

    Raises:
        EyecandyError: as `again`, or `study`.
    """
    _check(record, backbone)
    signed = {name: record[name] for name in SIGNED if name in record}
    where = {"backbone": backbone, "viewing": viewing, "engine": engine, "address": address}
    return study(_photo(record), _paintings(record), directory, **{**where, "signed": signed, **record["options"]})


def fall_again(
    record: Mapping[str, Any],
    begun: Artwork,
    backbone: Backbone,
    *,
    engine: str = "local",
    address: str | None = None,
) -> Iterator[np.ndarray]:
    """The frames of the fall into a dream, from the record of the dream that it began as; see `zoom`."""
    knobs = {"begun": begun, "backbone": backbone, "engine": engine, "address": address, **record["options"]}
    return zoom(_photo(record), frames=record["zoom"], **knobs)


def _dream(record: Mapping[str, Any], knobs: Mapping[str, Any]) -> Artwork:
    return dream(_photo(record), **knobs)


def _style(record: Mapping[str, Any], knobs: Mapping[str, Any]) -> Artwork:
    return style(_photo(record), _paintings(record), **knobs)


def _mirage(record: Mapping[str, Any], knobs: Mapping[str, Any]) -> Artwork:
    return mirage(_photo(record), paintings=_paintings(record) or None, **knobs)


def _reconstruct(record: Mapping[str, Any], knobs: Mapping[str, Any]) -> Artwork:
    return reconstruct(_photo(record), **knobs)


_RECIPES: Mapping[str, Callable[[Mapping[str, Any], Mapping[str, Any]], Artwork]] = {
    "dream": _dream,
    "style": _style,
    "mirage": _mirage,
    "reconstruct": _reconstruct,
}


def _photo(record: Mapping[str, Any]) -> Any:
    return next((source["path"] for source in record["sources"] if source["role"] == "photo"), None)


def _paintings(record: Mapping[str, Any]) -> list[tuple[str, float]]:
    return [(source["path"], source["weight"]) for source in record["sources"] if source["role"] == "painting"]


def _check(record: Mapping[str, Any], backbone: Backbone) -> None:
    held = record.get("backbone")
    if not isinstance(held, Mapping):
        raise EyecandyError("the record names no network; only pictures whose network is known can be made again")
    differ = differences(held, backbone.identity)
    if differ:
        raise EyecandyError(
            f"the record wants {told(held)}, got {told(backbone.identity)}; it has {'; '.join(differ)}; give the "
            "network of the record"
        )
    _check_sources(record)


def _check_sources(record: Mapping[str, Any]) -> None:
    for source in record.get("sources", []):
        path = source["path"]
        if path is None:
            raise EyecandyError(
                f"the {source['role']} of the picture came from no file, and the record holds no pixels; "
                "only pictures that were made of files can be made again"
            )
        if Source.of(path, source["role"]).record()["sha256"] != source["sha256"]:
            raise EyecandyError(f"{path!r} is not the picture that it was: its pixels have changed since")
