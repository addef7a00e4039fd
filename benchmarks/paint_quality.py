"""How good paintings are: every bar, with what versions before 0.3 gave where they could do it, and what is given now.

    python -m benchmarks.paint_quality PHOTOS --painting a.jpg --painting b.jpg --judge model.keras

What of the styles stays and comes is asked of PHOTOS (see `benchmarks.paint.styles`, whose options these are); all
else is of the samples. `--only styles` and the like ask for some parts; each is a module of `benchmarks.paint`.
"""

import argparse
import itertools
from collections.abc import Callable, Iterable, Iterator

from benchmarks.paint import classes, clips, large, reconstruct, regions, styles, zoom

Figures = Iterable[tuple[str, str, float | None, float]]
"""What is measured, the bar, how it was, how it is."""


def now(rows: Iterable[tuple[str, object, float]]) -> Figures:
    """Of what there was not before."""
    return ((name, str(bar), None, figure) for name, bar, figure in rows)


def before_and_now(rows: Callable[[bool], Iterable[tuple[str, object, float]]]) -> Figures:
    """Of a function that gives the old figures for True."""
    return (
        (name, str(bar), was, figure) for (_, _, was), (name, bar, figure) in zip(rows(True), rows(False), strict=True)
    )


def styled(told: argparse.Namespace) -> Figures:
    """Of styles, on photos of one's own."""
    found = styles.rows(*styles.chosen(told), few=told.few, each=told.each)
    return ((row.name, row.bar, row.old, row.new) for row in found)


PARTS: dict[str, Callable[[argparse.Namespace], Figures]] = {
    "styles": styled,
    "zoom": lambda _: now(zoom.rows()),
    "classes": lambda _: before_and_now(classes.rows),
    "reconstruct": lambda _: before_and_now(reconstruct.rows),
    "regions": lambda _: now(regions.rows()),
    "clips": lambda _: now(clips.rows()),
    "large": lambda _: now(large.rows()),
}


def lines(told: argparse.Namespace) -> Iterator[str]:
    """The table, line by line, as figures come."""
    yield f"{'':66} {'bar':>16} {'old':>9} {'new':>9}"
    for name, bar, old, new in itertools.chain.from_iterable(PARTS[part](told) for part in told.only or PARTS):
        yield f"{name:66} {bar:>16} {'-' if old is None else format(old, '9.3f'):>9} {new:9.3f}"


def main() -> None:
    parser = styles.parser()
    parser.description = __doc__
    parser.add_argument("--only", choices=list(PARTS), action="append")
    for line in lines(parser.parse_args()):
        print(line, flush=True)


if __name__ == "__main__":
    main()
