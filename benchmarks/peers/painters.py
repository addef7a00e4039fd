"""Who paints: eyecandy and PyTorch, on VGG19 with the same seeded weights, and each with its own defaults.

The published weights of VGG19 are no part of any package, so both get He's distribution from one seed.
"""

import contextlib
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import vgg_step

from eyecandy.backbone.architectures import ARCHITECTURES

NETWORK = ARCHITECTURES["vgg19"]


def _draws(size: int) -> np.ndarray:
    return np.random.default_rng(0).uniform(0, 255, (3, size, size, 3)).astype(np.float32)


def eyecandy_step(size: int, precision: str) -> Callable[[], float]:
    return vgg_step.tensorflow_step(NETWORK, vgg_step.seeded(NETWORK), _draws(size), precision)


def torch_step(size: int, precision: str) -> Callable[[], float]:
    import torch

    step = vgg_step.torch_step(NETWORK, vgg_step.seeded(NETWORK), _draws(size))
    if precision == "float32":
        return step

    def narrow() -> float:
        with torch.autocast("cpu", torch.bfloat16):
            return step()

    return narrow


def eyecandy_picture() -> Callable[..., tuple[np.ndarray, float]]:
    """A function of photo, painting, network, precision and knobs, to the picture and its seconds."""
    import eyecandy
    from eyecandy.backbone.labels import generic
    from eyecandy.backbone.model import Backbone
    from eyecandy.backbone.precision import set_precision

    def backbone(network: str, precision: str) -> Backbone:
        if network != NETWORK.name:
            return eyecandy.load_backbone(network, precision=precision)
        model = NETWORK.build()
        for name, kernel in vgg_step.seeded(NETWORK).items():
            model.get_layer(name).set_weights([kernel, np.zeros(kernel.shape[-1], np.float32)])
        net = Backbone(model, name=NETWORK.name, taps=NETWORK.layers, labels=generic(1000))
        net.precision = set_precision(model, precision)
        return net

    def paint(
        photo: np.ndarray, painting: np.ndarray, network: str, precision: str, knobs: dict[str, Any]
    ) -> tuple[np.ndarray, float]:
        net = backbone(network, precision)
        began = time.perf_counter()
        picture = np.asarray(eyecandy.style(photo, painting, backbone=net, **knobs).image)
        return picture, time.perf_counter() - began

    return paint


class NeuralStyle:
    """The package neural-style with its defaults, held after each evaluation of loss and gradient.

    Nothing of it is changed: `torch.optim.LBFGS.step` gets its own closure, in which it waits for the next turn.
    """

    def __init__(self, photo: str, painting: str, size: int) -> None:
        import torch
        import torchvision_stand_in

        torchvision_stand_in.install()
        self._turn, self._done = threading.Semaphore(0), threading.Semaphore(0)
        self._failure: BaseException | None = None
        self._image: Any = None
        # neural-style reads the command line as it is imported, and takes the kind of network from the file's name.
        folder = tempfile.mkdtemp(prefix="peers-")
        sys.argv = ["neural-style", "-gpu", "c", "-seed", "0", "-image_size", str(size), "-disable_check"]
        sys.argv += ["-content_image", photo, "-style_image", painting, "-model_file", "vgg19.pth"]
        sys.argv += ["-print_iter", "0", "-save_iter", "0", "-output_image", "picture.png"]
        os.chdir(folder)
        kernels = vgg_step.seeded(NETWORK)
        indices = [i for i, layer in enumerate(_layers()) if layer == "convolution"]
        state = {}
        for i, kernel in zip(indices, kernels.values(), strict=True):
            state[f"features.{i}.weight"] = torch.from_numpy(kernel.transpose(3, 2, 0, 1).copy())
            state[f"features.{i}.bias"] = torch.zeros(kernel.shape[-1])
        torch.save(state, "vgg19.pth")
        from neural_style import neural_style

        self._package = neural_style
        setup = neural_style.setup_optimizer

        def held(image: Any) -> tuple[Any, int]:
            optimizer, most = setup(image)
            self._image, step = image, optimizer.step
            optimizer.step = lambda closure: step(lambda: self._evaluate(closure))
            return optimizer, most

        neural_style.setup_optimizer = held
        threading.Thread(target=self._run, daemon=True).start()
        self._done.acquire()  # loaded, targets captured, before the first evaluation
        Path("vgg19.pth").unlink()

    def _run(self) -> None:
        with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
            try:
                self._package.main()
            except BaseException as error:
                self._failure = error
            self._done.release()

    def _evaluate(self, closure: Callable[[], Any]) -> Any:
        self._done.release()  # so that a turn holds the optimizer's own work too
        self._turn.acquire()
        return closure()

    def __call__(self, evaluations: int) -> tuple[np.ndarray, float]:
        """The picture after some more evaluations, and their seconds."""
        began = time.perf_counter()
        for _ in range(evaluations):
            self._turn.release()
            self._done.acquire()
            if self._failure is not None:
                raise self._failure
        seconds = time.perf_counter() - began
        return np.asarray(self._package.deprocess(self._image.detach().clone())), seconds


def _layers() -> list[str]:
    """VGG19's features as PyTorch counts them."""
    layers = []
    for _, _, names in NETWORK.blocks():
        layers += ["convolution", "activation"] * len(names) + ["pool"]
    return layers
