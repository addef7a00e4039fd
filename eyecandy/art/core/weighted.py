"""Names with weights, as the recipes take layers and paintings."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from eyecandy.arguments import check_number, told
from eyecandy.errors import EyecandyError

Weighted = str | Sequence[str] | Mapping[str, float]
"""Names with weights: "a", "a:0.7", ["a:0.7", "b"] or {"a": 0.7, "b": 1}."""

_NAME_WEIGHT = re.compile(r"(?P<name>.+):(?P<weight>[^:/\\]*)", re.DOTALL)


def weights(given: Weighted) -> dict[str, float]:
    """Names with weights; a name without one weighs 1.

    Raises:
        EyecandyError: no name at all, a weight that is no number or below 0, or all of them 0.

    >>> weights(["block4_conv3:0.7", "block4_conv1"])
    {'block4_conv3': 0.7, 'block4_conv1': 1.0}
    """
    if isinstance(given, Mapping):
        several = [(_name(name, given), weight) for name, weight in given.items()]
        found = {name: check_number(f"the weight of {name!r}", weight) for name, weight in several}
    else:
        one = isinstance(given, str) or not isinstance(given, Iterable)
        found = dict(split_weight(_name(name, given)) for name in ([given] if one else given))
    if not found or sum(found.values()) == 0:
        raise EyecandyError(f"expected at least one name with a weight above 0, got {told(given)}")
    return found


def _name(name: object, given: object) -> str:
    """A name as text; that of a layer where it is one."""
    named = getattr(name, "name", name)
    if not isinstance(named, str):
        raise EyecandyError(f"expected names, such as 'block4_conv3' or ['block4_conv3:0.7', ...], got {told(given)}")
    return named


def split_weight(text: str) -> tuple[str, float]:
    """ "name:0.7" in two; the name of a file that exists is left whole."""
    match = _NAME_WEIGHT.fullmatch(text)
    if match is None or Path(text).exists():
        return text, 1.0
    try:
        weight = float(match["weight"])
    except ValueError as error:
        raise EyecandyError(f"the weight in {text!r} is no number; write NAME:0.7, or NAME alone for 1") from error
    return match["name"], check_number(f"the weight of {match['name']!r}", weight)


def layer_weights(given: Weighted, names: Sequence[str]) -> dict[str, float]:
    """`weights` under the full names of a backbone's layers.

    Raises:
        EyecandyError: as `weights`, or a layer that the backbone does not have.
    """
    from eyecandy.backbone import layers  # here: with the graphs it brings TensorFlow

    found: dict[str, float] = {}
    for name, weight in weights(given).items():
        full = layers.resolve(name, names)
        found[full] = found.get(full, 0.0) + weight
    return {name: weight for name, weight in found.items() if weight > 0}
