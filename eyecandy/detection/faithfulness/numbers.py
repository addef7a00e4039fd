"""What measures come to: of one object, and a number of many photos."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eyecandy.detection.faithfulness.curves import Curves
from eyecandy.detection.faithfulness.measure import Reading, rounded


@dataclass(frozen=True, eq=False)
class ObjectTrust:
    """What the measures say of one object.

    Attributes:
        name: "dog", or "dog 2" where there are several.
        readings: by the names of the measures.
    """

    name: str
    readings: Mapping[str, Reading]

    @property
    def curves(self) -> Curves:
        """Its insertion and deletion curves; a KeyError where these were not asked for."""
        found = self.readings["insertion-deletion"]
        assert isinstance(found, Curves)
        return found

    @property
    def values(self) -> dict[str, float]:
        """All numbers, by the rows of the measures."""
        return {row: value for reading in self.readings.values() for row, value in reading.values.items()}

    def as_dict(self) -> dict[str, Any]:
        """All readings, ready for `json.dumps`, each under the name of its measure."""
        return {"name": self.name, **{name: reading.as_dict() for name, reading in self.readings.items()}}


@dataclass(frozen=True)
class Row:
    """One number of many photos.

    Attributes:
        name: of it.
        sentence: what it is.
        mean: over all objects; of a number of all photos together, that number.
        low, high: the 95 % interval, by bootstrap; None where one photo alone says it, or photos cannot be drawn twice.
        count: how many objects, or photos.
        values: of each object; none of a number of all photos together.
    """

    name: str
    sentence: str
    mean: float
    low: float | None
    high: float | None
    count: int
    values: tuple[float, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The row, ready for `json.dumps`."""
        numbers = {"mean": self.mean, "low": self.low, "high": self.high}
        known = rounded({name: value for name, value in numbers.items() if value is not None})
        return {**dict.fromkeys(numbers), **known, "count": self.count, "sentence": self.sentence}
