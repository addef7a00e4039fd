"""Arguments by what they mean: Python's numbers and NumPy's alike, and one line where something means none.

Everything that takes a number, a name or a path asks here, and `described` says what options a dataclass of them has.
What is meant by a backbone is in `eyecandy.backbone.load`, by a class in `eyecandy.backbone.labels`, by a picture in
`eyecandy.images`, by a region in `eyecandy.art.output.region`. Importing it is instant.
"""

import dataclasses
import difflib
import math
import operator
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from eyecandy.errors import EyecandyError, OptionError

T = TypeVar("T")

_BOOLEANS = ("bool", "bool_")  # Python's and NumPy's, which are numbers to Python and not to whoever writes them


def is_boolean(value: object) -> bool:
    """Whether it is Python's or NumPy's True or False."""
    return type(value).__name__ in _BOOLEANS


def integer_of(value: Any) -> int | None:
    """A whole number as Python's: an int, a NumPy integer, a tensor of one; None for anything else, True among it."""
    if is_boolean(value) or getattr(value, "shape", ()) != () or not hasattr(value, "__index__"):
        return None
    try:
        return operator.index(value)
    except TypeError:  # an array of floats, or of booleans, has the method as well
        return None


def number_of(value: Any) -> float | None:
    """A number as Python's: an int, a float, NumPy's of any width, a tensor of one; None for anything else."""
    if is_boolean(value) or isinstance(value, str | bytes) or getattr(value, "shape", ()) != ():
        return None
    if not hasattr(value, "__float__") or "bool" in str(getattr(value, "dtype", "")):
        return None
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return None


def check_integer(name: str, value: object, least: int, most: int | None = None) -> int:
    """The value as Python's int, if it is a whole number in range.

    Raises:
        OptionError: it is not.
    """
    number = integer_of(value)
    if number is None or number < least or (most is not None and number > most):
        upper = "" if most is None else f" and at most {most}"
        expected = f"a whole number of at least {least}{upper}"
        raise OptionError("{} must be {expected}, got {got}", name, expected=expected, got=told(value))
    return number


def check_number(name: str, value: object, *, most: float = math.inf, positive: bool = False) -> float:
    """The value as Python's float, if it is a finite number from 0 (above 0 with `positive`) to `most`.

    Raises:
        OptionError: it is not.
    """
    number = number_of(value)
    if number is None or not math.isfinite(number) or not 0 <= number <= most or (positive and number == 0):
        lower = "above 0" if positive else "of at least 0"
        upper = "" if most == math.inf else f" and at most {most:g}"
        expected = f"a number {lower}{upper}"
        raise OptionError("{} must be {expected}, got {got}", name, expected=expected, got=told(value))
    return number


def check_one_of(what: str, name: object, names: Sequence[str]) -> str:
    """The name, if it is one of the names.

    Raises:
        OptionError: it is not; the message lists them.
    """
    if not isinstance(name, str) or name not in names:
        raise OptionError("unknown {} {got}; expected one of {known}", what, got=told(name), known=", ".join(names))
    return str(name)


def check_path(name: str, value: object) -> Path:
    """The path of a file or folder, given as text or as a path.

    Raises:
        OptionError: it is neither.
    """
    path = os.fspath(value) if isinstance(value, str | os.PathLike) else None
    if not isinstance(path, str) or "\0" in path:
        raise OptionError("{} must be a path, got {got}", name, got=told(value))
    return Path(path)


def options_of(kind: type[T], options: T | Mapping[str, Any] | None, given: Mapping[str, Any]) -> T:
    """Options, and single ones of them given by keyword, which win.

    Args:
        kind: a dataclass.
        options: all at once, as an object of it or by name; None for its defaults.
        given: by name.

    Raises:
        EyecandyError: an option that there is none of, or a value out of range.
    """
    if isinstance(options, Mapping):
        return options_of(kind, None, {**options, **given})
    if options is not None and not isinstance(options, kind):
        raise OptionError("{} must be {kind}, got {got}", "options", kind=kind.__name__, got=told(options))
    names = [field.name for field in dataclasses.fields(kind)]  # type: ignore[arg-type]
    for name in given:
        if name not in names:
            near = "".join(f"nearest is {match!r}; " for match in difflib.get_close_matches(str(name), names, n=1))
            raise EyecandyError(f"unknown option {name!r}; {near}the options are {', '.join(names)}")
    return kind(**given) if options is None else dataclasses.replace(options, **given)  # type: ignore[type-var]


