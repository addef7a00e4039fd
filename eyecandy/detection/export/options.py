"""Every knob of files of labels with its default. Importing it is instant."""

from dataclasses import dataclass, fields
from typing import Annotated, Literal, get_args

from eyecandy.arguments import check_number, check_one_of

Level = Literal["word", "label"]
Segmentation = Literal["rle", "polygon"]


@dataclass(frozen=True)
class LabelOptions:
    """Every knob of label files, with its default; the command line derives from it.

    Raises:
        OptionError: one that is out of its range.
    """

    by: Annotated[Level, "what objects are called: by their everyday word, or by the label of their class"] = "word"
    segmentation: Annotated[Segmentation, "masks in COCO: compressed run lengths, exact, or polygons"] = "rle"
    polygon_error: Annotated[float, "how many pixels a polygon may lie off the border of its mask"] = 0.75

    def __post_init__(self) -> None:
        check_one_of("by", self.by, get_args(Level))
        check_one_of("segmentation", self.segmentation, get_args(Segmentation))
        object.__setattr__(self, "polygon_error", check_number("polygon_error", self.polygon_error))


LABEL_KNOBS = frozenset(field.name for field in fields(LabelOptions))
"""Their names."""
