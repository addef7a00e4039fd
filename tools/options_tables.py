"""A hook of MkDocs: tables of options, and a section for each recipe.

A line `{{ options of module.Class }}` becomes the table of that dataclass's options, and `{{ recipes }}` all recipes.
"""

import importlib
import re
from typing import Any

from eyecandy.arguments import described
from eyecandy.art import recipes
from eyecandy.art.core.options import Options

_LINE = re.compile(r"^\{\{ options of ([\w.]+)\.(\w+) \}\}$", re.MULTILINE)
_RECIPES = "{{ recipes }}"


def on_page_markdown(text: str, **_: Any) -> str:
    """The page with its tables."""
    if _RECIPES in text:
        text = text.replace(_RECIPES, "\n\n".join(section(recipes.get(name)) for name in recipes.names()))
    return _LINE.sub(lambda found: table(getattr(importlib.import_module(found[1]), found[2])), text)


def section(recipe: recipes.Recipe) -> str:
    """A recipe's function and its options."""
    name = recipe.name
    return (
        f"::: {recipe.make.__module__}.{name}\n    options: {{heading: eyecandy.{name}}}\n\n"
        f"Options of `{name}`, beside [those of every recipe](#options-of-every-recipe):\n\n{table(recipe.options)}"
    )


def table(options: type[Any]) -> str:
    """Its own options, with what the command line's help says of them; what all recipes take is left to `Options`."""
    common = {field.name: field.default for field in described(Options)} if options is not Options else {}
    rows = ["| option | default | what |", "|---|---|---|"]
    for field in described(options):
        if field.name in common and common[field.name] == field.default:
            continue
        what = field.text.replace("|", "\\|")
        rows.append(f"| `{field.name}` | `{field.default!r}` | {what} |")
    return "\n".join(rows)
