"""Formulas: what a picture is to show, said before there is a network to ask, and put together by +, - and *.

    0.2 * channel("block4_conv3", 17) + 0.8 * channel("block4_conv5", 3) - 0.1 * smoothness()

Everything in a formula is made larger, as in Lucid (C. Olah, A. Mordvintsev, L. Schubert, "Feature Visualization",
Distill 2017): what is added is shown, what is subtracted is kept away. A formula is also a line of text, which the
command line takes and a record holds: "0.2*block4_conv3:17 + 0.8*block4_conv5:3 - 0.1*smoothness". Importing this is
instant; `eyecandy.art.core.excite` makes an objective of it.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Union

from eyecandy.arguments import check_integer, check_number, integer_of, number_of, told
from eyecandy.errors import EyecandyError

if TYPE_CHECKING:
    from eyecandy.art.core.objectives import Objective, Term

Position = tuple[float, float]
"""(x, y) in shares of the picture: (0, 0) is its upper left corner, (1, 1) its lower right one."""

MIDDLE: Position = (0.5, 0.5)
VARIETY = 2.0
"""How much pictures of one batch are to differ, by default."""


@dataclass(frozen=True)
class Layer:
    """All channels of a layer, whatever they show: a dream."""

    layer: str

    def __str__(self) -> str:
        return self.layer


@dataclass(frozen=True)
class Channel:
    """All neurons of one feature map."""

    layer: str
    number: int

    def __str__(self) -> str:
        return f"{self.layer}:{self.number}"


@dataclass(frozen=True)
class Neuron:
    """One place of one feature map."""

    layer: str
    number: int
    position: Position = MIDDLE

    def __str__(self) -> str:
        return f"{self.layer}:{self.number}@{self.position[0]:g},{self.position[1]:g}"


@dataclass(frozen=True)
class Direction:
    """A mixture of a layer's channels, by its name."""

    layer: str
    name: str
    vector: tuple[float, ...]

    def __str__(self) -> str:
        return f"{self.layer}:{self.name}"


@dataclass(frozen=True)
class Class:
    """A class of the network, by name, everyday word or number."""

    wanted: str | int

    def __str__(self) -> str:
        return f"class:{self.wanted}"

    @property
    def asked(self) -> str | int:
        """As a network's labels are asked for it; digits are a number."""
        return int(self.wanted) if isinstance(self.wanted, str) and self.wanted.isdecimal() else self.wanted


@dataclass(frozen=True)
class Smoothness:
    """The price of roughness."""

    def __str__(self) -> str:
        return "smoothness"


@dataclass(frozen=True)
class Own:
    """A term of an objective that somebody has written, which stays something to be made smaller; None of a text,
    which cannot hold it."""

    name: str
    term: "Term | None" = field(default=None, compare=False)

    def __str__(self) -> str:
        return f"own:{self.name}"


Aim = Layer | Channel | Neuron | Direction | Class | Smoothness | Own
Summand = Union["Formula", "Objective"]
"""What a formula adds up: formulas, and objectives that somebody has written."""