@dataclass(frozen=True)
class Hint:
    """How an option is asked for; it stands after the option's text: `Annotated[float, "step size", Hint(...)]`.

    Attributes:
        metavar: what the help of the command line shows in the place of a value.
        choices: the names that may be given, of which the page shows a list.
        slider: (least, most, step) of one on the page.
        rank: among the options that the page shows at once, in rising order; 0 for one that is folded away.
        picture: whether it is a picture, of which the page offers its own.
        page, command: whether the page, and the command line, ask for it.
        flags: what it is called on the command line, where its name will not do.
        argument: whether the command line takes it without a flag.
        several: whether it may come again there.
        panel: the heading in the help of the command line under which it stands.
        sentence: its text is a whole sentence, or several, and nothing is added; a default in it is not shown again.
    """

    metavar: str | None = None
    choices: tuple[str, ...] = ()
    slider: tuple[float, float, float] | None = None
    rank: int = 0
    picture: bool = False
    page: bool = True
    command: bool = True
    flags: tuple[str, ...] = ()
    argument: bool = False
    several: bool = False
    panel: str | None = None
    sentence: bool = False


@dataclass(frozen=True)
class Described:
    """One option: its name, type and default, what it does, in a few words, and how it is asked for."""

    name: str
    kind: Any
    default: Any
    text: str
    hint: Hint


@cache
def described(options: Any) -> tuple[Described, ...]:
    """The options that a dataclass of them has, in its order.

    A class that changes the default of an option need not say again what the option does.
    """
    told: dict[str, tuple[Any, ...]] = {}
    for each in reversed(options.__mro__):
        for name, hint in get_type_hints(each, include_extras=True).items() if dataclasses.is_dataclass(each) else ():
            if get_origin(hint) is Annotated:
                told[name] = hint.__metadata__
    kinds = get_type_hints(options)
    found = []
    for field in dataclasses.fields(options):
        said = told.get(field.name, ())
        text = next((one for one in said if isinstance(one, str)), "")
        hint = next((one for one in said if isinstance(one, Hint)), Hint())
        found.append(Described(field.name, kinds[field.name], field.default, text, hint))
    return tuple(found)


def settle(options: Any) -> None:
    """Makes the fields of a frozen dataclass Python's own by their annotations: numbers, True and False, text.

    Ranges are not looked at. A field that may be anything, or several names, is left as it is unless it is a number.

    Raises:
        OptionError: a field is of another kind.
    """
    kind: Any = type(options)
    for name, kinds in _kinds(kind).items():
        value = getattr(options, name)
        if value is None and not kinds.isdisjoint((type(None), Any)):
            continue
        found = _settled(value, kinds)
        if found is None:
            expected = " or ".join(words for kind, words in _WORDS.items() if kind in kinds)
            raise OptionError("{} must be {expected}, got {got}", name, expected=expected, got=told(value))
        object.__setattr__(options, name, found)


_WORDS = {bool: "True or False", int: "a whole number", float: "a number", str: "text"}


def _settled(value: Any, kinds: frozenset[Any]) -> Any:
    """The value as one of these kinds; None where it is of none of them."""
    if bool in kinds and is_boolean(value):
        return bool(value)
    if int in kinds or Any in kinds:
        whole = integer_of(value)
        if whole is not None:
            return whole
    if float in kinds or Any in kinds:
        number = number_of(value)
        if number is not None:
            return value if type(value) is int else number
    if isinstance(value, str) and (str in kinds or Any in kinds):
        return str(value)  # NumPy's has a type of its own
    return value if kinds - {type(None)} - set(_WORDS) else None


@cache
def _kinds(options: type) -> dict[str, frozenset[Any]]:
    """The types that each field may have; a name of several is text."""
    found = {}
    for field in described(options):
        several = get_args(field.kind) if get_origin(field.kind) in (Union, type(int | str)) else (field.kind,)
        found[field.name] = frozenset(str if get_origin(kind) is Literal else kind for kind in several)
    return found


def told(value: Any) -> str:
    """A value as an error shows it, in a line: a number or text as it is written, anything large by its kind."""
    shape = getattr(value, "shape", None)
    if shape == () and hasattr(value, "item"):  # NumPy's, which write their type as well
        return _short(repr(value.item()))
    if value is None or isinstance(value, bool | int | float | str | bytes | os.PathLike):
        return _short(repr(value))
    if isinstance(value, list | tuple | dict | set) and len(value) <= 4:
        return _short(repr(value))
    kind = type(value).__name__
    return f"{kind} of shape {tuple(shape)}" if isinstance(shape, Sequence) else f"a value of type {kind}"


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 60 else flat[:57] + "..."
