"""The fields of the page's forms, derived from the options' own dataclasses, and what was filled in, as options."""

import dataclasses
import math
from collections.abc import Mapping
from typing import Any, get_args, get_type_hints

from eyecandy.art.recipes.options import CANVASES, ELSEWHERE, OPTIMIZERS, Options, Weighted, check_number
from eyecandy.art.recipes.options.dream import DreamOptions
from eyecandy.art.recipes.options.mirage import MirageOptions
from eyecandy.art.recipes.options.reconstruct import KINDS, ReconstructOptions
from eyecandy.art.recipes.options.style import LOSSES, StyleOptions
from eyecandy.detection.options import DECOMPOSITIONS, READINGS, REFINEMENTS, SIGNALS, DetectOptions
from eyecandy.errors import EyecandyError

RECIPES: dict[str, type[Options]] = {
    "dream": DreamOptions,
    "style": StyleOptions,
    "mirage": MirageOptions,
    "reconstruct": ReconstructOptions,
}
MAIN = {
    "dream": ("layers", "towards", "guide", "size", "iterations"),
    "style": ("strength", "style_scale", "keep_colour", "size", "iterations"),
    "mirage": ("spatial_weight", "style_weight", "size", "iterations"),
    "reconstruct": ("kind", "layers", "size", "iterations"),
}
"""The options that matter; the rest is folded away."""
# The region is chosen on the photo, one layer is said by `layers`; and no page has the server connect to an address.
APART = ("region", "layer", *ELSEWHERE)
CHOICES = {
    "canvas": CANVASES,
    "optimizer": OPTIMIZERS,
    "losses": LOSSES,
    "kind": KINDS,
    "init": ("content", "noise"),
    "reading": READINGS,
    "signal": SIGNALS,
    "decomposition": DECOMPOSITIONS,
    "refine": REFINEMENTS,
}
RANGES = {
    "strength": (0, 1, 0.05),
    "style_scale": (0.25, 2, 0.05),
    "spatial_weight": (0, 2, 0.05),
    "colour": (0, 1, 0.05),
}
_BOOLEANS = {"true": True, "1": True, "on": True, "false": False, "0": False, "off": False}
SEE_HELP = {
    "signal": "how a class is traced back through the network",
    "components": "how many eigen-masks; empty for as many as explain 95 % of the variance",
    "min_score": "objects that score less are left out",
    "top": "how many classes are traced back to the pixels",
    "reading": "how classes are ranked: by their best place, or averaged over the photo",
    "decomposition": "how eigen-masks are made",
    "refine": "how masks are sharpened along edges",
    "size": "longest side at which the network looks; empty for 448, and besides at 5/7 and 3/2 of it",
}


def see_form() -> list[dict[str, Any]]:
    """The fields of `DetectOptions`, the three that the page shows first at the front."""
    order = list(SEE_HELP)
    kinds = {"top": "int", "components": "int", "size": "int", "min_score": "float"}
    made = [
        _field(f.name, kinds.get(f.name, "choice"), f.default, SEE_HELP[f.name], f.name in ("signal", "components"))
        for f in dataclasses.fields(DetectOptions)
    ]
    return sorted(made, key=lambda field: order.index(field["name"]))


def paint_form(recipe: str) -> list[dict[str, Any]]:
    """The fields of a recipe's options, those that matter first."""
    options, main = RECIPES[recipe], MAIN[recipe]
    hints = get_type_hints(options, include_extras=True)
    made = []
    for field in dataclasses.fields(options):
        if field.name in APART:
            continue
        annotation, text = get_args(hints[field.name])[:2]
        made.append(_field(field.name, _kind(field.name, annotation), field.default, text, field.name in main))
    order = [*main, *(field["name"] for field in made if not field["main"])]
    return sorted(made, key=lambda field: order.index(field["name"]))


def see_knobs(given: Mapping[str, Any]) -> dict[str, Any]:
    """What was filled in, without what is the default.

    Raises:
        EyecandyError: an unknown field or a value that is none of its kind.
    """
    return _knobs(given, see_form())


