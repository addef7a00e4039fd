"""What a picture is seen as while it grows: the classes, every so many iterations, beside the losses."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from eyecandy._matplotlib import Figure, defaults
from eyecandy.errors import EyecandyError

if TYPE_CHECKING:
    from eyecandy.art.core.render import Step
    from eyecandy.backbone.model import Backbone

INK, PALE = "#1b1d21", "#5d636e"
# Okabe and Ito's colours, told apart by colour-blind eyes as well.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f")
_APART = 0.045  # of the plot's height: labels at the curves' ends do not touch


@dataclass(frozen=True)
class PredictedClass:
    """One class as a picture is seen: its number, its label, and its probability in [0, 1]."""

    number: int
    label: str
    probability: float


@dataclass(frozen=True)
class Prediction:
    """What a picture is seen as at one moment.

    Attributes:
        iteration: steps done; 0 for the photo itself, before the first one.
        classes: the likeliest, best first.
        sought: the photo's likeliest classes, in the photo's order, with what they have come to.
        losses: of each term, without its weight; none for the photo.
    """

    iteration: int
    classes: tuple[PredictedClass, ...]
    sought: tuple[PredictedClass, ...]
    losses: Mapping[str, float] = field(default_factory=dict)

    def record(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return {
            "iteration": self.iteration,
            "classes": [_plain(one) for one in self.classes],
            "sought": [_plain(one) for one in self.sought],
            "losses": {name: _rounded(value) for name, value in self.losses.items()},
        }


class Predictor:
    """Looks at a photo, then at pictures that are made of it.

    Args:
        backbone: the network that looks; probabilities are the softmax of its logits averaged over places.
        photo: (H, W, 3) in 0..255.
        top: how many classes are told.

    Attributes:
        photo: what the photo is seen as.
    """

    def __init__(self, backbone: "Backbone", photo: np.ndarray, top: int = 5) -> None:
        self.backbone = backbone
        self.top = top
        self._sought = best(self._probabilities(photo), top)
        self.photo = self.look(photo, 0, {})

    def look(self, picture: np.ndarray, iteration: int, losses: Mapping[str, float]) -> Prediction:
        """What a picture (H, W, 3) in 0..255 is seen as, after so many iterations and at these losses."""
        probabilities = self._probabilities(picture)
        classes, sought = (
            tuple(PredictedClass(n, self.backbone.labels.names[n], float(probabilities[n])) for n in numbers)
            for numbers in (best(probabilities, self.top), self._sought)
        )
        return Prediction(iteration, classes, sought, dict(losses))

    def _probabilities(self, pixels: np.ndarray) -> np.ndarray:
        from eyecandy.art.large import stream  # here: a figure of predictions takes no TensorFlow
        from eyecandy.backbone.scores import probabilities_of

        logits = stream.logits(self.backbone, pixels.astype(np.float32))
        return probabilities_of(logits[None, None, None], "average", self.backbone.scores)[0]


class History:
    """A listener of the render loop that looks at the growing picture at multiples of `every`, and at the end.

    Args:
        predictor: what looks.
        every: how many iterations lie between two looks.
        tell: called with each `Prediction`; at once with that of the photo.

    Attributes:
        predictions: all of them, the photo's first.
    """

    def __init__(self, predictor: Predictor, every: int, tell: Callable[[Prediction], None] | None = None) -> None:
        self.predictor = predictor
        self.every = every
        self.tell = tell
        self.predictions: list[Prediction] = []
        self._add(predictor.photo)

    def __call__(self, step: "Step") -> None:
        due = step.iteration % self.every == 0 or step.iteration == step.iterations
        if due and step.iteration > self.predictions[-1].iteration:
            self._add(self.predictor.look(step.image(), step.iteration, step.losses))

    def _add(self, prediction: Prediction) -> None:
        self.predictions.append(prediction)
        if self.tell is not None:
            self.tell(prediction)


def best(probabilities: np.ndarray, count: int) -> list[int]:
    """The numbers of the likeliest classes, best first."""
    return [int(number) for number in np.argsort(-probabilities, kind="stable")[:count]]


@defaults()
def figure(record: Mapping[str, Any]) -> Figure:
    """The photo's classes over the iterations of its picture, from the picture's record.

    Each curve is the probability of one of the photo's likeliest classes in the picture; a dot at the right edge is
    its probability in the photo.

    Raises:
        EyecandyError: the record holds no such history.
    """
    history = record.get("seeing", [])
    if len(history) < 2:
        raise EyecandyError("the record holds no classes over iterations; give that of a finished mirage")
    photo, *grown = history
    iterations = [prediction["iteration"] for prediction in grown]
    made = Figure((9.6, 5.4), dpi=100, facecolor="white", layout="constrained")
    axes = made.add_subplot()
    ends = [prediction["probability"] for prediction in grown[-1]["sought"]]
    heights = _apart(ends)
    for index, (one, height) in enumerate(zip(photo["sought"], heights, strict=True)):
        colour = COLOURS[index % len(COLOURS)]
        axes.plot(iterations, [s["sought"][index]["probability"] for s in grown], color=colour, linewidth=2)
        axes.plot(1, one["probability"], "o", color=colour, transform=axes.get_yaxis_transform(), clip_on=False)
        axes.annotate(
            f"{one['label']}  {ends[index]:.2f} (photo {one['probability']:.2f})",
            (1.02, height),
            xycoords=axes.get_yaxis_transform(),
            color=colour,
            verticalalignment="center",
            parse_math=False,
        )
    axes.set(xlim=(0, iterations[-1]), ylim=(0, 1), xlabel="iteration", ylabel="probability")
    axes.set_title("What the picture is seen as; dots: the photo", loc="left", color=INK)
    axes.tick_params(colors=PALE)
    axes.grid(alpha=0.25)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return made


def _apart(values: Sequence[float]) -> list[float]:
    """Heights in [0, 1] near the values, in their order and never closer than a line of text."""
    heights = [0.0] * len(values)
    lowest = 0.0
    for index in sorted(range(len(values)), key=lambda i: (values[i], -i)):
        heights[index] = max(values[index], lowest)
        lowest = heights[index] + _APART
    return heights


def _plain(one: PredictedClass) -> dict[str, Any]:
    return {"number": one.number, "label": one.label, "probability": _rounded(one.probability)}


def _rounded(value: float) -> float:
    return float(f"{value:.6g}")