@dataclass(frozen=True)
class Formula:
    """A weighted sum of aims.

    Attributes:
        parts: weights and aims.
        variety: how much the pictures of a batch are to differ; 0 for as they come.
    """

    parts: tuple[tuple[float, Aim], ...]
    variety: float = 0.0

    def __add__(self, other: Summand) -> "Formula":
        other = _formula(other)
        return Formula(self.parts + other.parts, max(self.variety, other.variety))

    def __radd__(self, other: Any) -> "Formula":
        return self if number_of(other) == 0 else _formula(other) + self  # sum() begins with 0

    def __sub__(self, other: Summand) -> "Formula":
        return self + -_formula(other)

    def __mul__(self, weight: float) -> "Formula":
        factor = number_of(weight)
        if factor is None or not math.isfinite(factor):
            raise EyecandyError(f"an objective is weighed with a finite number, such as 0.5, got {told(weight)}")
        return replace(self, parts=tuple((factor * own, aim) for own, aim in self.parts))

    __rmul__ = __mul__

    def __truediv__(self, divisor: float) -> "Formula":
        if not number_of(divisor):
            raise EyecandyError(f"an objective is divided by a number other than 0, got {told(divisor)}")
        return self * (1 / float(divisor))

    def __neg__(self) -> "Formula":
        return self * -1.0

    def __str__(self) -> str:
        """As `formula` reads it; a variety, which is told apart, is not in it."""
        words = []
        for number, (weight, aim) in enumerate(self.parts):
            sign = "-" if weight < 0 else "+" if number else ""
            factor = "" if abs(weight) == 1 else f"{repr(abs(float(weight))).removesuffix('.0')}*"
            words.append(f"{sign}{' ' if number else ''}{factor}{aim}")
        return " ".join(words)

    @property
    def aims(self) -> Iterator[Aim]:
        """Without their weights."""
        return (aim for _, aim in self.parts)

    @property
    def vectors(self) -> dict[str, tuple[float, ...]]:
        """Of its directions, by their names: what the text does not hold."""
        return {aim.name: aim.vector for aim in self.aims if isinstance(aim, Direction)}


def layer(name: str) -> Formula:
    """Excites a layer: whatever its channels find in the picture, they are to find more of it (DeepDream).

    Args:
        name: or alias, as `eyecandy layers` lists them.

    Returns:
        A formula. Its value is the logarithm of the layer's root mean square: it grows by one when activations grow
        e-fold.

    >>> str(class_logit("tabby") + 4 * layer("block5_conv2"))
    'class:tabby + 4*block5_conv2'
    """
    return _one(Layer(_text("layer", name)))


def channel(layer: str, number: int) -> Formula:
    """Excites a channel: one feature detector, looked for at every place of the picture.

    A layer of a network is a stack of maps. Each map, a channel, is one filter slid over the picture; its numbers say
    how much of its pattern there is at each place. The picture that excites a channel all over is a texture of what
    the filter looks for.

    Args:
        layer: name or alias, as `eyecandy layers` lists them.
        number: of the channel, from 0.

    Returns:
        A formula. Its value is the channel's mean over places, in units of the layer: how strong its channels are, as
        a root mean square, in noise with the spectrum of photos. So weights mean the same for every layer and network.

    Raises:
        EyecandyError: a number below 0; once there is a network, an unknown layer or a channel that it has not.

    >>> str(channel("block4_conv6", 17))
    'block4_conv6:17'
    """
    return _one(Channel(_text("layer", layer), check_integer("channel", number, 0)))


def neuron(layer: str, number: int, position: Position = MIDDLE) -> Formula:
    """Excites a neuron: one channel at one place.

    The picture shows what the filter looks for once, as large as the neuron's receptive field, and nothing beside it.

    Args:
        layer, number: as for `channel`.
        position: (x, y) in shares of the picture, (0, 0) at the upper left; its middle by default.

    Raises:
        EyecandyError: as for `channel`, or a position outside the picture.

    >>> str(neuron("block5_conv3", 3, position=(0.25, 0.5)))
    'block5_conv3:3@0.25,0.5'
    """
    values = [number_of(share) for share in position] if _is_several(position) else []
    if len(values) != 2 or not all(share is not None and 0 <= share <= 1 for share in values):
        raise EyecandyError(f"a position is (x, y) in shares of the picture from 0 to 1, got {told(position)}")
    x, y = (float(share) for share in values if share is not None)
    return _one(Neuron(_text("layer", layer), check_integer("channel", number, 0), (x, y)))


