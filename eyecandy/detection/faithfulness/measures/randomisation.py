"""Randomised layers (Adebayo, Gilmer, Muelly, Goodfellow, Hardt, Kim: "Sanity Checks for Saliency Maps", NeurIPS 2018).

A map that shows what the network learnt changes when that is taken away. The weights are shuffled within each layer,
from the output back to the pixels, a few layers more each time (cascading), and the class's map is compared with the
first one by the rank correlation of its cells. Shuffled rather than drawn anew, each layer keeps the size of what it
gives.
"""

from collections.abc import Callable

import numpy as np
from scipy.stats import rankdata

from eyecandy._tensorflow import keras
from eyecandy.backbone.adopt.copies import Borrowed, Copies
from eyecandy.backbone.graph import trace
from eyecandy.backbone.model import Backbone
from eyecandy.detection.faithfulness.measure import Measure, Reading
from eyecandy.detection.faithfulness.measures.contrast import signals
from eyecandy.detection.faithfulness.scene import Scene

STAGES = 6  # the class map alone first, then the rest in equal parts
CHANGED = 0.5


def randomisation(scene: Scene) -> list[Reading]:
    """1 less the rank correlation of each object's class map with that of the network proper, where it is positive, in
    the mean over the stages."""
    classes = sorted({item.class_index for item in scene.found.objects})
    if not classes:
        return []
    first = signals(scene, classes)
    net = scene.net.compiled("a copy to shuffle", lambda: _copier(scene.net))()
    kept = {layer.name: layer.get_weights() for layer in net.model.layers}
    copy = Scene(scene.found, net, scene.again)
    alike: dict[int, list[float]] = {each: [] for each in classes}
    try:
        for number, stage in enumerate(stages(net.model)):
            for layer in stage:
                layer.set_weights([shuffled(weights, scene.random(number)) for weights in layer.get_weights()])
            for each, now in signals(copy, classes).items():
                alike[each].append(rank_correlation(first[each], now))
    finally:
        for layer in net.model.layers:
            layer.set_weights(kept[layer.name])
    readings = []
    for name, item in zip(scene.names, scene.found.objects, strict=True):
        values = alike[item.class_index]
        mean = float(np.maximum(values, 0).mean())
        goes = "goes when the network forgets what it learnt" if mean < CHANGED else "hardly depends on what was learnt"
        sentence = (
            f"The map of the {name} {goes}: its rank correlation is {values[0]:.2f} with the last layer shuffled, "
            f"{values[-1]:.2f} with all of them."
        )
        readings.append(Reading({MEASURE.name: 1 - mean}, sentence, {"correlation": [round(v, 4) for v in values]}))
    return readings


def stages(model: keras.Model) -> list[list[keras.layers.Layer]]:
    """The layers that have weights of their own, from the output back to the pixels, in the parts that are shuffled."""
    layers = [each for each in reversed(model.layers) if each.weights and not isinstance(each, Borrowed)]
    rest = np.array_split(np.arange(1, len(layers)), STAGES - 1)
    return [layers[:1], *([layers[i] for i in part] for part in rest if len(part))]


def shuffled(weights: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """The same numbers in other places."""
    return random.permutation(weights.ravel()).reshape(weights.shape)


def rank_correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Spearman's, in [-1, 1]; 0 where either is the same everywhere."""
    a, b = (rankdata(x.ravel()) for x in (one, other))
    a, b = a - a.mean(), b - b.mean()
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / size if size else 0.0


def _copier(net: Backbone) -> Callable[[], Backbone]:
    """Gives one and the same copy each time."""
    copy = _copy(net)
    return lambda: copy


def _copy(net: Backbone) -> Backbone:
    """The same network with weights of its own: others may be looking through the first one meanwhile."""
    graph = trace(net.model)
    image = keras.Input(net.model.input.shape[1:])
    model = keras.Model(image, Copies().run(graph, image), name=net.model.name)
    return Backbone(
        model,
        name=net.name,
        taps=net.layer_names,
        labels=net.labels,
        minimum=net.minimum,
        scores=net.scores,
        opened=net.opened,
    )


MEASURE = Measure(
    "randomisation",
    {"randomisation": "how much the class's map changes as layers are shuffled, the last one first"},
    passes=(40, 6),
    objects=randomisation,
)
