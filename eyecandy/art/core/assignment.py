"""What is said of regions and paintings in a line of text: "cat=ink.jpg", "painting.jpg@tree:0.5"."""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from eyecandy.arguments import told
from eyecandy.art.core.weighted import split_weight
from eyecandy.errors import EyecandyError, OptionError

REST = "rest"
"""The region of all that no other region takes."""

_FILE = re.compile(r".*\.\w{3,4}", re.DOTALL)


def is_file_name(text: str) -> bool:
    """Whether text reads as a file's name, with a suffix."""
    return _FILE.fullmatch(text) is not None


def assigned(region: Any) -> list[tuple[Any, Any]] | None:
    """Regions, each with the paintings that it takes; None where no painting is named.

    Args:
        region: as an option: "cat=ink.jpg" or several of these, {"cat": "ink.jpg"}, or pairs of a region and paintings.
            Anything else is a region.

    Raises:
        EyecandyError: a region without paintings beside others that have some, or the same one twice.

    >>> assigned(["cat=ink.jpg", "rest=flow.jpg"])
    [('cat', 'ink.jpg'), ('rest', 'flow.jpg')]
    """
    several = list(region.items()) if isinstance(region, Mapping) else [region] if isinstance(region, str) else region
    if not isinstance(several, list | tuple) or not all(isinstance(one, str) or _is_pair(one) for one in several):
        return None
    pairs = [_split(one) if isinstance(one, str) else (one[0], one[1]) for one in several]
    if all(paintings is None for _, paintings in pairs):
        return None
    for number, (own, paintings) in enumerate(pairs):
        if own is None or (isinstance(own, str) and not own):
            raise EyecandyError(f"expected a region before '=', such as cat={told(paintings)}; got none")
        if paintings is None or (isinstance(paintings, str | list | tuple | dict) and not paintings):
            raise EyecandyError(f"the region {name_of(own)} has no painting; write it as cat=painting.jpg")
        if any(_same(own, other) for other, _ in pairs[:number]):
            raise EyecandyError(f"the region {name_of(own)} is given twice; give it once, with one style")
    return pairs


def inverse_of(region: Any) -> str | None:
    """What a text such as "not cat" says is not meant; None where it says what is."""
    if not isinstance(region, str) or Path(region).exists():
        return None
    negated, _, rest = region.strip().partition(" ")
    return rest.strip() if negated.lower() == "not" and rest else None


def split_part(text: str) -> tuple[str, str | None]:
    """ "painting.jpg@tree" in two: the file, and the part of it that is meant; a file that exists is left whole.

    Raises:
        EyecandyError: nothing after the "@".
    """
    if "@" not in text or Path(text).exists():
        return text, None
    cuts = [number for number, letter in enumerate(text) if letter == "@"]
    there = (cut for cut in cuts if Path(text[:cut]).is_file())
    named = (cut for cut in cuts if is_file_name(text[:cut]))
    cut = next(there, next(named, None))
    if cut is None:
        return text, None
    path, part = text[:cut], text[cut + 1 :].strip()
    if not part:
        raise EyecandyError(f"expected a part of {path!r} after '@', such as {path}@tree or {path}@mask.png; got none")
    return path, part


def painting_of(text: str) -> tuple[str, str | None, float]:
    """A painting as it is named: its path, its part or None, its weight.

    Raises:
        EyecandyError: as `split_part` and `split_weight`.
    """
    named, weight = split_weight(text)
    return *split_part(named), weight


def check_paintings(region: Any, paintings: Any) -> None:
    """Says where there are no paintings at all, or some beside regions that name their own.

    Raises:
        EyecandyError: then.
    """
    none = paintings is None or (isinstance(paintings, list | tuple) and not paintings)
    if assigned(region) is None:
        if none:
            raise OptionError("expected a painting, or {} for parts of the photo; got none", 'region="cat=ink.jpg"')
    elif not none:
        raise EyecandyError("a painting stands beside regions that name their own; write it as rest=painting.jpg")


def files(region: Any) -> tuple[list[str], list[str]]:
    """The paintings that regions take, and the masks that regions and parts of paintings may be, as paths."""
    paintings, masks = [], []
    pairs = assigned(region)
    for own in [own for own, _ in pairs] if pairs is not None else region if isinstance(region, list) else [region]:
        if isinstance(own, str | os.PathLike):
            masks.append(inverse_of(os.fspath(own)) or os.fspath(own))
    for _, taken in pairs or ():
        for text in _texts(taken):
            path, part, _ = painting_of(text)
            paintings.append(path)
            if part is not None:
                masks.append(inverse_of(part) or part)
    return paintings, masks


def name_of(region: Any) -> str:
    """How a region is called where it is spoken of."""
    return repr(region) if isinstance(region, str) else f"of a {type(region).__name__}"


def _texts(paintings: Any) -> Iterator[str]:
    if isinstance(paintings, str | os.PathLike):
        yield os.fspath(paintings)
    elif isinstance(paintings, Mapping | list | tuple):
        for each in paintings:
            yield from _texts(each)


def _split(text: str) -> tuple[str, str | None]:
    cuts = [number for number, letter in enumerate(text) if letter == "="]
    if not cuts or Path(text).exists():
        return text, None
    there = (cut for cut in cuts if Path(painting_of(text[cut + 1 :])[0]).is_file())
    cut = cuts[0] if len(cuts) == 1 else next(there, cuts[0])
    return text[:cut].strip(), text[cut + 1 :].strip()


def _is_pair(one: Any) -> bool:
    return isinstance(one, list | tuple) and len(one) == 2


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        if is_file_name(one):
            return one == other
        return " ".join(one.split()).lower() == " ".join(other.split()).lower()
    return one is other
