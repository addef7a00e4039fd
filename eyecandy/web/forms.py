"""The fields of the page's forms, derived from the options' own dataclasses, and what was filled in, as options."""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any, get_args

from eyecandy.arguments import Described, check_number, described
from eyecandy.art import recipes
from eyecandy.art.core.weighted import Weighted
from eyecandy.art.recipes import Recipe
from eyecandy.detection.options import DetectOptions
from eyecandy.errors import EyecandyError

_BOOLEANS = {"true": True, "1": True, "on": True, "false": False, "0": False, "off": False}
SEE_HELP = {
    "signal": "how a class is traced back through the network",
    "components": "how many eigen-masks; empty for as many as explain 95 % of the variance",
    "min_score": "objects that score less are left out",
    "min_probability": "objects whose word is less probable are left out",
    "top": "how many classes are traced back to the pixels",
    "reading": "how classes are ranked: by their best place, or averaged over the photo",
    "decomposition": "how eigen-masks are made",
    "refine": "how masks are sharpened along edges",
    "size": "longest side at which the network looks; empty for 448, and besides at 5/7 and 3/2 of it",
}


def painting() -> dict[str, Recipe]:
    """The recipes that the page offers: those that make one picture, and are for it.

    Raises:
        EyecandyError: as `recipes.get`.
    """
    found = (recipes.get(name) for name in recipes.names())
    return {recipe.name: recipe for recipe in found if recipe.page and not recipe.makes_folder}


def paint_forms() -> dict[str, dict[str, Any]]:
    """All that the page knows of each recipe: its title, what it asks for, and the fields of its options."""
    return {
        name: {
            "title": name.replace("_", " ").capitalize(),
            "needs_photo": recipe.takes_photo == "needed",
            "needs_paintings": recipe.takes_paintings == "needed",
            "paintings": None if recipe.takes_paintings == "never" else recipe.paintings,
            "fields": paint_form(name),
        }
        for name, recipe in painting().items()
    }


def see_form() -> list[dict[str, Any]]:
    """The fields of `DetectOptions`, the three that the page shows first at the front."""
    fields = {field.name: field for field in described(DetectOptions)}
    return [_field(fields[name], text, name in ("signal", "components")) for name, text in SEE_HELP.items()]


def paint_form(recipe: str) -> list[dict[str, Any]]:
    """The fields of a recipe's options, those that matter first."""
    asked = [field for field in described(recipes.get(recipe).options) if field.hint.page]
    ordered = sorted(asked, key=lambda field: field.hint.rank or math.inf)
    return [_field(field, field.text, field.hint.rank > 0) for field in ordered]


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
    offered = painting()
    if recipe not in offered:
        raise EyecandyError(f"unknown recipe {recipe!r:.80}; expected one of {', '.join(offered)}")
    region = given.get("region") or ""
    if not isinstance(region, str):
        raise EyecandyError(f"region must be a text, got {region!r:.80}")
    knobs = _knobs({name: value for name, value in given.items() if name != "region"}, paint_form(recipe))
    if region:
        knobs["region"] = region
    options = offered[recipe].options
    names = [field.name for field in dataclasses.fields(options)]
    knobs = dict(sorted(knobs.items(), key=lambda item: names.index(item[0])))
    options.of(knobs)
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


def _field(field: Described, text: str, main: bool) -> dict[str, Any]:
    return {
        "name": field.name,
        "label": field.name.replace("_", " ").capitalize(),
        "kind": _kind(field),
        "default": field.default,
        "help": f"{text[0].upper()}{text[1:]}.",
        "main": main,
        "choices": list(field.hint.choices),
        "range": None if field.hint.slider is None else list(field.hint.slider),
    }


def _kind(field: Described) -> str:
    if field.hint.choices:
        return "choice"
    if field.hint.picture:
        return "picture"
    kinds = set(get_args(field.kind)) or {field.kind}
    if set(get_args(Weighted)) <= kinds:
        return "layers"
    return next((kind.__name__ for kind in (bool, float, int) if kinds <= {kind, type(None)}), "text")


def _knobs(given: Mapping[str, Any], form: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
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