def paint_knobs(recipe: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Likewise, in the order of the recipe's options, as the command line hands them on; "region" may be among them.

    Raises:
        EyecandyError: an unknown recipe or field, or a value out of range.
    """
    if recipe not in RECIPES:
        raise EyecandyError(f"unknown recipe {recipe!r:.80}; expected one of {', '.join(RECIPES)}")
    region = given.get("region") or ""
    if not isinstance(region, str):
        raise EyecandyError(f"region must be a text, got {region!r:.80}")
    knobs = _knobs({name: value for name, value in given.items() if name != "region"}, paint_form(recipe))
    if region:
        knobs["region"] = region
    names = [field.name for field in dataclasses.fields(RECIPES[recipe])]
    knobs = dict(sorted(knobs.items(), key=lambda item: names.index(item[0])))
    RECIPES[recipe].of(knobs)
    return knobs


def options_of(asked: Mapping[str, Any]) -> dict[str, Any]:
    """What was filled in, without what was left empty.

    Raises:
        EyecandyError: the options are none by name.
    """
    options = asked.get("options") or {}
    if not isinstance(options, dict):
        raise EyecandyError(f"expected the options by name, got {options!r:.80}")
    return {name: value for name, value in options.items() if value not in (None, "")}


def paintings_of(asked: Mapping[str, Any]) -> list[tuple[str, float]]:
    """The paintings that were chosen, each by its id, with its weight.

    Raises:
        EyecandyError: they are none, or a weight is no number from 0 up.
    """
    given = asked.get("paintings") or []
    if not isinstance(given, list) or not all(isinstance(one, dict) and "picture" in one for one in given):
        raise EyecandyError(f'expected paintings as a list of "picture" and "weight", got {given!r:.80}')
    return [(str(one["picture"]), _weight(one.get("weight", 1.0))) for one in given]


def _weight(value: Any) -> float:
    try:
        weight = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise EyecandyError(f"the weight of a painting must be a number, got {value!r:.80}") from error
    return check_number("the weight of a painting", weight)


def _field(name: str, kind: str, default: Any, text: str, main: bool) -> dict[str, Any]:
    least, most, step = RANGES.get(name, (None, None, None))
    return {
        "name": name,
        "label": name.replace("_", " ").capitalize(),
        "kind": kind,
        "default": default,
        "help": f"{text[0].upper()}{text[1:]}.",
        "main": main,
        "choices": list(CHOICES.get(name, ())),
        "range": None if least is None else [least, most, step],
    }


def _kind(name: str, annotation: Any) -> str:
    if name in CHOICES:
        return "choice"
    if name == "guide":
        return "picture"
    kinds = set(get_args(annotation)) or {annotation}
    if set(get_args(Weighted)) <= kinds:
        return "layers"
    return next((kind.__name__ for kind in (bool, float, int) if kinds <= {kind, type(None)}), "text")


def _knobs(given: Mapping[str, Any], form: list[dict[str, Any]]) -> dict[str, Any]:
    fields = {field["name"]: field for field in form}
    unknown = next((name for name in given if name not in fields), None)
    if unknown is not None:
        raise EyecandyError(f"unknown option {unknown!r:.80}; the options are {', '.join(fields)}")
    knobs = {name: _value(fields[name], value) for name, value in given.items() if value not in (None, "")}
    return {name: value for name, value in knobs.items() if value != fields[name]["default"]}


def _value(field: Mapping[str, Any], value: Any) -> Any:
    """What was filled in, as the command line would have it."""
    kind, name = field["kind"], field["name"]
    if kind == "bool":
        if str(value).lower() not in _BOOLEANS:
            raise EyecandyError(f"{name} must be true or false, got {value!r:.80}")
        return _BOOLEANS[str(value).lower()]
    if isinstance(value, list | dict):
        raise EyecandyError(f"{name} must be a text or a number, got {value!r:.80}")
    if kind == "layers":
        return str(value).replace(",", " ").split()
    if kind in ("int", "float"):
        try:
            return int(str(value)) if kind == "int" else float(value)
        except (TypeError, ValueError, OverflowError) as error:
            what = "a whole number" if kind == "int" else "a number"
            raise EyecandyError(f"{name} must be {what}, got {value!r:.80}") from error
    return str(value)
