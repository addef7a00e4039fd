"""What every recipe can be told, and how what is told is checked. Importing it starts nothing heavy."""

import dataclasses
import hashlib
import math
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Self

from eyecandy.arguments import (
    Hint,
    check_integer,
    check_number,
    check_one_of,
    integer_of,
    number_of,
    options_of,
    settle,
    told,
)
from eyecandy.art.core.scales import SMALLEST, Scale, ScaleSchedule, Size
from eyecandy.cluster import check_engine
from eyecandy.errors import OptionError

_LARGE = 1024  # pixels of the longest side, beyond which steps get scarce
_LEAST_SHARE = 0.05  # of the coarsest scale's iterations, for a scale beyond that
DRAFT = 3  # a draft takes one of so many steps
CANVASES = ("fourier", "pixel")
OPTIMIZERS = ("adam", "gradient", "lbfgs")
ELSEWHERE = ("engine", "address")
"""Options that say where a picture is computed and not what it is. No record holds them: it is the same picture
elsewhere, and a cluster may be gone when it is made again."""
_BYTES = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([KMGT])i?B?\s*", re.IGNORECASE)
_PIXELS = re.compile(r"\d{1,18}")
_UNITS = {"K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}


@dataclass(frozen=True, kw_only=True)
class Options:
    """What every recipe can be told.

    One frozen dataclass for each recipe derives from it, where every default stands once. The API takes its fields as
    keywords; the command line and the page ask for them as each is annotated.
    """

    canvases: ClassVar[tuple[str, ...]] = CANVASES

    size: Annotated[int, "longest side of the picture in pixels", Hint(metavar="PIXELS", rank=8)] = 512
    scales: Annotated[int, "sizes that the picture goes through, coarse to fine"] = 2
    iterations: Annotated[int, "steps in all", Hint(rank=9)] = 300
    seed: Annotated[int, "decides every random draw; the same seed gives the same picture"] = 0
    draft: Annotated[bool, "a sketch of half the size, in a third of the steps and from one scale less"] = False
    canvas: Annotated[str, "what is optimised: fourier or pixel", Hint(choices=CANVASES)] = "fourier"
    optimizer: Annotated[str, "what takes the steps: adam, gradient or lbfgs", Hint(choices=OPTIMIZERS)] = "adam"
    rate: Annotated[float, "step size"] = 0.05
    jitter: Annotated[int, "largest random shift before the network looks, in pixels", Hint(metavar="PIXELS")] = 8
    margin: Annotated[
        int,
        "how far the picture is reflected beyond its edge before the network looks, in pixels",
        Hint(metavar="PIXELS"),
    ] = 16
    tile: Annotated[
        str | int,
        "side of the tiles that a large picture is made in, or auto, or off",
        Hint(metavar="auto|off|PIXELS"),
    ] = "auto"
    memory: Annotated[
        str | None, "how much may be used, such as 6GB, before a picture is made in tiles", Hint(metavar="6GB")
    ] = None
    # No page has the server connect to an address, and the region is chosen on the photo.
    engine: Annotated[
        str,
        "who computes tiles: local, this process; or ray, the workers of a Ray cluster",
        Hint(metavar="local|ray", page=False),
    ] = "local"
    address: Annotated[
        str | None,
        "the Ray cluster, HOST:PORT; by default one of this machine's processors",
        Hint(metavar="HOST:PORT", page=False),
    ] = None
    region: Annotated[
        Any,
        "paint only here: a word such as 'cat' or 'not cat', a mask picture, or x0,y0,x1,y1",
        Hint(metavar="WORD|MASK|BOX", page=False),
    ] = None

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Self:
        """Options by keyword.

        Raises:
            EyecandyError: an option that there is none of, or a value out of range.
        """
        return options_of(cls, None, given)

    def __post_init__(self) -> None:
        settle(self)
        check_integer("size", self.size, SMALLEST)
        check_integer("scales", self.scales, 1)
        check_integer("iterations", self.iterations, 1)
        check_integer("seed", self.seed, 0, 2**31 - 1)
        check_integer("jitter", self.jitter, 0)
        check_integer("margin", self.margin, 0)
        check_number("rate", self.rate, positive=True)
        check_one_of("canvas", self.canvas, self.canvases)
        check_tile(self.tile)
        check_bytes("memory", self.memory)
        check_engine(self.engine, self.address)
        if self.engine == "ray" and self.tile == "off":
            raise OptionError("{} leaves no tiles to {}; leave one of them out", 'tile="off"', 'engine="ray"')
        check_one_of("optimizer", self.optimizer, OPTIMIZERS)

    @property
    def tile_side(self) -> str | int:
        """ "auto", "off", or pixels."""
        return check_tile(self.tile)

    @property
    def memory_bytes(self) -> float | None:
        """The memory that may be used; None for as much as there is."""
        return check_bytes("memory", self.memory)

    def final_size(self, size: Size) -> Size:
        """(width, height) of the picture that a photo of this size becomes."""
        from eyecandy.images import fit  # here: it brings NumPy and Pillow, which --help does without

        longest = max(SMALLEST, self.size // 2) if self.draft else self.size
        return fit(size, longest, enlarge=True)

    def schedule(self, size: Size, schedule: ScaleSchedule, *, least: int = 1) -> list[Scale]:
        """The scales of a picture, coarse to fine.

        Beyond 1024 pixels there are more of them (but for one that is one), and few steps at the largest: its large
        forms come from the coarser ones, and a step there costs as much as a hundred at 512 pixels.

        Args:
            size: (width, height) at the end.
            schedule: the recipe's.
            least: the smallest side of a picture that the network sees.

        Raises:
            EyecandyError: the picture is too narrow for the network, or to be reflected by the margin or the jitter.
        """
        from eyecandy.images import fit

        needed = max(least, self.margin + 1, self.jitter - 2 * self.margin + 1)
        if min(size) < needed:
            raise OptionError(
                "the picture would be {own[0]} x {own[1]} pixels, and the network with this {} and {} needs {needed} a "
                "side; raise {} to {enough}",
                "margin",
                "jitter",
                "size",
                own=size,
                needed=needed,
                enough=math.ceil(max(size) * needed / min(size)),
            )
        scales, iterations = self.scales, self.iterations
        if self.draft:
            scales, iterations = max(1, scales - 1), max(1, round(iterations / DRAFT))
        ratio, smallest, fine_share = schedule.ratio, max(schedule.smallest, needed), schedule.fine_share
        more = 0 if scales == 1 else max(0, math.ceil(math.log(max(size) / _LARGE, ratio)))
        sizes = [
            fit(size, round(max(size) / ratio**step))
            for step in reversed(range(scales + more))
            if step == 0 or min(size) / ratio**step >= smallest
        ]
        shares = [
            fine_share**number if max(s) <= _LARGE else max(fine_share**number * _LARGE / max(s), _LEAST_SHARE)
            for number, s in enumerate(sizes)
        ]
        ends = [round(iterations * sum(shares[: n + 1]) / sum(shares)) for n in range(len(sizes))]
        return [Scale(s, end - before) for s, before, end in zip(sizes, [0, *ends[:-1]], ends, strict=True)]

    def record(self) -> dict[str, Any]:
        """The options as JSON can hold them, without `ELSEWHERE`."""
        names = [field.name for field in dataclasses.fields(self) if field.name not in ELSEWHERE]
        return {name: plain(getattr(self, name)) for name in names}


def plain(value: Any) -> Any:
    """A value as JSON can hold it; what is made of pixels, an array or a found object, is known by their hash."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, os.PathLike):
        return str(value)
    number = number_of(value)  # NumPy's
    if number is not None:
        return number
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, Sequence):
        return [plain(item) for item in value]
    return _hashed(value)


def _hashed(value: Any) -> Any:
    import numpy as np  # here: --help does without it

    array = np.asarray(value.mask if hasattr(value, "small_mask") else value)
    if array.dtype == object:  # nothing that is made of numbers
        return type(value).__name__
    digest = hashlib.sha256(f"{array.dtype} {array.shape}".encode())
    digest.update(array.tobytes())
    return {"shape": list(array.shape), "sha256": digest.hexdigest()}


def check_tile(value: object) -> str | int:
    """ "auto", "off" or a number of pixels, also as a string.

    Raises:
        OptionError: it is none of these.
    """
    if isinstance(value, str):
        if value in ("auto", "off"):
            return str(value)
        pixels = int(value) if _PIXELS.fullmatch(value.strip()) else None
    else:
        pixels = integer_of(value)
    if pixels is None or pixels < 1:
        raise OptionError("{} must be auto, off or a number of pixels, got {got}", "tile", got=told(value))
    return pixels


def check_bytes(name: str, value: object) -> float | None:
    """An amount of memory such as "6GB" or "800 MB" in bytes; None for None.

    Raises:
        OptionError: it is no amount of memory.
    """
    if value is None:
        return None
    parts = _BYTES.fullmatch(value) if isinstance(value, str) else None
    amount = 0.0 if parts is None else float(parts[1]) * _UNITS[parts[2].upper()]
    if amount <= 0:
        raise OptionError("{} must be an amount such as 6GB or 800MB, got {got}", name, got=told(value))
    return amount
