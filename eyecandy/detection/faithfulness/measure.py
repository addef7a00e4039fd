"""What a measure is, and what it says: one small file each, in the folder `measures`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eyecandy.detection.faithfulness.scene import Scene
    from eyecandy.detection.faithfulness.truth.objects import Truth


@dataclass(frozen=True, eq=False)
class Reading:
    """What a measure says of one object.

    Attributes:
        values: by the names of the measure's rows, the higher the better; none where it has nothing to say.
        sentence: the same in words.
        details: what led to it, as `json.dumps` takes it.
    """

    values: Mapping[str, float]
    sentence: str
    details: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """All of it, as `json.dumps` takes it."""
        return {**rounded(self.values), "sentence": self.sentence, **self.details}


@dataclass(frozen=True, eq=False)
class Total:
    """What a measure says of all photos together.

    Attributes:
        values: by the names of its rows.
        details: what led to it, as `json.dumps` takes it.
        text: a table as another tool prints it; empty where there is none.
    """

    values: Mapping[str, float]
    details: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""


@dataclass(frozen=True)
class Measure:
    """One way to put masks to the test.

    Attributes:
        name: what `--measure` calls it.
        rows: the numbers that it gives, each with a sentence that says what it is; the higher the better.
        passes: what it costs, in passes of the photo through the network: of the photo, and of each object.
        objects: gives a reading for each object of a photo, in their order.
        photo: gives what `total` needs of a photo.
        total: gives the numbers of all photos together, from what `photo` gave of each.
        truth: whether it needs to know what is really there.
        coco: whether that has to be a COCO file.
        redrawn: whether its total can be taken of photos that come twice, as a bootstrap draws them.
    """

    name: str
    rows: Mapping[str, str]
    passes: tuple[float, float]
    objects: Callable[["Scene"], list[Reading]] | None = None
    photo: Callable[["Scene"], Any] | None = None
    total: Callable[[Sequence[Any], "Truth"], Total] | None = None
    truth: bool = False
    coco: bool = False
    redrawn: bool = True

    def lacks(self, truth: "Truth | None") -> str | None:
        """What it needs beyond what is known to be there; None where that is enough."""
        if truth is None:
            return "what is really there: a truth, such as a mask, a COCO file or boxes" if self.truth else None
        if self.coco and truth.coco is None:
            return f"a COCO file of what is there; {str(truth.source)!r} is none"
        return None


def rounded(values: Mapping[str, float]) -> dict[str, float]:
    """To four digits, which is more than any of it is worth."""
    return {name: round(float(value), 4) for name, value in values.items()}
