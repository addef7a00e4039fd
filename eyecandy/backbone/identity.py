"""What a network is known by: records, results that go on, and trust compare it before they take another for it."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from eyecandy._tensorflow import keras
from eyecandy.backbone.labels import Labels

Identity = Mapping[str, str | None]
"""The name; the hashes of weights and labels; the precision; and what it was opened with, such as the pooling."""

_SHOWN = 12  # characters of a hash
_WORDS = {"weights_sha256": "weights", "labels_sha256": "labels"}
_CHANGING = ("name", "dtype", "trainable")  # of a layer's settings: none of them changes what it is


def model_hash(model: keras.Model) -> str:
    """Of a model that came from no file: SHA-256 of its layers' kinds and settings and of its weights, hexadecimal."""
    digest = hashlib.sha256()
    for layer in model.layers:
        digest.update(json.dumps([type(layer).__name__, _settings(layer)], default=_kind, sort_keys=True).encode())
        for weights in layer.get_weights():  # layer by layer: all at once would be held twice
            digest.update(f"{weights.dtype} {weights.shape}".encode())
            digest.update(weights.tobytes())
    return digest.hexdigest()


def labels_hash(labels: Labels) -> str:
    """SHA-256 of names and everyday words, hexadecimal."""
    return hashlib.sha256(json.dumps([labels.names, labels.words]).encode()).hexdigest()


def differences(held: Mapping[str, Any], now: Identity) -> list[str]:
    """In which points another network was held than there is now, in words; none where it is the same.

    What the one that was held does not say counts as equal: earlier versions said less.
    """
    keys = dict.fromkeys([*held, *now])
    pairs = [(key, held.get(key), now.get(key)) for key in keys if held.get(key) is not None]
    return [
        f"{_WORDS.get(key, key)} {_short(key, there)}, and not {_short(key, here)}"
        for key, there, here in pairs
        if there != here
    ]


def told(identity: Mapping[str, Any]) -> str:
    """A network in a few words."""
    weights, precision = _short("weights_sha256", identity.get("weights_sha256")), identity.get("precision")
    return f"{identity.get('name')} with the weights {weights} in {precision}"


def _settings(layer: keras.layers.Layer) -> dict[str, Any]:
    try:
        settings = layer.get_config()
    except Exception:  # a layer of the user's own need not have settings
        return {}
    return {name: value for name, value in settings.items() if name not in _CHANGING}


def _kind(value: object) -> str:
    return type(value).__name__


def _short(key: str, value: object) -> str:
    if value is None:
        return "none"
    return str(value)[:_SHOWN] if key.endswith("sha256") else str(value)
