"""Class maps beside the peers': their time, their insertion and deletion curves, and where they lie on grids."""

import statistics
from collections.abc import Sequence

import numpy as np
from judge import baselines
from table import Row
from turns import Contender, DoesNotRun, progress

# name: package's maker in maps.py, method there, and whether its maps are as sharp as the pixels
METHODS = {
    "eyecandy.saliency": ("eyecandy", "places", True),
    "eyecandy.saliency, signal gradient": ("eyecandy", "gradient", True),
    "eyecandy.detect": ("eyecandy", "detect", True),
    "captum Saliency": ("captum", "Saliency", True),
    "captum Saliency, one batch": ("captum", "Saliency, batched", True),
    "captum IntegratedGradients": ("captum", "IntegratedGradients", True),
    "captum GuidedBackprop": ("captum", "GuidedBackprop", True),
    "tf-keras-vis Saliency": ("tf_keras_vis", "Saliency", True),
    "grad-cam GradCAM": ("grad_cam", "GradCAM", False),
    "grad-cam LayerCAM, stride 8": ("grad_cam", "LayerCAM", False),
    "tf-keras-vis Gradcam": ("tf_keras_vis", "Gradcam", False),
}
REFERENCE = "eyecandy.saliency"
PACKAGES = ("eyecandy", "captum", "tf_keras_vis", "grad_cam")
SLOW = "captum IntegratedGradients"  # 50 steps a class
BATCHED = "captum Saliency, one batch"
CLASSES = 20
Company = dict[str, Contender]


def times(company: Company, photo: np.ndarray, classes: Sequence[int], quick: bool) -> list[Row]:
    """Seconds of 20 class maps of one photo. One class at a time takes as long for each: the slow do fewer."""
    what = f"{CLASSES} class maps of one photo, {photo.shape[1]} x {photo.shape[0]}"
    seconds: dict[str, list[float]] = {}
    kept: dict[str, np.ndarray] = {}
    measured: dict[str, int] = {}
    failures: dict[str, str] = {}
    names = [name for name in METHODS if name != "eyecandy.detect"]
    for turn in range(4 if quick else 6):
        for name in names:
            package, method, _ = METHODS[name]
            some = 1 if name == SLOW else 4 if quick and package != "eyecandy" and name != BATCHED else len(classes)
            few = classes[:some]
            if name in failures or (name == SLOW and quick and turn > 1):
                continue
            try:
                taken = company[package](method, photo, few if turn > 0 else classes[:1])
            except DoesNotRun as error:
                failures[name] = str(error)
                continue
            if turn > 0:  # the first, of one class, is to warm up
                seconds.setdefault(name, []).append(taken.seconds * len(classes) / len(few))
                kept[name] = taken.value
                measured[name] = len(few)
                progress(f"{what}: {name}, {seconds[name][-1]:.1f} s")
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    sharp = {name: median for name, median in medians.items() if METHODS[name][2] and not name.startswith("eyecandy")}
    fastest = min(sharp, key=lambda name: sharp[name]) if sharp else None
    rows = []
    for name in names:
        if name in failures:
            rows.append(Row(what, name, "does not run", note=failures[name]))
            continue
        notes = [f"median of {len(seconds[name])}, {min(seconds[name]):.2f} s at best"]
        notes += ["as sharp as the pixels" if METHODS[name][2] else "coarse maps, enlarged"]
        if measured[name] < len(classes):
            notes.append(f"measured on {measured[name]} of {len(classes)} classes, one at a time")
        if name == "captum GuidedBackprop" and np.allclose(kept[name], kept["captum Saliency"], rtol=1e-3):
            notes.append("the same maps as captum Saliency: it knows ReLU, and the network has ReLU6")
        if name == fastest:
            notes.append("the fastest peer as sharp as the pixels")
        beside = ""
        if name == REFERENCE and fastest is not None:
            beside = f"{medians[name] / medians[fastest]:.2f} of {fastest}"
        elif not name.startswith("eyecandy") and REFERENCE in medians:
            beside = f"{medians[name] / medians[REFERENCE]:.1f} times {REFERENCE}"
        rows.append(Row(what, name, f"{medians[name]:.2f} s", beside, "; ".join(notes)))
    return rows


