"""Seconds of one style step on VGG: eyecandy in float32 and bfloat16 beside PyTorch, with the same seeded weights.

    pip install torch        # for this script only
    python benchmarks/vgg_step.py [--network vgg16|vgg19] [--size 512] [--steps 5] [--rounds 3]

A step is the losses of one content layer and five style layers, and their gradient at the pixels; on either side the
gradient of the weights is not asked for. The two take turns, a few steps each, and medians are told. Both losses are
printed: they are the same computation.
"""

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np

from eyecandy._tensorflow import tf
from eyecandy.art.core import canvas, losses, objectives
from eyecandy.art.core.evaluate import WholeEvaluator
from eyecandy.backbone.architectures import ARCHITECTURES, Architecture
from eyecandy.backbone.labels import generic
from eyecandy.backbone.model import Backbone
from eyecandy.backbone.precision import set_precision

STYLE = ("block1_conv1", "block2_conv1", "block3_conv1", "block4_conv1", "block5_conv1")
CONTENT = "block4_conv2"
STYLE_WEIGHT = 25.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", choices=("vgg16", "vgg19"), default="vgg16")
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    architecture = ARCHITECTURES[arguments.network]
    weights = seeded(architecture)
    draws = np.random.default_rng(0).uniform(0, 255, (3, arguments.size, arguments.size, 3)).astype(np.float32)

    steps = {
        "float32": tensorflow_step(architecture, weights, draws, "float32"),
        "bfloat16": tensorflow_step(architecture, weights, draws, "bfloat16"),
        "PyTorch": torch_step(architecture, weights, draws),
    }
    for name, step in steps.items():
        print(f"{name:>9}: loss {step():.4f}")
    seconds: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(arguments.rounds):
        for name, step in steps.items():
            for _ in range(arguments.steps):
                began = time.perf_counter()
                step()
                seconds[name].append(time.perf_counter() - began)
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    for name, median in medians.items():
        print(f"{name:>9}: {median:.3f} s a step, {median / medians['PyTorch']:.2f} of PyTorch's")
    print(f"bfloat16 is {medians['float32'] / medians['bfloat16']:.2f} times as fast as float32")


def seeded(architecture: Architecture) -> dict[str, np.ndarray]:
    """Kernels (h, w, in, out) of the convolutions, from He's distribution; all biases are 0."""
    generator = np.random.default_rng(0)
    return {
        name: generator.normal(0, (2 / np.prod(shape[:3])) ** 0.5, shape).astype(np.float32)
        for name, shape in architecture.shapes().items()
        if name.startswith("block")
    }


def tensorflow_step(
    architecture: Architecture, weights: dict[str, np.ndarray], draws: np.ndarray, precision: str
) -> Callable[[], float]:
    """A step as `eyecandy style` makes it."""
    model = architecture.build()
    for name, kernel in weights.items():
        model.get_layer(name).set_weights([kernel, np.zeros(kernel.shape[-1], np.float32)])
    net = Backbone(model, name=architecture.name, taps=architecture.layers, labels=generic(1000))
    net.precision = set_precision(model, precision)
    photo, painting, start = (tf.constant(picture[None]) for picture in draws)
    shares = dict.fromkeys(STYLE, 1.0)
    targets = {name: losses.gram(features) for name, features in net.features(STYLE)(painting).items()}
    objective = objectives.content(photo, {CONTENT: 1.0}) + STYLE_WEIGHT * objectives.style(targets, shares)
    pixels = canvas.make("pixel", draws.shape[2:0:-1])
    parameters = pixels.parameters(start[0].numpy())
    whole = WholeEvaluator(net, pixels, objective, None, 0)

    def step() -> float:
        found, _ = whole.evaluate(parameters, 0)
        return float(found[0])

    return step


def torch_step(architecture: Architecture, weights: dict[str, np.ndarray], draws: np.ndarray) -> Callable[[], float]:
    """The same in PyTorch, as its style-transfer tutorials write it."""
    import torch
    from torch.nn import functional

    kernels = {name: torch.from_numpy(kernel.transpose(3, 2, 0, 1).copy()) for name, kernel in weights.items()}
    mean = torch.tensor(architecture.preprocessing.mean).view(1, 3, 1, 1)

    def look(image: torch.Tensor) -> dict[str, torch.Tensor]:
        x, seen = image.flip(1) - mean, {}
        for number, _, names in architecture.blocks():
            for name in names:
                x = functional.relu(functional.conv2d(x, kernels[name], padding=1))
                seen[name] = x
                if number == 5:
                    return seen
            x = functional.max_pool2d(x, 2)
        return seen

    def gram(features: torch.Tensor) -> torch.Tensor:
        flat = features.flatten(2)[0]
        return flat @ flat.T / flat.shape[1]

    photo, painting, start = (torch.from_numpy(picture.transpose(2, 0, 1)[None].copy()) for picture in draws)
    with torch.no_grad():
        kept = look(photo)[CONTENT]
        targets = {name: gram(features) for name, features in look(painting).items() if name in STYLE}

    def step() -> float:
        image = start.clone().requires_grad_()
        seen = look(image)
        content = (((seen[CONTENT] - kept) ** 2).sum() / (kept**2).sum()).sqrt()
        styles = [(gram(seen[n]) - target).abs().sum() / target.abs().sum() for n, target in targets.items()]
        loss = content + STYLE_WEIGHT * sum(styles) / len(styles)
        loss.backward()
        return float(loss.detach())

    return step


if __name__ == "__main__":
    main()
