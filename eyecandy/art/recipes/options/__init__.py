"""What the recipes can be told, and how what is told is checked. Importing it does not start TensorFlow.

Each recipe has one frozen dataclass of options, where every default stands once. The API takes its fields as keywords
and the command line derives its options from them; each is annotated with a line that says what it does.
"""

from eyecandy.arguments import check_integer, check_number, check_one_of
from eyecandy.art.recipes.options.base import CANVASES, ELSEWHERE, OPTIMIZERS, SMALLEST, Options, plain
from eyecandy.art.recipes.options.weighted import Weighted, layer_weights, split_weight, weights

__all__ = [
    "CANVASES",
    "ELSEWHERE",
    "OPTIMIZERS",
    "SMALLEST",
    "Options",
    "Weighted",
    "check_integer",
    "check_number",
    "check_one_of",
    "layer_weights",
    "plain",
    "split_weight",
    "weights",
]