def direction(layer: str, vector: Any, name: str = "direction") -> Formula:
    """Excites a direction: a mixture of a layer's channels, at every place.

    Networks spread what they know over channels; the difference of two pictures' mean features, a component of a PCA,
    or what one place of a photo says may be clearer than any channel by itself.

    Args:
        layer: as for `channel`.
        vector: (C,) numbers, one for each channel; only where it points counts, not its length.
        name: what it is called in captions and records: a name, or a file that ends in .npy.

    Raises:
        EyecandyError: no vector, or one of zeros; once there is a network, one of another length than its channels.

    >>> str(direction("block4_conv3", [1.0, 0.0, -1.0], name="edges"))
    'block4_conv3:edges'
    """
    shape = getattr(vector, "shape", None)
    each = list(vector.numpy() if hasattr(vector, "numpy") else vector) if _is_several(vector) else []
    numbers = [number_of(item) for item in each]
    known = tuple(number for number in numbers if number is not None and math.isfinite(number))
    if not known or len(known) != len(each) or (shape is not None and len(shape) != 1) or not any(known):
        raise EyecandyError(f"a direction is one finite number for each channel, not all 0, got {told(vector)}")
    if not re.fullmatch(_DIRECTION, _text("name", name)):
        raise EyecandyError(f"a direction is called by a name, or by a file that ends in .npy, got {told(name)}")
    return _one(Direction(_text("layer", layer), name, known))


def class_logit(wanted: str | int) -> Formula:
    """Excites what the network calls a class: the logit, before it becomes a probability, at every place.

    A probability can be raised by making all other classes unlikely, and stops pulling as soon as the network is sure.

    Args:
        wanted: a label ("tabby"), an everyday word ("cat": any of its classes) or a class number.

    Raises:
        EyecandyError: once there is a network, no such class.

    >>> str(class_logit("tabby"))
    'class:tabby'
    """
    if isinstance(wanted, str):
        return _one(Class(_text("class", wanted).strip()))
    if integer_of(wanted) is None:
        raise EyecandyError(f"a class is a label, an everyday word or a number, got {told(wanted)}")
    return _one(Class(check_integer("class", wanted, 0)))


def smoothness() -> Formula:
    """The price of roughness, to be subtracted: the mean difference of neighbouring pixels (total variation).

    `- 0.1 * smoothness()` takes grain out of a picture, `- smoothness()` most of what is fine. Adding it would ask for
    grain, and is refused.

    >>> str(channel("block4_conv3", 17) - 0.1 * smoothness())
    'block4_conv3:17 - 0.1*smoothness'
    """
    return _one(Smoothness())


def diverse(objective: Summand | str, variety: float = VARIETY) -> Formula:
    """Asks pictures of one batch to differ: each is to excite the objective in another way.

    What one channel answers to has several faces: a dog's snout and a car's hood may be the same to it, and one picture
    shows the easiest. Here the Gram matrices of the objective's deepest layer, which say what is there and not where,
    are kept from being alike (Lucid's diversity). Give `render` a count of at least 2.

    Args:
        objective: a formula, or its text.
        variety: how much it weighs; at 0 pictures differ only by their seeds.

    Raises:
        EyecandyError: a variety below 0.

    >>> diverse(channel("block4_conv6", 17)).variety
    2.0
    """
    return replace(formula(objective), variety=check_number("variety", variety))


_NAME = r"[A-Za-z_][\w.]*"
_NUMBER = r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_SIGN = re.compile(r"\s+([+-])\s+|^\s*([+-])\s*")
_WEIGHED = re.compile(rf"({_NUMBER})\s*\*\s*(.*)", re.DOTALL)
_DIRECTION = rf"{_NAME}|[^\s:*+]+\.npy"
_OF_LAYER = re.compile(rf"({_NAME}):(?:(\d{{1,9}})(?:@({_NUMBER}),({_NUMBER}))?|({_DIRECTION}))")
_RANGE = re.compile(rf"\s*({_NAME}):(\d{{1,9}})-(\d{{1,9}})\s*")
_MOST = 400
_EXPECTED = "expected such as 'block4_conv6:17', 'class:tabby' or '0.8*block4_conv3:17 - 0.1*smoothness'"


