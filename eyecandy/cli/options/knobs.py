"""The options of a command: a dataclass says which there are, what they do, and their defaults.

So the command line and the API cannot disagree. Only options that were given go on to the API.
"""

import dataclasses
import functools
import inspect
import types
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import typer

from eyecandy.arguments import Described, described
from eyecandy.art.core.options import Options
from eyecandy.art.core.weighted import Weighted
from eyecandy.cli.options.config import NAME, SHARED
from eyecandy.errors import EyecandyError, OptionError
from eyecandy.workflows.command import Knobs, flag, reason

_PICTURE = "The picture and how it is made"
_UNIONS = (Union, types.UnionType)
_COMMON = frozenset(field.name for field in dataclasses.fields(Options))


def with_options(
    options: type[Any] | None, *groups: type, panel: str | None = None, **named: type
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Makes a command of a function whose last parameters are `knobs`, then one for each group.

    Args:
        options: a dataclass whose fields become options; those that were given arrive as `knobs`, checked. Where it
            is None, the function has no `knobs`.
        groups: dataclasses whose fields are described, or annotated for Typer; each arrives as an object of its class,
            under its name in lower case,
        named: or under a name of its own.
        panel: the heading in the help under which the options stand that not all recipes have.
    """
    parts = {group.__name__.lower(): group for group in groups} | named

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        signature = inspect.signature(command, eval_str=True).parameters
        own = [
            parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
            for parameter in signature.values()
            if parameter.name not in ("knobs", "context", *parts)
        ]
        asked = [] if options is None else [field for field in described(options) if field.hint.command]
        common = _COMMON if options is not None and issubclass(options, Options) else frozenset()

        @functools.wraps(command)
        def wrapped(context: typer.Context, **values: Any) -> None:
            arguments = {parameter.name: values[parameter.name] for parameter in own}
            if options is not None:
                arguments["knobs"] = {field.name: values[field.name] for field in asked if given(context, field.name)}
                _check(context, options, arguments["knobs"])  # what is wrong is said before anything heavy is started
            for name, group in parts.items():
                arguments[name] = group(**{field.name: values[field.name] for field in dataclasses.fields(group)})
            if "context" in signature:
                arguments["context"] = context
            command(**arguments)

        parameters = [
            inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context),
            *own,
            *(_parameter(field, panel) for field in asked if field.name not in common),
            *(_parameter(field, _PICTURE) for field in asked if field.name in common),
            *(parameter for group in parts.values() for parameter in _of_group(group)),
        ]
        wrapped.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        wrapped.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        return wrapped

    return decorate


def given(context: typer.Context, name: str) -> bool:
    """Whether an option was given, on the command line or in a file of defaults, and is not eyecandy's own default."""
    return _source(context, name) in ("COMMANDLINE", "DEFAULT_MAP")


def _source(context: typer.Context, name: str) -> str | None:
    source = context.get_parameter_source(name)
    return None if source is None else source.name


def _check(context: typer.Context, options: type[Any], knobs: Knobs) -> None:
    """Raises OptionError as the options do; where a default of one's own is to blame, the message says so."""
    try:
        options(**knobs)
    except OptionError as error:
        if not any(_source(context, name) == "DEFAULT_MAP" for name in error.options):
            raise
        raise EyecandyError(f"{reason(error)}; {NAME} or {SHARED} says so") from error


def _parameter(field: Described, panel: str | None) -> inspect.Parameter:
    """The parameter that Typer makes an option of. `style_layers`, names with weights, is --style-layer, once for
    each."""
    named, hint, spelled = _named(field.kind), field.hint, flag(field.name)
    several = named or hint.several
    flags = hint.flags or ((spelled, f"{spelled}s") if named else (spelled,))
    text = field.text
    if not hint.sentence:
        text = f"{text[0].upper()}{text[1:]}{'; may come again' if several else ''}."
    metavar = "NAME[:WEIGHT]" if named else hint.metavar or "|".join(hint.choices) or None
    if hint.argument:
        option = typer.Argument(metavar=metavar, help=text)
    else:
        option = typer.Option(*flags, metavar=metavar, help=text, rich_help_panel=hint.panel or panel)
    default = ",".join(map(str, field.default)) if isinstance(field.default, tuple) else field.default
    kind: Any = Annotated[list[str] | None if several else _told(field.kind, field.default), option]
    return inspect.Parameter(field.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)


def _told(kind: Any, default: Any) -> Any:
    """How a field's type is told on the command line."""
    kinds = [part for part in get_args(kind) if part is not type(None)] if get_origin(kind) in _UNIONS else [kind]
    plain = kinds[0] if kinds in ([bool], [int], [float], [str], [Path]) else str
    return plain if default is not None else plain | None


def _named(kind: Any) -> bool:
    """Whether it is names with weights."""
    return set(get_args(Weighted)) <= set(get_args(kind))


def _of_group(group: type) -> list[inspect.Parameter]:
    fields = described(group)
    if all(field.text for field in fields):
        return [_parameter(field, None) for field in fields]
    hints = get_type_hints(group, include_extras=True)  # for Typer as they are
    return [
        inspect.Parameter(
            field.name, inspect.Parameter.KEYWORD_ONLY, default=field.default, annotation=hints[field.name]
        )
        for field in fields
    ]
