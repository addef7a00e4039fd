"""Pictures made from what a network sees: a canvas, an objective, transforms, and one render loop.

The pieces compose: `core` has what is optimised, what is made smaller, and the loop; a recipe (`dream`, `style`,
`visualise`) is a page that puts them together. This is the painter's side of it:

    from eyecandy import art

    art.render(0.2 * art.channel("block4_conv3", 17) + 0.8 * art.channel("block4_conv5", 3) - 0.1 * art.smoothness())
    art.grid([art.channel("block4_conv6", number) for number in range(16)])

Names are imported on first use, and objectives are composed without TensorFlow.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eyecandy.art.core.formula import (
        Formula,
        channel,
        class_logit,
        direction,
        diverse,
        formula,
        layer,
        neuron,
        smoothness,
    )
    from eyecandy.art.core.objectives import Objective, Seen, Term
    from eyecandy.art.core.render import Step
    from eyecandy.art.output.painting import Viewing
    from eyecandy.art.output.record import Artwork, load
    from eyecandy.art.recipes._visual import Visualisation
    from eyecandy.art.recipes.again import again
    from eyecandy.art.recipes.dream import zoom
    from eyecandy.art.recipes.visualise import (
        activation_grid,
        class_visualisation,
        grid,
        render,
        visualise,
    )

_LAZY = {
    **dict.fromkeys(
        ("Formula", "channel", "class_logit", "direction", "diverse", "formula", "layer", "neuron", "smoothness"),
        "eyecandy.art.core.formula",
    ),
    **dict.fromkeys(("Objective", "Seen", "Term"), "eyecandy.art.core.objectives"),
    **dict.fromkeys(
        ("activation_grid", "class_visualisation", "grid", "render", "visualise"), "eyecandy.art.recipes.visualise"
    ),
    **dict.fromkeys(("Artwork", "load"), "eyecandy.art.output.record"),
    "Visualisation": "eyecandy.art.recipes._visual",
    "Step": "eyecandy.art.core.render",
    "Viewing": "eyecandy.art.output.painting",
    "again": "eyecandy.art.recipes.again",
    "zoom": "eyecandy.art.recipes.dream",
}

__all__ = [
    "Artwork",
    "Formula",
    "Objective",
    "Seen",
    "Step",
    "Term",
    "Viewing",
    "Visualisation",
    "activation_grid",
    "again",
    "channel",
    "class_logit",
    "class_visualisation",
    "direction",
    "diverse",
    "formula",
    "grid",
    "layer",
    "load",
    "neuron",
    "render",
    "smoothness",
    "visualise",
    "zoom",
]


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'eyecandy.art' has no attribute {name!r}")
    value = getattr(importlib.import_module(_LAZY[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY})
