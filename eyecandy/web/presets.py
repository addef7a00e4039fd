"""Settings that look good together; the thumbnails are theirs, made by tools/build_presets.py."""

from dataclasses import dataclass, field
from typing import Any

from eyecandy.web import samples


@dataclass(frozen=True)
class Preset:
    """A recipe with options; "paintings" are names of sample pictures."""

    name: str
    title: str
    recipe: str
    options: dict[str, Any] = field(default_factory=dict)
    paintings: tuple[str, ...] = ()


def offered() -> list[Preset]:
    """Those whose paintings are there."""
    return [preset for preset in PRESETS if len(samples.names(preset.paintings)) == len(preset.paintings)]


PRESETS = (
    Preset("grain", "Grain", "dream", {"layers": "block2_conv2"}),
    Preset("curls", "Curls", "dream", {"layers": "block3_conv2"}),
    Preset("eyes", "Eyes", "dream", {"layers": "block4_conv6"}),
    Preset("creatures", "Creatures", "dream", {"layers": "block5_conv4"}),
    Preset("flow", "Flow", "style", {}, ("style_flow.jpg",)),
    Preset("glass", "Stained glass", "style", {}, ("style_stained_glass.jpg",)),
    Preset("ink", "Ink", "style", {}, ("style_ink.jpg",)),
    Preset("woodcut", "Woodcut", "style", {}, ("style_woodcut.jpg",)),
    Preset("mirage", "From nothing", "mirage", {}),
    Preset("haze", "In its place", "mirage", {"spatial_weight": 0.3}),
    Preset("content", "What is there", "reconstruct", {"kind": "content", "layers": "block3_conv1"}),
    Preset("texture", "How it looks", "reconstruct", {"kind": "style", "layers": "block3_conv1"}),
)
