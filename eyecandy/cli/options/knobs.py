"""The options of a command: a dataclass says which there are, what they do, and their defaults.

So the command line and the API cannot disagree. Only options that were given go on to the API.
"""

import dataclasses
import functools
import inspect
import types
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import typer

from eyecandy.art.recipes.options import Options, Weighted
from eyecandy.cli.options.config import NAME, SHARED
from eyecandy.detection.options import DECOMPOSITIONS, READINGS, REFINEMENTS
from eyecandy.errors import EyecandyError, OptionError
from eyecandy.workflows.command import Knobs, flag, reason

_PICTURE = "The picture and how it is made"
_METAVARS = {
    "size": "PIXELS",
    "jitter": "PIXELS",
    "margin": "PIXELS",
    "guide": "PICTURE",
    "init": "content|noise|PICTURE",
    "region": "WORD|MASK|BOX",
    "towards": "CLASS",
    "tile": "auto|off|PIXELS",
    "memory": "6GB",
    "canvas": "fourier|pixel",
    "optimizer": "adam|gradient|lbfgs",
    "engine": "local|ray",
    "address": "HOST:PORT",
    "losses": "relative|gatys",
    "kind": "both|content|style",
    "steps": "N,N,...",
    "ratios": "X,X,...",
    "reading": "|".join(READINGS),
    "signal": "NAME",
    "decomposition": "|".join(DECOMPOSITIONS),
    "refine": "|".join(REFINEMENTS),
}
_UNIONS = (Union, types.UnionType)


def with_options(
    options: type[Any] | None, *groups: type, without: Sequence[str] = (), panel: str | None = None
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Makes a command of a function whose last parameters are `knobs`, then one for each group.

    Args:
        options: a dataclass whose fields become options; those that were given arrive as `knobs`, checked. Where it
            is None, the function has no `knobs`.
        groups: dataclasses whose fields are annotated for Typer; each arrives as an object of its class, under its
            name in lower case.
        without: fields that another one makes superfluous on the command line.
        panel: the heading in the help under which the options stand that not all recipes have.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        with_context = "context" in inspect.signature(command).parameters
        taken = {"knobs", *(group.__name__.lower() for group in groups)}
        declared = () if options is None else dataclasses.fields(options)
        own = [
            parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
            for parameter in inspect.signature(command, eval_str=True).parameters.values()
            if parameter.name not in (*taken, "context")
        ]
        fields = {field.name: field for field in declared if field.name not in without}

        @functools.wraps(command)
        def wrapped(context: typer.Context, **values: Any) -> None:
            arguments = {parameter.name: values[parameter.name] for parameter in own}
            if options is not None:
                arguments["knobs"] = {name: values[name] for name in fields if given(context, name)}
                _check(context, options, arguments["knobs"])  # what is wrong is said before anything heavy is started
            objects = {
                group.__name__.lower(): group(**{field.name: values[field.name] for field in dataclasses.fields(group)})
                for group in groups
            }
            if with_context:
                arguments["context"] = context
            command(**arguments, **objects)

        hints = {} if options is None else get_type_hints(options, include_extras=True)
        shown = sorted(fields.values(), key=lambda field: _is_common(options, field.name))
        parameters = [
            inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context),
            *own,
            *(
                _knob(field, hints[field.name], _PICTURE if _is_common(options, field.name) else panel)
                for field in shown
            ),
            *(parameter for group in groups for parameter in _plain(group)),
        ]
        wrapped.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        wrapped.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        return wrapped

    return decorate


def _flags(name: str, kind: Any) -> tuple[str, ...]:
    """What the option of a field is called: `style_layers`, names with weights, is --style-layer, once for each."""
    spelled = flag(name)
    return (spelled, f"{spelled}s") if _named(kind) else (spelled,)


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


def _knob(field: dataclasses.Field[Any], hint: Any, panel: str | None) -> inspect.Parameter:
    kind, text = get_args(hint)[:2]
    option = typer.Option(
        *_flags(field.name, kind),
        metavar="NAME[:WEIGHT]" if _named(kind) else _METAVARS.get(field.name),
        help=f"{text[0].upper()}{text[1:]}{'; may come again' if _named(kind) else ''}.",
        rich_help_panel=panel,
    )
    return inspect.Parameter(
        field.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=",".join(map(str, field.default)) if isinstance(field.default, tuple) else field.default,
        annotation=Annotated[_told(kind, field.default), option],
    )


def _told(kind: Any, default: Any) -> Any:
    """How a field's type is told on the command line."""
    if _named(kind):
        return list[str] | None
    kinds = [part for part in get_args(kind) if part is not type(None)] if get_origin(kind) in _UNIONS else [kind]
    plain = kinds[0] if kinds in ([bool], [int], [float], [str]) else str
    return plain if default is not None else plain | None


def _named(kind: Any) -> bool:
    """Whether it is names with weights."""
    return set(get_args(Weighted)) <= set(get_args(kind))


def _is_common(options: type[Any] | None, name: str) -> bool:
    """Whether all recipes have an option."""
    recipe = options is not None and issubclass(options, Options)
    return recipe and name in {field.name for field in dataclasses.fields(Options)}


def _plain(group: type) -> list[inspect.Parameter]:
    hints = get_type_hints(group, include_extras=True)
    return [
        inspect.Parameter(
            field.name, inspect.Parameter.KEYWORD_ONLY, default=field.default, annotation=hints[field.name]
        )
        for field in dataclasses.fields(group)
    ]
