"""Records: how a picture was made, how it is made again, and how an interrupted one goes on."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from eyecandy import images
from eyecandy.art.core.render import Step
from eyecandy.art.output import record
from eyecandy.art.output.painting import Viewing
from eyecandy.art.recipes.dream import DreamOptions, dream
from eyecandy.art.recipes.style import style
from eyecandy.backbone.model import Backbone
from eyecandy.errors import EyecandyError

SAMPLES = Path(__file__).parent.parent / "samples"
CAT, CHINA, FLOW = SAMPLES / "chelsea.jpg", SAMPLES / "china.jpg", SAMPLES / "style_flow.jpg"
SMALL = {"size": 64, "scales": 1, "iterations": 12, "margin": 8}


def test_same_seed_same_bytes_and_the_record_says_how(net: Backbone, tmp_path: Path) -> None:
    knobs = {**SMALL, "scales": 2, "size": 128, "seed": 5}
    for name in ("a.png", "b.png"):
        dream(CHINA, backbone=net, layers="block2_conv2:0.5", **knobs).save(tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    told = record.read(tmp_path / "a.png")
    assert told == json.loads((tmp_path / "a.png.json").read_text())
    assert told["recipe"] == "dream"
    assert told["options"]["seed"] == 5
    assert told["options"]["layers"] == "block2_conv2:0.5"
    assert told["backbone"] == {
        "name": net.name,
        "weights_sha256": net.weights_sha256,
        "labels_sha256": net.identity["labels_sha256"],
        "precision": "float32",
    }
    assert told["sources"][0]["path"] == str(CHINA)
    assert len(told["losses"]["energy"]) == told["iterations"] == 12
    options = DreamOptions.of(told["options"])
    assert options.record() == told["options"]


def test_saving_is_all_or_nothing(net: Backbone, tmp_path: Path) -> None:
    styled = style(CAT, FLOW, backbone=net, **SMALL)
    (tmp_path / "out.png.json").write_text("mine")
    with pytest.raises(EyecandyError, match=r"out\.png\.json' exists already"):
        styled.save(tmp_path / "out.png")
    assert [path.name for path in tmp_path.iterdir()] == ["out.png.json"]
    (tmp_path / "taken.png").write_text("mine")
    with pytest.raises(EyecandyError, match=r"taken\.png' exists already"):
        styled.save(tmp_path / "taken.png")
    assert not (tmp_path / "taken.png.json").exists()
    (tmp_path / "out.json").write_text('{"name": "package"}')
    styled.save(tmp_path / "out.jpg")
    styled.save(tmp_path / "out.webp")
    styled.save(tmp_path / "out.jpg", overwrite=True)
    assert (tmp_path / "out.json").read_text() == '{"name": "package"}'
    assert record.read(tmp_path / "out.webp") == record.read(tmp_path / "out.jpg")
    assert record.read(tmp_path / "out.jpg")["recipe"] == "style"
    np.testing.assert_array_equal(record.load(tmp_path / "out.jpg").history["loss"].shape, (12,))
    with pytest.raises(EyecandyError, match="carries no record"):
        record.read(CAT)


def test_an_interrupted_picture_is_taken_up(net: Backbone, tmp_path: Path) -> None:
    def impatient(step: Step) -> None:
        if step.iteration == 6:
            raise KeyboardInterrupt

    half = style(CAT, FLOW, backbone=net, viewing=Viewing(listeners=[impatient], every=3), **SMALL)
    assert half.interrupted
    half.save(tmp_path / "half.png")
    loaded = record.load(tmp_path / "half.png")
    whole = style(CAT, FLOW, backbone=net, viewing=Viewing(resume=loaded), **SMALL)
    assert whole.stopped is None
    assert len(whole.history["loss"]) == 6
    assert whole.record["iterations"] == 12
    assert whole.history["loss"][-1] < half.history["loss"][-1]
    with pytest.raises(EyecandyError, match="nothing left to do"):
        style(CAT, FLOW, backbone=net, viewing=Viewing(resume=whole), **SMALL)
    with pytest.raises(EyecandyError, match="with other options"):
        style(CAT, FLOW, backbone=net, viewing=Viewing(resume=loaded), **{**SMALL, "seed": 1})


CTRL_C = """
import signal, sys, eyecandy.art.recipes.dream as d, eyecandy.art.output.painting as s
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell has what runs in the background ignore it
watch = s.Viewing(listeners=[lambda step: print("step", step.iteration, flush=True)], every=5)
made = d.dream(size=64, iterations=100000, viewing=watch)
made.save(sys.argv[1])
print(made.stopped, flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to one process")
def test_control_c_in_a_real_process_keeps_a_readable_picture(tmp_path: Path) -> None:
    path = tmp_path / "kept.png"
    with subprocess.Popen([sys.executable, "-c", CTRL_C, str(path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("step") and int(line.split()[1]) >= 20:
                break
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
    assert process.returncode == 0
    assert "interrupted after" in rest
    assert images.load(path).size == (64, 64)


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "tif"])
def test_only_what_eyecandy_made_is_replaced(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{suffix}"
    made = record.Artwork(images.load(CAT).pixels[:40, :60], {}, {"recipe": "dream", "sources": [], "versions": {}})
    images.save(path, images.load(CAT).pixels)
    assert not images.made_here(path)
    with pytest.raises(EyecandyError, match="was not made by eyecandy, so it is not replaced"):
        made.save(path, overwrite=True)
    assert images.load(path).size == images.load(CAT).size
    path.unlink()
    made.save(path)
    assert images.made_here(path) and images.made_here(record.record_path(path))
    record.record_path(path).unlink()
    assert images.made_here(path)
    made.save(path, overwrite=True)
    record.record_path(path).write_text('{"name": "mine"}')
    with pytest.raises(EyecandyError, match=rf"a\.{suffix}\.json' was not made by eyecandy"):
        made.save(path, overwrite=True)


def test_a_picture_is_never_written_over_what_it_was_made_of(tmp_path: Path) -> None:
    photo, link = tmp_path / "photo.png", tmp_path / "link.png"
    images.save(photo, images.load(CAT).pixels[:40, :60], text={record.KEYWORD: "{}"})
    link.symlink_to(photo)
    told = {"recipe": "dream", "versions": {}, "sources": [{"role": "photo", "path": str(photo)}]}
    made = record.Artwork(images.load(photo).pixels, {}, told)
    before = photo.read_bytes()
    for path in (photo, link, tmp_path / "." / "photo.png"):
        with pytest.raises(EyecandyError, match="is what the picture is made of, and is never replaced"):
            made.save(path, overwrite=True)
    assert photo.read_bytes() == before and len(list(tmp_path.iterdir())) == 2