def several(given: "Summand | str | Iterable[Summand | str]") -> list["Formula | str"]:
    """What stands for several formulas, one by one: a list of them, or a text such as "block4_conv6:0-15".

    Raises:
        EyecandyError: a range that ends before it begins, or of more than 400.
    """
    if not isinstance(given, str):
        if isinstance(given, Formula) or not isinstance(given, Iterable):
            return [_formula(given)]
        return [one for each in given for one in several(each)]
    parts = _RANGE.fullmatch(given)
    if parts is None:
        return [given]
    first, last = int(parts[2]), int(parts[3])
    if not first <= last < first + _MOST:
        raise EyecandyError(f"{told(given)} is no range of 1 to {_MOST} channels; write such as block4_conv6:0-15")
    return [f"{parts[1]}:{number}" for number in range(first, last + 1)]


def formula(given: "Summand | str", vectors: Mapping[str, Sequence[float]] | None = None) -> Formula:
    """A formula from its text; a formula, or an objective of one's own, as it is.

    Args:
        given: such as "0.2*block4_conv3:17 + 0.8*block4_conv5:3@0.5,0.5 - 0.1*smoothness"; signs stand between spaces.
        vectors: of the directions that it names.

    Raises:
        EyecandyError: text that is none; the message shows one.
    """
    if not isinstance(given, str):
        return _formula(given)
    pieces = _SIGN.split(given)
    words, signs = pieces[::3], [first or other for first, other in zip(pieces[1::3], pieces[2::3], strict=True)]
    if words[0].strip() or len(words) == 1:
        signs = ["+", *signs]
    else:
        words = words[1:]
    terms = [_term(word.strip(), given, vectors or {}) for word in words]
    return sum((-term if sign == "-" else term for sign, term in zip(signs, terms, strict=True)), Formula(()))


def _term(word: str, whole: str, vectors: Mapping[str, Sequence[float]]) -> Formula:
    weighed = _WEIGHED.fullmatch(word)
    if weighed is not None:
        return float(weighed[1]) * _term(weighed[2], whole, vectors)
    if word == "smoothness":
        return smoothness()
    if word.startswith("class:") and word != "class:":
        return class_logit(word.removeprefix("class:"))
    if re.fullmatch(_NAME, word):
        return layer(word)
    if re.fullmatch(r"own:\w+", word):
        return _one(Own(word.removeprefix("own:")))
    parts = _OF_LAYER.fullmatch(word)
    if parts is None:
        raise EyecandyError(f"{told(whole)} is no objective: {told(word)} stands for nothing; {_EXPECTED}")
    of, number, x, y, name = parts.groups()
    if name is not None:
        if name not in vectors:
            raise EyecandyError(f"{told(whole)} names the direction {name!r}, and no vector of that name was given")
        return direction(of, vectors[name], name)
    return channel(of, int(number)) if x is None else neuron(of, int(number), (float(x), float(y)))


def _one(aim: Aim) -> Formula:
    return Formula(((1.0, aim),))


def _formula(given: Any) -> Formula:
    if isinstance(given, Formula):
        return given
    if hasattr(given, "terms") and hasattr(given, "weighed"):  # an Objective: to ask by its class would take TensorFlow
        named = zip(given.names, given.terms, strict=True)
        return Formula(tuple((weight, Own(re.sub(r"\W+", "_", name), term)) for name, (weight, term) in named))
    raise EyecandyError(f"expected an objective, such as art.channel('block4_conv6', 17), got {told(given)}")


def _is_several(vector: Any) -> bool:
    return hasattr(vector, "__iter__") and not isinstance(vector, str | bytes | Mapping) and vector is not None


def _text(name: str, value: object) -> str:
    value = getattr(value, "name", value)  # a Layer stands for its name
    if not isinstance(value, str) or not value.strip():
        raise EyecandyError(f"{name} must be a name, got {told(value)}")
    return str(value)
