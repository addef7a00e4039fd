"""Style beside PyTorch: the step, and the time to a picture of equal style distance."""

import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from distance import content_kept, style_distance
from PIL import Image
from table import Row
from turns import Contender, DoesNotRun, company, progress

SAMPLES = Path(__file__).parents[2] / "samples"
STEPS = {
    "eyecandy, float32": ("eyecandy_step", "float32"),
    "eyecandy, bfloat16": ("eyecandy_step", "bfloat16"),
    "PyTorch, float32": ("torch_step", "float32"),
    "PyTorch, bfloat16 (autocast)": ("torch_step", "bfloat16"),
}
PEER = "neural-style"
TRIES = {  # name: network, precision
    "eyecandy, VGG19, float32": ("vgg19", "float32"),
    "eyecandy, VGG19, bfloat16": ("vgg19", "bfloat16"),
    "eyecandy, its own defaults": ("efficientnet-lite0", "float32"),
}


def style(photo: np.ndarray, size: int, quick: bool, patience: float) -> list[Row]:
    """All rows of it; `patience`: seconds that the peer's picture may take."""
    painting = _fit(np.asarray(Image.open(SAMPLES / "style_flow.jpg").convert("RGB")), size)
    with tempfile.TemporaryDirectory() as name:
        files = [str(Path(name) / file) for file in ("photo.png", "painting.png")]
        for file, picture in zip(files, (photo, painting), strict=True):
            Image.fromarray(_fit(picture, size)).save(file)
        return [
            *_steps(size, rounds=2 if quick else 5, steps=1 if quick else 3),
            *_pictures(_fit(photo, size), painting, files, size, quick, patience),
        ]


def _fit(picture: np.ndarray, size: int) -> np.ndarray:
    from eyecandy.images import fit, resize

    return resize(picture, fit((picture.shape[1], picture.shape[0]), size))


def _steps(size: int, rounds: int, steps: int) -> list[Row]:
    what = f"VGG19 style step, {size} x {size}"
    seconds: dict[str, list[float]] = {}
    failures: dict[str, str] = {}
    losses: dict[str, float] = {}
    with company({name: ("painters", maker, size, kind) for name, (maker, kind) in STEPS.items()}) as contenders:
        for turn in range(rounds + 1):
            for name, contender in contenders.items():
                try:
                    turns = [contender() for _ in range(1 if turn == 0 else steps)]
                except DoesNotRun as error:
                    failures[name] = str(error)
                    continue
                losses[name] = turns[0].value
                if turn > 0:  # the first is to warm up
                    seconds.setdefault(name, []).extend(turn.seconds for turn in turns)
                    progress(f"{what}: {name}, {seconds[name][-1]:.2f} s")
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    rows = []
    for name in STEPS:
        if name in failures:
            rows.append(Row(what, name, "does not run", note=failures[name]))
            continue
        note = f"loss {losses[name]:.3f}; median of {len(seconds[name])}, {min(seconds[name]):.2f} s at best"
        beside = [f"{medians[name] / medians[n]:.2f} of {n}" for n in list(STEPS)[2:] if n in medians and n != name]
        rows.append(Row(what, name, f"{medians[name]:.2f} s", "; ".join(beside), note))
    return rows


def _pictures(
    photo: np.ndarray, painting: np.ndarray, files: Sequence[str], size: int, quick: bool, patience: float
) -> list[Row]:
    """Each of eyecandy's pictures, then the peer until it has reached the style distance of all, or gives up."""
    what = f"styled picture, longest side {size}: time to equal style distance"
    tries = dict(list(TRIES.items())[::2]) if quick else TRIES
    every, most = (4 if quick else 10), 1000
    knobs = {"iterations": 60} if quick else {}
    rows, wanted = [], {}
    painter = Contender("painters", "eyecandy_picture")
    for name, (network, precision) in tries.items():
        told = {"size": size} | (knobs if network == "vgg19" else {})
        try:
            picture, seconds = painter(photo, painting, network, precision, told).value
        except DoesNotRun as error:
            rows.append(Row(what, name, "does not run", note=str(error)))
            continue
        progress(f"{name}: {seconds:.1f} s")
        wanted[name] = (seconds, style_distance(picture, painting), content_kept(picture, photo), told)
    painter.close()
    peer = Contender("painters", "NeuralStyle", *files, size)
    seconds, path = 0.0, []
    try:
        for done in range(every, most + 1, every):
            picture, spent = peer(every).value
            seconds += spent
            path.append((seconds, done, style_distance(picture, painting), content_kept(picture, photo)))
            progress(f"{PEER}: {seconds:.0f} s, {done} evaluations, distance {path[-1][2]:.2f}")
            if seconds > patience or all(path[-1][2] <= distance for _, distance, _, _ in wanted.values()):
                break
    except DoesNotRun as error:
        rows.append(Row(what, PEER, "does not run", note=str(error)))
    peer.close()
    pace = f"{path[-1][0] / path[-1][1]:.2f} s" if path else "none"
    for name, (taken, distance, kept, told) in wanted.items():
        there = next((point for point in path if point[2] <= distance), None)
        beside = ""
        if there is not None:
            beside = f"{taken / there[0]:.2f} of {PEER}, which took {there[0]:.0f} s and {there[1]} evaluations"
        elif path:
            beside = (
                f"less than {taken / path[-1][0]:.2f} of {PEER}, which was at {min(p[2] for p in path):.2f} "
                f"after {path[-1][0]:.0f} s and {path[-1][1]} evaluations"
            )
        limited = f", {told['iterations']} iterations" if "iterations" in told else ""
        note = f"distance {distance:.2f}, content kept {kept:.2f}"
        rows.append(Row(what, name + limited, f"{taken:.1f} s", beside, note))
    if path:
        last = f"distance {path[-1][2]:.2f}, content kept {path[-1][3]:.2f} after {path[-1][1]} evaluations"
        rows.append(Row(what, f"{PEER}, its own defaults on VGG19", f"{pace} an evaluation", note=last))
    return rows