def trust(company: Company, judge: Contender, photos: Sequence[np.ndarray], quick: bool) -> list[Row]:
    """Insertion and deletion of each photo's best class, the mean over all photos."""
    what = f"insertion less deletion, {len(photos)} photos"
    curves: dict[str, list[tuple[float, float]]] = {}
    failures: dict[str, str] = {}
    empty: dict[str, int] = {}
    for photo in photos:
        wanted = judge(photo).value[0]
        made = dict(_maps(company, photo, [wanted], failures, quick))
        masks = {name: maps[0] for name, maps in made.items()} | baselines(photo.shape[:2])
        for name, mask in masks.items():
            empty[name] = empty.get(name, 0) + int(mask.max() == mask.min())
        found = judge(photo, wanted, list(masks.values())).value
        for name, areas in zip(masks, found, strict=True):
            curves.setdefault(name, []).append(areas)
    rows = [Row(what, name, "does not run", note=why) for name, why in failures.items()]
    worth = {name: float(np.mean([i - d for i, d in areas])) for name, areas in curves.items()}
    for name in sorted(curves, key=lambda each: -worth[each]):
        insertion, deletion = np.mean(curves[name], axis=0)
        note = f"insertion {insertion:.3f} (more is better), deletion {deletion:.3f} (less is better)"
        if empty[name]:
            note += f"; empty on {empty[name]} of them, where it counts as no order at all"
        rows.append(Row(what, name, f"{worth[name]:.3f}", note=note))
    return rows


def localisation(
    company: Company, judge: Contender, photos: Sequence[np.ndarray], count: int, quick: bool
) -> list[Row]:
    """The share of each class's map that lies in the class's own cell, on grids of 2 x 2 photos."""
    import grids  # found once `run.py` has said where

    named = [(judge(photo).value[:2], photo) for photo in photos]
    sure = [(best, photo) for (best, probability), photo in named if probability >= 0.5]
    what = f"localisation on {count} grids of 2 x 2 photos"
    if len({best for best, _ in sure}) < 4:
        return [Row(what, "all", "not measured", note=f"{len(sure)} of {len(photos)} photos are named surely")]
    random = np.random.default_rng(0)
    shares: dict[str, list[float]] = {}
    failures: dict[str, str] = {}
    for _ in range(count):
        chosen: list[tuple[int, np.ndarray]] = []
        for i in random.permutation(len(sure)):
            if len(chosen) < 4 and sure[i][0] not in [best for best, _ in chosen]:
                chosen.append(sure[i])
        grid = grids.grid_of([photo for _, photo in chosen], 2)
        for name, maps in _maps(company, grid, [best for best, _ in chosen], failures, quick):
            shares.setdefault(name, []).extend(float(grids.cells(m, 2)[cell]) for cell, m in enumerate(maps))
    rows = [Row(what, name, "does not run", note=why) for name, why in failures.items()]
    for name in sorted(shares, key=lambda each: -np.mean(shares[each])):
        note = f"mean of {len(shares[name])} maps; by chance it is 0.25"
        rows.append(Row(what, name, f"{np.mean(shares[name]):.3f}", note=note))
    return rows


def _maps(
    company: Company, photo: np.ndarray, classes: Sequence[int], failures: dict[str, str], quick: bool
) -> list[tuple[str, np.ndarray]]:
    """The maps of every method that runs and differs from the others."""
    found = []
    for name, (package, method, _) in METHODS.items():
        same = name in (BATCHED, "captum GuidedBackprop")
        if name in failures or same or (quick and name == SLOW):
            continue
        try:
            found.append((name, company[package](method, photo, classes).value))
        except DoesNotRun as error:
            failures[name] = str(error)
    progress(f"maps of {', '.join(name for name, _ in found)}")
    return found
