"""The one render loop: from coarse to fine, step by step, with listeners, and never without a good picture.

One step is compiled for each size, that of the next size in a thread while this one's run. Runs of steps stay inside
the graph: Python looks in about twice a second, at the iterations that a listener asked for, and at the end.
"""

import weakref
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

import numpy as np

from eyecandy.arguments import check_one_of
from eyecandy.art.core import canvas as canvases
from eyecandy.art.core.canvas import to_uint8
from eyecandy.art.core.descent import Descent, Listener, Rendering, Step
from eyecandy.art.core.evaluate import Evaluator, Evaluators, WholePictures
from eyecandy.art.core.objectives import Objective
from eyecandy.art.core.optimizers import OPTIMIZERS, RULES
from eyecandy.art.core.scales import Scale, Size
from eyecandy.art.core.transforms import Transform, compose
from eyecandy.backbone.model import Backbone

__all__ = ["Listener", "Renderer", "Rendering", "Scale", "Step", "to_uint8"]


class Renderer:
    """Takes pictures down an objective. What is compiled for a size is kept for the next picture of that size.

    Args:
        backbone: the network that looks.
        objective: gives the objective for a size; asked once a size.
        canvas: "fourier" or "pixel", or what makes one of a size.
        optimizer: "adam", "gradient" or "lbfgs". L-BFGS needs one and the same function at every look, so its
            transforms are drawn once a scale.
        rate: the step size, in units of the canvas's parameters.
        settle: the last share of each scale's iterations, in which the step size falls to a tenth, so that what the
            jitter shakes comes to rest.
        transforms: applied to the canvas before the network looks.
        seed: decides every draw.
        evaluators: says which pictures are seen whole, and which in tiles; without it, all are seen whole. What it
            holds, such as the workers of a cluster, ends with the renderer.
    """

    def __init__(
        self,
        backbone: Backbone,
        objective: Callable[[Size], Objective],
        *,
        canvas: str | Callable[[Size], canvases.Canvas] = "fourier",
        optimizer: str = "adam",
        rate: float = 0.05,
        settle: float = 0.3,
        transforms: Sequence[Transform] = (),
        seed: int = 0,
        evaluators: Evaluators | None = None,
    ) -> None:
        self.objective = objective
        self.canvas = canvas
        self.optimizer = check_one_of("optimizer", optimizer, OPTIMIZERS)
        self.rate = rate
        self.settle = settle
        self.transform = compose(transforms) if transforms else None
        self.seed = seed
        self.evaluators = WholePictures(backbone) if evaluators is None else evaluators
        weakref.finalize(self, self.evaluators.close)
        self._kept: dict[Size, Evaluator] = {}
        self._coming: dict[Size, Future[Evaluator]] = {}
        self._thread = ThreadPoolExecutor(1, "eyecandy ahead")

    def evaluator(self, size: Size) -> Evaluator:
        """What is compiled for a size; where it is on its way already, it is waited for.

        What failed to be made ahead fails here, with the same error, and is forgotten.
        """
        if size not in self._kept:
            coming = self._coming.pop(size, None)
            self._kept[size] = self._made(size) if coming is None else coming.result()
        return self._kept[size]

    def turn(self, objective: Callable[[Size], Objective]) -> None:
        """Takes up another objective of the same terms with the same targets, but other weights; what is compiled
        stays."""
        self.objective = objective
        for coming in self._coming.values():
            coming.cancel()
        self._coming.clear()
        for size, evaluator in self._kept.items():
            evaluator.weigh(objective(size).weights)

    def render(
        self,
        scales: Sequence[Scale],
        start: Callable[[Size], np.ndarray],
        *,
        photo: Callable[[Size], np.ndarray] | None = None,
        first: int = 0,
        draw: int = 0,
        pace: float = 1.0,
        listeners: Sequence[Listener] = (),
        every: int | None = None,
    ) -> Rendering:
        """Makes one picture.

        Args:
            scales: coarse to fine.
            start: gives the picture to begin with, (H, W, 3) in 0..255, at the first scale's size.
            photo: the photo that `start` shows, at any size: see `canvas.enlarged`.
            first: how many iterations are done already; `start` is then asked for the scale where they end.
            draw: the number of the first random draw; pictures of one animation take different ones.
            pace: of the steps, over the renderer's own: a picture that is nearly right is touched up by small ones,
                which get smaller from the first on.
            listeners: called with a frozen `Step` about twice a second, at the last iteration, and
            every: at least at each multiple of this many iterations.

        A loss that is not finite halves the step and goes on from the last good picture; when the next try fails too,
        the loop stops. Ctrl-C stops it as well. Either way the last good picture is what is returned.
        """
        scales = [scale for scale in scales if scale.iterations > 0]

        def evaluator_of(number: int) -> Evaluator:
            evaluator = self.evaluator(scales[number].size)
            if number + 1 < len(scales):
                evaluator.compile()
                self._begin(scales[number + 1].size, evaluator.objective)
            return evaluator

        lbfgs = self.optimizer == "lbfgs"
        descent = Descent(
            scales,
            evaluator_of,
            partial(self._rates, pace=pace),
            lbfgs=lbfgs,
            photo=photo,
            draw=draw,
            listeners=listeners,
            every=every,
        )
        return descent.go(start, first)

    def _rates(self, scale: Scale, pace: float) -> np.ndarray:
        """The step size of each iteration."""
        left = 1 - np.arange(scale.iterations) / scale.iterations
        settle = self.settle if pace == 1 else 1.0
        return pace * self.rate * np.clip(left / max(settle, 1e-9), 0.1, 1)

    def _begin(self, size: Size, objective: Objective) -> None:
        """Begins to compile the step for a size that comes next, unless it is there or on its way.

        Tiles are left to their turn: what is compiled for them is small, and their memory is counted to the byte.

        Args:
            objective: of any size.
        """
        if size in self._kept or size in self._coming or not self.evaluators.seen_whole(objective, size):
            return
        self._coming[size] = self._thread.submit(self._compiled, size)

    def _compiled(self, size: Size) -> Evaluator:
        evaluator = self._made(size)
        evaluator.compile()
        return evaluator

    def _made(self, size: Size) -> Evaluator:
        canvas, objective = canvases.make(self.canvas, size), self.objective(size)
        return self.evaluators.evaluator(canvas, objective, self.transform, self.seed, RULES.get(self.optimizer))
