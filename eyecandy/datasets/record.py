"""How the results of a data set are made: written first, and compared before a later run adds to them."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from eyecandy._tensorflow import keras, tf
from eyecandy._version import __version__
from eyecandy.backbone.model import Backbone
from eyecandy.datasets.journal import FOLDER
from eyecandy.datasets.store import Store
from eyecandy.detection.export.folders import MARKER
from eyecandy.detection.options import DetectOptions
from eyecandy.errors import EyecandyError

LAYOUT = 1
"""The version of the layout of a results folder."""

_REMARKS = ("tensorflow", "keras")  # for the reader; they do not decide whether results belong together


def record(root: Path, backbone: Backbone, options: DetectOptions) -> dict[str, Any]:
    """What all results in one folder have in common, ready for `json.dumps`."""
    identity = dict(backbone.identity)
    return {
        "layout": LAYOUT,
        "eyecandy": __version__,
        "photos": str(root),
        "backbone": identity.pop("name"),
        **identity,
        "options": asdict(options),
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
    }


def begin(store: Store, made: dict[str, Any]) -> None:
    """Writes the record into an empty folder, or makes sure that the one that lies there says the same.

    Raises:
        EyecandyError: the folder holds something else, or results of another version, of other photos, of another
            network or with other options; the message says what differs.
    """
    store.sweep("")
    store.sweep(FOLDER)
    if not store.holds(MARKER):
        store.refuse_other_files(MARKER)
        with store.replace(MARKER) as file:
            file.write((json.dumps(made, indent=1) + "\n").encode("ascii"))
        return
    with store.read(MARKER) as file:
        held = _parsed(file.read())
    name = repr(store.address)
    if "layout" not in held:
        raise EyecandyError(f"{name} holds no results of many photos, though it has a {MARKER}; choose another folder")
    differences = [
        f"{what} {_shown(there)} there, {_shown(now)} now" for what, there, now in _pairs(held, made) if there != now
    ]
    if differences:
        raise EyecandyError(
            f"{name} holds results made differently: {'; '.join(differences)}; "
            "run with what is there, or choose another folder"
        )


def _parsed(content: bytes) -> dict[str, Any]:
    try:
        held = json.loads(content)
    except ValueError:
        return {}
    return held if isinstance(held, dict) else {}


def _pairs(held: dict[str, Any], made: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    """(what, its value there, its value now) for everything that must agree."""
    options, wanted = held.get("options", {}), made["options"]
    plain = [(key, held.get(key), value) for key, value in made.items() if key not in ("options", *_REMARKS)]
    return plain + [(key, options.get(key), value) for key, value in wanted.items()]


def _shown(value: object) -> str:
    return "unset" if value is None else str(value)
