"""The samples: each is credited, and what their tools make of given bytes and pixels."""

import importlib
import re
import struct
import zlib
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).parent.parent
LONGEST_SIDE = 640


@pytest.fixture
def resources(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(ROOT / "tools")
    return importlib.import_module("sample_pictures.resources")


@pytest.fixture
def diptych(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(ROOT / "tools")
    return importlib.import_module("sample_pictures.diptych")


def rcc(flags: int, stored: bytes, version: int = 3) -> bytes:
    """A Qt resource file: /animals/dog.webp, beside an empty /board."""
    time = b"" if version == 1 else bytes(8)
    names, places = b"", []
    for name in ("animals", "board", "dog.webp"):
        places.append(len(names))
        names += struct.pack(">HI", len(name), 0) + name.encode("utf-16-be")
    tree = struct.pack(">IHII", 0, 2, 2, 1) + time
    tree += struct.pack(">IHII", places[0], 2, 1, 3) + time
    tree += struct.pack(">IHII", places[1], 2, 0, 0) + time
    tree += struct.pack(">IHHHI", places[2], flags, 0, 0, 3) + time
    data = b"..." + struct.pack(">I", len(stored)) + stored
    start = 20 if version < 3 else 24
    header = b"qres" + struct.pack(">4I", version, start, start + len(tree), start + len(tree) + len(data))
    return header.ljust(start, b"\0") + tree + data + names


def test_every_sample_is_credited_and_small(samples: Path) -> None:
    credits = (samples / "README.md").read_text("utf-8")
    for path in sorted(samples.glob("*.jpg")):
        assert f"`{path.name}`" in credits
        with Image.open(path) as image:
            assert max(image.size) <= LONGEST_SIDE
    named = set(re.findall(r"^\| `(\w+\.jpg)` ", credits, re.MULTILINE))
    assert {name for name in named if not (samples / name).is_file()} == set()


@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_file_out_of_a_qt_resource_file(resources: ModuleType, version: int) -> None:
    plain = rcc(0, b"picture", version)
    assert resources.resource(plain, "/animals/dog.webp") == b"picture"
    packed = rcc(1, struct.pack(">I", 7) + zlib.compress(b"picture"), version)
    assert resources.resource(packed, "animals/dog.webp") == b"picture"
    for path in ("/animals/cat.webp", "/animals", "/board/dog.webp", "/animals/dog.webp/dog.webp"):
        assert resources.resource(plain, path) is None


def test_what_is_no_qt_resource_file_or_zstandard_is_refused(resources: ModuleType) -> None:
    with pytest.raises(ValueError, match="not a Qt resource file"):
        resources.resource(b"RIFF", "/animals/dog.webp")
    with pytest.raises(ValueError, match="Zstandard"):
        resources.resource(rcc(4, b"picture"), "/animals/dog.webp")


def test_a_diptych_shows_both_parts_at_one_height(diptych: ModuleType) -> None:
    red, blue = Image.new("RGB", (90, 40), "black"), Image.new("RGB", (30, 80), "black")
    red.paste((255, 0, 0), (10, 0, 50, 40))
    blue.paste((0, 0, 255), (0, 20, 30, 80))
    made = np.asarray(diptych.side_by_side(red, (10, 0, 50, 40), blue, (0, 20, 30, 80), 60))
    assert made.shape == (40, 60, 3)
    assert (made[:, :40] == (255, 0, 0)).all()
    assert (made[:, 40:] == (0, 0, 255)).all()
