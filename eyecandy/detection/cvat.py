"""What CVAT calls to label the pictures of a task by itself: a function for its command line and its agents.

    cvat-cli task auto-annotate 137 --function-module eyecandy.detection.cvat -p classes=str:animal \\
        --allow-unmatched-labels

https://docs.cvat.ai/docs/api_sdk/sdk/auto-annotation/
"""

from typing import Any

from PIL import Image

from eyecandy.arguments import options_of
from eyecandy.backbone.load import BackboneLike, given_or_default
from eyecandy.detection.detect import detect
from eyecandy.detection.export.options import LabelOptions
from eyecandy.detection.export.polygons import keyholed, outlines
from eyecandy.detection.naming import Naming
from eyecandy.detection.options import MIN_SCORE, DetectOptions
from eyecandy.errors import EyecandyError

try:
    import cvat_sdk.auto_annotation as cvat
    from cvat_sdk.masks import encode_mask
except ImportError as error:
    raise EyecandyError(
        "eyecandy.detection.cvat needs the package cvat-sdk, which is not installed; pip install 'cvat-sdk[masks]'"
    ) from error


class Function:
    """Finds the objects in a picture, each a mask of a label of the task, with its score.

    Args:
        backbone: the network: a name, a path, or an open one; the bundled one by default.
        by: labels are everyday words, or the labels of classes.
        classes, name_as: as of `DetectOptions`.
        polygon_error: how many pixels a polygon may lie off its mask, where CVAT asks for polygons.

    Raises:
        EyecandyError: a knob out of its range, or no such network.
    """

    def __init__(
        self,
        backbone: BackboneLike | None = None,
        by: str = LabelOptions.by,
        classes: str | None = None,
        name_as: str | None = None,
        polygon_error: float = LabelOptions.polygon_error,
    ) -> None:
        self._net = given_or_default(backbone)
        self._options = DetectOptions(classes=classes, name_as=name_as)
        self._options.check(self._net)
        self._labels = options_of(LabelOptions, None, {"by": by, "polygon_error": polygon_error})
        self._naming = Naming.of(self._options, self._net.labels)
        names = dict.fromkeys(self._name(index) for index in range(len(self._net.labels)) if self._naming.keeps(index))
        self._numbers = {name: number for number, name in enumerate(names)}
        labels = [cvat.label_spec(name, number) for name, number in self._numbers.items()]
        self.spec = cvat.DetectionFunctionSpec(labels=labels)

    def detect(self, context: Any, image: Image.Image) -> list[Any]:
        """The objects of a picture as CVAT's shapes: masks, or polygons where the context asks for them."""
        least = MIN_SCORE if context.conf_threshold is None else context.conf_threshold
        found = detect(image, backbone=self._net, options=self._options, min_score=min(least, 0.999))
        shapes = []
        for item in (each for each in found.objects if each.score >= least):
            number, inside = self._numbers[self._name(item.class_index)], item.mask >= item.threshold
            if context.conv_mask_to_poly:
                rings = [keyholed(part) for part in outlines(inside, self._labels.polygon_error)]
                shapes += [cvat.polygon(number, ring.ravel().tolist(), score=item.score) for ring in rings]
            else:
                shapes.append(cvat.mask(number, encode_mask(inside, item.box), score=item.score))
        return shapes

    def _name(self, class_index: int) -> str:
        labels = self._net.labels
        word = self._naming.word(class_index, labels.words[class_index])
        return word if self._labels.by == "word" else labels.names[class_index]


create = Function
"""What CVAT asks a module for; its arguments are `-p NAME=str:VALUE`."""
