"""Defaults of one's own: `eyecandy.toml`, or `[tool.eyecandy]` in `pyproject.toml`, a section for each command.

    [detect]
    size = 640

    [style]
    strength = 0.7
    style-layer = ["block1_conv2", "block3_conv1:0.5"]

What is given on the command line wins over it. Importing this module is instant.
"""

import difflib
import inspect
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Protocol, cast, get_args, get_origin

from eyecandy.errors import EyecandyError

NAME, SHARED = "eyecandy.toml", "pyproject.toml"

_KINDS: Mapping[type, tuple[tuple[type, ...], str]] = {
    bool: ((bool,), "true or false"),
    int: ((int,), "a whole number"),
    float: ((int, float), "a number"),
    Path: ((str,), "a path in quotes"),
    str: ((str,), "text in quotes"),
}
"""By the type of an option: what TOML may hold for it, and how that is called."""


class _Parameter(Protocol):
    """The little of Click's options that is needed here; Typer may carry a Click of its own."""

    name: str | None
    opts: list[str]
    param_type_name: str
    multiple: bool


class _Command(Protocol):
    """Likewise of Click's commands and groups."""

    params: list[_Parameter]
    callback: Callable[..., Any]


def defaults(group: object, folder: Path | None = None) -> dict[str, Any]:
    """The defaults that the nearest file sets, as Click's `default_map` takes them.

    Args:
        group: Click's group of all commands.
        folder: where the search begins, to go on in the folders above it; the current one by default. The first
            folder that holds such a file has the only say; `eyecandy.toml` goes before `pyproject.toml`.

    Returns:
        {"detect": {"size": 640}, ...}, by the parameters' own names; empty where there is no such file.

    Raises:
        EyecandyError: the file is no TOML, or holds a section, a key or a type of value that there is no place for.
    """
    found = _nearest(Path.cwd() if folder is None else folder)
    if found is None:
        return {}
    path, sections = found
    return _group(path, "", sections, cast(Any, group).commands)


def _nearest(folder: Path) -> tuple[Path, dict[str, Any]] | None:
    for place in (folder, *folder.parents):
        own, shared = place / NAME, place / SHARED
        if own.is_file():
            return own, _parsed(own, _text(own))
        if shared.is_file():
            text = _text(shared)
            # somebody else's file is not parsed without need: it may be large, or damaged
            section = _parsed(shared, text).get("tool", {}).get("eyecandy") if "eyecandy" in text else None
            if section is not None:
                return shared, section
    return None


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8"
        raise EyecandyError(f"the defaults in {_told(path)} cannot be read: {reason}") from error


def _parsed(path: Path, text: str) -> dict[str, Any]:
    import tomllib  # here: most folders hold no such file

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise EyecandyError(f"{_told(path)} is no TOML: {error}") from error


def _group(path: Path, above: str, sections: Any, commands: Mapping[str, _Command]) -> dict[str, Any]:
    """The sections of a group's commands; those of a group inside it are `[weights.fetch]`."""
    if not isinstance(sections, dict):
        raise EyecandyError(f"{_told(path)}: [{above}] holds {_value(sections)}; expected a section for each command")
    made = {}
    for name, section in sections.items():
        if name not in commands:
            if not isinstance(section, dict):
                raise EyecandyError(
                    f"{_told(path)}: {name!r} stands outside a command's section; write it below one, such as [detect]"
                )
            raise EyecandyError(f"{_told(path)}: there is no command [{above}{name}]; {_near(name, commands)}")
        command = commands[name]
        if hasattr(command, "commands"):
            made[name] = _group(path, f"{above}{name}.", section, cast(Any, command).commands)
        else:
            made[name] = _section(path, f"{above}{name}", section, command)
    return made


def _section(path: Path, name: str, section: Any, command: _Command) -> dict[str, Any]:
    if not isinstance(section, dict):
        raise EyecandyError(f"{_told(path)}: {name!r} is {_value(section)}; expected a section [{name}]")
    options = {
        spelling: parameter
        for parameter in command.params
        if parameter.param_type_name == "option" and parameter.name != "help"
        for spelling in _spellings(parameter)
    }
    annotations = inspect.signature(command.callback).parameters
    made: dict[str, Any] = {}
    for key, value in section.items():
        parameter = options.get(_plain(key))
        if parameter is None or parameter.name is None or parameter.name not in annotations:
            shown = sorted({_flag(each) for each in options.values()})
            raise EyecandyError(f"{_told(path)}: [{name}] has no option {key!r}; {_near(key, shown)}")
        kind = kind_of(annotations[parameter.name].annotation)
        made[parameter.name] = _checked(path, f"{key} of [{name}]", value, kind, several=parameter.multiple)
    return made


def _checked(path: Path, what: str, value: Any, kind: type, *, several: bool) -> Any:
    types, expected = _KINDS[kind]
    values = value if isinstance(value, list) and several else [value]
    for each in values:
        # TOML's true is Python's True, which is an integer
        if not isinstance(each, types) or (isinstance(each, bool) and kind is not bool):
            wanted = f"{expected}, or a list of it" if several else expected
            raise EyecandyError(f"{_told(path)}: {what} must be {wanted}, got {_value(each)}")
    if kind is Path:
        values = [str(path.parent / Path(each).expanduser()) for each in values]
    return values if several else values[0]


def kind_of(annotation: Any) -> type:
    """The type of one value of an option, by the annotation of its parameter."""
    if get_origin(annotation) is Annotated:
        return kind_of(get_args(annotation)[0])
    inner = [part for part in get_args(annotation) if part is not type(None)]
    if inner:  # int | None, list[str]
        return kind_of(inner[0])
    return annotation if annotation in _KINDS else str


def _spellings(parameter: _Parameter) -> set[str]:
    return {_plain(name) for name in (*parameter.opts, parameter.name or "") if len(name.lstrip("-")) > 1}


def _plain(name: str) -> str:
    return name.lstrip("-").replace("-", "_")


def _flag(parameter: _Parameter) -> str:
    return next(name.lstrip("-") for name in parameter.opts if name.startswith("--"))


def _near(name: str, names: Iterable[str]) -> str:
    known = list(names)
    match = difflib.get_close_matches(name.replace("_", "-"), known, n=1)
    if match:
        return f"the nearest is {match[0]!r}"
    return f"expected one of {', '.join(known)}" if known else "it has none"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"a section [{', '.join(value)}]" if isinstance(value, dict) else repr(value)


def _told(path: Path) -> str:
    """The file as it is called from here."""
    try:
        return repr(os.path.relpath(path))
    except ValueError:  # Windows: on another drive
        return repr(str(path))
