"""Many photos together: means, and how far they may be trusted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from eyecandy.detection.faithfulness.measure import Measure, Total, rounded
from eyecandy.detection.faithfulness.numbers import Row
from eyecandy.detection.faithfulness.trust import Trust, totals
from eyecandy.detection.faithfulness.truth.objects import Truth

if TYPE_CHECKING:
    from eyecandy._matplotlib import Figure

RESAMPLES = 2000
OF_TOTALS = 200  # each draws up a whole table anew
SURE = 0.95


@dataclass(frozen=True)
class Summary:
    """Many photos together.

    Attributes:
        photos: how many.
        rows: one for each number of the measures that were taken.
        totals: by the names of measures, what they say of all photos together.
    """

    photos: int
    rows: tuple[Row, ...]
    totals: Mapping[str, Total]

    def figure(self) -> "Figure":
        """The rows: every object a dot, the mean and its interval, and what it is."""
        from eyecandy.detection.faithfulness.figure import summary_figure

        return summary_figure(self.rows, self.photos)

    def as_dict(self) -> dict[str, Any]:
        """All of it, ready for `json.dumps`."""
        return {
            "summary": {row.name: row.as_dict() for row in self.rows},
            "totals": {name: {**rounded(total.values), **total.details} for name, total in self.totals.items()},
        }


def summary(photos: Sequence[Trust], truth: Truth | None, seed: int) -> Summary:
    """All photos together.

    Args:
        photos: what came of each.
        truth: what is really there, if anybody said.
        seed: of the bootstrap.
    """
    overall = totals(photos, truth)
    rows = []
    for measure in photos[0].taken if photos else ():
        total = overall.get(measure.name)
        drawn = _drawn(measure, photos, truth, seed) if total is not None and measure.redrawn else []
        for name, sentence in measure.rows.items():
            values = [[item.values[name] for item in photo.objects if name in item.values] for photo in photos]
            if any(values):
                every = tuple(value for each in values for value in each)
                low, high = interval(values, seed)
                rows.append(Row(name, sentence, float(np.mean(every)), low, high, len(every), every))
            elif total is not None and name in total.values:
                several = [each.values[name] for each in drawn if name in each.values]
                low, high = _middle(several) if several else (None, None)
                rows.append(Row(name, sentence, total.values[name], low, high, len(photos)))
    return Summary(len(photos), tuple(rows), overall)


def _drawn(measure: Measure, photos: Sequence[Trust], truth: Truth | None, seed: int) -> list[Total]:
    """The totals of photos drawn with replacement, again and again."""
    if measure.total is None or truth is None or len(photos) < 2:
        return []
    parts = [photo.parts[measure.name] for photo in photos]
    draws = np.random.default_rng(seed).integers(0, len(parts), (OF_TOTALS, len(parts)))
    return [measure.total([parts[i] for i in each], truth) for each in draws.tolist()]


def interval(values: Sequence[Sequence[float]], seed: int) -> tuple[float, float] | tuple[None, None]:
    """The 95 % interval of the mean of all values, by bootstrap.

    Photos are drawn, each with all its objects, since these are not independent.

    Args:
        values: of each photo, those of its objects.
        seed: of the draws.

    Returns:
        The interval; None twice where fewer than two photos have values, since one says nothing of others.
    """
    if sum(map(bool, values)) < 2:
        return None, None
    sums = np.array([[sum(each), len(each)] for each in values], float)
    drawn = np.random.default_rng(seed).integers(0, len(sums), (RESAMPLES, len(sums)))
    means = sums[drawn].sum(1)
    means = means[means[:, 1] > 0]  # photos without objects may be drawn alone
    return _middle(means[:, 0] / means[:, 1])


def _middle(values: Sequence[float] | np.ndarray) -> tuple[float, float]:
    low, high = np.quantile(values, [(1 - SURE) / 2, (1 + SURE) / 2])
    return float(low), float(high)
