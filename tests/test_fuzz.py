"""Damaged files, a few of those that tools/fuzz_files.py makes: each opens or is refused in one line."""

import importlib.util
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

TOOL = Path(__file__).parent.parent / "tools" / "fuzz_files.py"


@pytest.fixture(scope="module")
def fuzz() -> ModuleType:
    specification = importlib.util.spec_from_file_location("fuzz_files", TOOL)
    assert specification is not None and specification.loader is not None
    module = sys.modules["fuzz_files"] = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("kind", "count"), [("models", 16), ("pictures", 200)])
def test_damaged_files_open_or_are_refused_in_one_line(
    kind: str, count: int, fuzz: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tf_keras", None)  # tests of Keras 2 open its files
    make, opened = fuzz.KINDS[kind]
    originals = make(tmp_path)
    for original in originals:
        assert fuzz.outcome(opened, original) == "opened", original.name
    rng = np.random.default_rng(11)
    ended = Counter[str]()
    for number in range(count):
        original = originals[number % len(originals)]
        path = tmp_path / f"{number}-{original.name}"
        path.write_bytes(fuzz.damaged(original, rng))
        ended[fuzz.outcome(opened, path)] += 1
    assert set(ended) == {"opened", "refused"}


def test_what_should_not_happen_is_told_apart(fuzz: ModuleType, tmp_path: Path) -> None:
    def fails(path: Path) -> None:
        raise KeyError(path.name)

    said = fuzz.outcome(fails, tmp_path / "net.h5")
    assert said.startswith("KeyError: 'net.h5' (test_fuzz.py:")
