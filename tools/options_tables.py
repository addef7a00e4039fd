"""A hook of MkDocs: a line `{{ options of module.Class }}` becomes the table of that dataclass's options."""

import importlib
import re
from dataclasses import MISSING, fields
from typing import Any, get_args, get_type_hints

from eyecandy.art.core.options import Options

_LINE = re.compile(r"^\{\{ options of ([\w.]+)\.(\w+) \}\}$", re.MULTILINE)


def on_page_markdown(text: str, **_: Any) -> str:
    """The page with its tables."""
    return _LINE.sub(lambda found: table(getattr(importlib.import_module(found[1]), found[2])), text)


def table(options: type[Any]) -> str:
    """Its own options, with what the command line's help says of them; what all recipes take is left to `Options`."""
    common = {field.name: field.default for field in fields(Options)} if options is not Options else {}
    hints = get_type_hints(options, include_extras=True)
    rows = ["| option | default | what |", "|---|---|---|"]
    for field in fields(options):
        if field.name in common and common[field.name] == field.default:
            continue
        what = str(get_args(hints[field.name])[1]).replace("|", "\\|")
        default = "" if field.default is MISSING else f"`{field.default!r}`"
        rows.append(f"| `{field.name}` | {default} | {what} |")
    return "\n".join(rows)
