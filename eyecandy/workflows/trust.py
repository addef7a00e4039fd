"""Masks put to the test, of one photo or of many: what is told meanwhile, and what came of it."""

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Protocol

from eyecandy.detection.options import DetectOptions

if TYPE_CHECKING:
    from eyecandy.backbone.model import Backbone
    from eyecandy.detection.detect import Detection
    from eyecandy.detection.faithfulness.measure import Measure
    from eyecandy.detection.faithfulness.summary import Summary
    from eyecandy.detection.faithfulness.trust import Trust
    from eyecandy.detection.faithfulness.truth.objects import Truth


class Listener(Protocol):
    """Is told what goes on."""

    def busy(self, text: str) -> AbstractContextManager[None]:
        """Something that takes a while goes on inside."""

    def takes(self, seconds: float) -> None:
        """How long the first photo will take."""


@dataclass
class Trial:
    """Puts one photo after another to the test.

    Attributes:
        network: gives the network; not asked before a photo is read.
        options: of the detection.
        measure: names of measures; None for all that can be taken.
        source: of what is really there; None where nobody says.
        seed: of all that is drawn.
        tried: what came of each photo, by its path.
    """

    network: "Callable[[], Backbone]"
    options: DetectOptions
    measure: Sequence[str] | None
    source: Path | None
    seed: int
    listener: Listener
    tried: dict[Path, "Trust"] = field(default_factory=dict)
    _truth: "Truth | None" = None

    def truth(self) -> "Truth | None":
        """What is really there, read when it is first asked for; and the measures, checked against it.

        Raises:
            EyecandyError: it cannot be read, or a measure needs more than that.
        """
        from eyecandy.detection.faithfulness.trust import able
        from eyecandy.detection.faithfulness.truth.reading import read_truth

        if self._truth is None and self.source is not None:
            self._truth = read_truth(self.source, self.network().labels)
        able(self.measure, self._truth)
        return self._truth

    def photo(self, path: Path) -> None:
        """Puts one photo to the test.

        Raises:
            EyecandyError: as `eyecandy.detect` and `Detection.trust`.
        """
        from eyecandy.images import load

        photo = load(path)
        net, truth = self.network(), self.truth()
        if truth is not None:
            truth.of(path, photo.size)  # what is wrong with it is said before the work
        from eyecandy.detection.detect import look, trace
        from eyecandy.detection.faithfulness.trust import able

        with self.listener.busy("looking"):
            found = trace(photo, look(photo, net, self.options), net, self.options)
        taken = able(self.measure, truth)
        if not self.tried:
            self.listener.takes(seconds(found, net, taken))
        with self.listener.busy(", ".join(each.name for each in taken)):
            self.tried[path] = found.trust(net, measure=self.measure, truth=truth, seed=self.seed)

    def summary(self) -> "Summary":
        """All photos together."""
        from eyecandy.detection.faithfulness.summary import summary

        return summary(list(self.tried.values()), self._truth, self.seed)

    def as_dict(self, path: Path) -> dict[str, Any]:
        """What came of a photo, ready for `json.dumps`."""
        return {"photo": str(path), "objects": [item.as_dict() for item in self.tried[path].objects]}


def seconds(found: "Detection", net: "Backbone", taken: "Sequence[Measure]") -> float:
    """How long some measures will take of a photo, by what one pass of it through the network takes."""
    from eyecandy.detection.faithfulness.scene import picture

    pixels = picture(found, net)[None]
    net.class_map(pixels)  # the first pass may prepare something
    took = []
    for _ in range(3):  # other programs may be in the way of one
        start = time.perf_counter()
        net.class_map(pixels)
        took.append(time.perf_counter() - start)
    return median(took) * sum(each.passes[0] + len(found.objects) * each.passes[1] for each in taken)
