"""Where a picture is cut into tiles: each owns a rectangle of positions, and is seen with a halo about it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from eyecandy.art.core.scales import Size
from eyecandy.backbone.layers import CLASS_MAP
from eyecandy.backbone.model import Backbone
from eyecandy.errors import EyecandyError


@dataclass(frozen=True)
class Span:
    """One tile along one axis, in pixels.

    Attributes:
        origin: where what is looked at begins.
        begin, end: what of it the tile owns; the spans of an axis own each pixel once.
        last: whether it reaches the end of the axis.
    """

    origin: int
    begin: int
    end: int
    last: bool

    def positions(self, stride: int, count: int, border: int) -> tuple[int, int]:
        """The positions that are owned, from and to, counted from the tile's origin.

        Args:
            stride: pixels a position.
            count: positions of the whole picture along the axis.
            border: pixels at either end of the axis whose positions nobody owns.
        """
        first, end = self.begin // stride, count if self.last else self.end // stride
        first, end = max(first, border // stride), min(end, count - border // stride)
        origin = self.origin // stride
        return first - origin, max(first, end) - origin


@dataclass(frozen=True)
class Tile:
    """One tile of a picture: a span down and one across."""

    down: Span
    across: Span

    def positions(self, stride: int, counts: tuple[int, int], border: int) -> tuple[int, int, int, int]:
        """`Span.positions` down and across: top, bottom, left and right."""
        down, across = counts
        return *self.down.positions(stride, down, border), *self.across.positions(stride, across, border)


@dataclass(frozen=True)
class Grid:
    """How a picture is cut.

    Attributes:
        size: (width, height) of the picture.
        tile: (width, height) of each tile, with its halo; no larger than the picture.
        halo: pixels about what a tile owns, except at the picture's edge.
        step: all origins and borders are multiples of it, so that a network's strides fall alike in every tile.
    """

    size: Size
    tile: Size
    halo: int
    step: int

    @classmethod
    def of(cls, size: Size, side: int | Size, halo: int, step: int) -> "Grid":
        """The grid of tiles of at most `side` pixels.

        Args:
            side: across and down alike, or (width, height).
            halo: rounded up to a multiple of `step`.

        Raises:
            EyecandyError: the halo leaves nothing of a tile.
        """
        halo = rounded_up(halo, step)
        sides = (side, side) if isinstance(side, int) else side
        needed = min(2 * halo + 2 * step, max(size))
        if any(own < min(needed, length) for own, length in zip(sides, size, strict=True)):
            raise EyecandyError(
                f"a tile of {min(sides)} pixels is too small for what the layers see about a place, {halo} pixels a "
                f"side; expected at least {2 * halo + 2 * step}"
            )
        width, height = (_even(length, own, halo, step) for length, own in zip(size, sides, strict=True))
        return cls(size, (width, height), halo, step)

    def part(self, tile: Tile) -> tuple[slice, slice]:
        """The rows and columns of the picture that are looked at for a tile."""
        width, height = self.tile
        y, x = tile.down.origin, tile.across.origin
        return slice(y, y + height), slice(x, x + width)

    @property
    def area(self) -> int:
        """Pixels of a tile."""
        return self.tile[0] * self.tile[1]

    def tiles(self, draw: int) -> Iterator[Tile]:
        """The tiles; another draw moves their borders, as far as the tiles overlap more than they must."""
        width, height = self.size
        for down in self._spans(height, self.tile[1], draw):
            for across in self._spans(width, self.tile[0], draw):
                yield Tile(down, across)

    def _spans(self, length: int, tile: int, draw: int) -> Iterator[Span]:
        if tile == length:
            yield Span(0, 0, length, True)
            return
        first, more, last = _owned(length, tile, self.halo, self.step)
        count = max(0, -(-(last - first) // more))  # tiles that reach neither end
        slack = (first + count * more - last) // self.step
        begin, end = 0, first - draw % (slack + 1) * self.step
        for _ in range(count + 1):
            yield Span(max(begin - self.halo, 0), begin, end, False)
            begin, end = end, end + more
        yield Span(length - tile, begin, length, True)


def _owned(length: int, tile: int, halo: int, step: int) -> tuple[int, int, int]:
    """To where the first tile of an axis may own it, how much one in the middle may, and from where the last may."""
    return (tile - halo) // step * step, (tile - 2 * halo) // step * step, length - tile + halo


def _even(length: int, side: int, halo: int, step: int) -> int:
    """The smallest tile of at most `side` with which as many are enough as with `side`, and two steps more.

    Its length leaves the same remainder as the picture's: a stride takes an even number of pixels otherwise than an odd
    one, and so all tiles are seen as the picture is.
    """
    if length <= side:
        return length
    largest = length - rounded_up(length - side, step)
    first, more, last = _owned(length, largest, halo, step)
    count = 2 + max(0, -(-(last - first) // more))
    return min(largest, _share(length, count, halo, step))


def _share(length: int, count: int, halo: int, step: int) -> int:
    """The length of so many tiles along an axis, which then need not be pushed together to the last pixel."""
    even = -(-(length + (2 * count - 2) * halo) // count) + 2 * step
    return length if count == 1 else min(length, length - (length - even) // step * step)


def rounded_up(length: int, step: int) -> int:
    """The next multiple of a step."""
    return -(-length // step) * step


@dataclass(frozen=True)
class Least:
    """What an objective demands of tiles.

    Attributes:
        step: pixels; see `Grid`.
        halo: pixels about what a tile owns, so that nothing is cut off that a position can see.
    """

    step: int
    halo: int

    @property
    def side(self) -> int:
        """The smallest tile, in pixels."""
        return 2 * self.halo + 2 * self.step


_STRIPS = 4096  # more make no picture that anyone waits for


def largest(size: Size, area: float, demanded: Least) -> Size:
    """(width, height) of the tiles of at most so many pixels in which the fewest pixels are looked at in all.

    Few and large ones, and strips where they are what fits; the smallest there are where nothing does.
    """
    halo, step = demanded.halo, demanded.step
    smallest = (min(demanded.side, size[0]), min(demanded.side, size[1]))
    found, fewest = smallest, float("inf")
    for across in range(1, min(_STRIPS, max(2, size[0] // (2 * step)))):
        width = _share(size[0], across, halo, step)
        inner = area / width - 2 * halo - 3 * step  # what a tile of the height that is left owns at least
        down = 1 if size[1] * width <= area else -(-(size[1] - 2 * halo) // max(inner, 1))
        height = _share(size[1], int(down), halo, step)
        looked_at = across * down * width * height
        if width < smallest[0]:
            break
        if height >= smallest[1] and width * height <= area and looked_at < fewest:
            found, fewest = (width, height), looked_at
    return found


def least(backbone: Backbone, names: Iterable[str]) -> Least | None:
    """What tiles must have in which these maps are seen as in the whole; None if one sees the whole picture.

    Args:
        names: full layer names; "class_map" is the logits'.
    """
    names = list(names)
    reach = backbone.reach(names)
    if reach is None:
        return None
    step = max((backbone.stride if n == CLASS_MAP else backbone.layer(n).stride for n in names), default=1)
    return Least(step, rounded_up(reach, step))
