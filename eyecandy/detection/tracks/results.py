"""The results of a clip as a folder of files."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from eyecandy._tensorflow import keras, tf
from eyecandy._version import __version__
from eyecandy.backbone.model import Backbone
from eyecandy.clips import film
from eyecandy.clips.reader import Clip, fingerprint
from eyecandy.detection.export.folders import MARKER
from eyecandy.detection.export.formats import FORMATS
from eyecandy.detection.export.formats.coco import write_coco
from eyecandy.detection.export.labelled import LabelledPhoto
from eyecandy.detection.export.labelling import Labelling
from eyecandy.detection.export.options import LabelOptions
from eyecandy.detection.options import DetectOptions
from eyecandy.detection.tracks.drawing import cut_out, with_masks
from eyecandy.detection.tracks.frames import labelled_frames
from eyecandy.detection.tracks.journal import Journal, Shown
from eyecandy.detection.tracks.track import Track

MASKS, CUT_OUT, ANNOTATIONS, OBJECTS = "masks.mp4", "cutout.webm", "annotations.json", "objects.json"


@dataclass(frozen=True)
class About:
    """What the files say of a clip beside its frames.

    Attributes:
        clip, net, options, labels, formats, every: what was looked at, and how.
        tracks: by the numbers of the journal.
        done: how many frames were seen.
        notes: on how the clip was read.
    """

    clip: Clip
    net: Backbone
    options: DetectOptions
    labels: LabelOptions
    formats: Sequence[str]
    every: int
    tracks: Mapping[int, Track]
    done: int
    notes: Sequence[str]


def write(folder: Path, journal: Journal, about: About, advance: Callable[[int], None]) -> bool:
    """Writes the files of a clip into an empty folder.

    - objects.json: the tracks, see `summary`.
    - annotations.json: each thing in each frame as COCO, with "track_id", see `frames.annotation`; as in TAO (Dave et
      al. 2020), "videos" and "tracks" lie beside "images" and "annotations".
    - a folder for each other format of labels.
    - masks.mp4: the film with each thing in its colour, with its number and word; cutout.webm: the things on nothing.
      Both have the sound of the clip.
    - eyecandy.json: how the result was made.

    Args:
        advance: is called with the number of frames after each of the films.

    Returns:
        Whether Ctrl-C ended the films early; all else is there.
    """
    _write_labels(folder, journal, about)
    _write_json(folder / OBJECTS, summary(about))
    drawn = _write_films(folder, journal, about, advance)
    _write_json(folder / MARKER, {**record(about), "frames_drawn": drawn})
    return drawn < about.done


def summary(about: About) -> dict[str, Any]:
    """The tracks of a clip, as JSON holds them.

    Returns:
        "clip" (its name, size, rate, how many frames there are and how many were seen, notes), "backbone", and
        "objects", one a track: "track", "word", "label", "class_index", "score", "probability", "first", "last" and
        "frames" (numbers of frames from 0, and how many show it), "from" and "to" in seconds, "looks" and "scene".
    """
    clip, seconds = about.clip, 1 / about.clip.rate
    objects = []
    for track in about.tracks.values():
        told = asdict(track)
        number = told.pop("number")
        told |= {name: round(told[name], 6) for name in ("score", "probability")}
        span = {"from": round(float(track.first * seconds), 3), "to": round(float((track.last + 1) * seconds), 3)}
        objects.append({"track": number, **told, **span})
    told_clip = {
        "name": clip.path.name,
        "width": clip.size[0],
        "height": clip.size[1],
        "rate": float(clip.rate),
        "frames": clip.count,
        "seen": about.done,
        "notes": list(about.notes),
    }
    return {"clip": told_clip, "backbone": about.net.name, "objects": objects}


def record(about: About) -> dict[str, Any]:
    """How a result was made: versions, network, options, and of which film."""
    return {
        "eyecandy": __version__,
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
        "backbone": about.net.name,
        "weights_sha256": about.net.weights_sha256,
        "clip": about.clip.path.name,
        "sha256": fingerprint(about.clip.path),
        "frames": about.clip.count,
        "seen": about.done,
        "notes": list(about.notes),
        "every": about.every,
        "options": asdict(about.options),
    }


def _write_labels(folder: Path, journal: Journal, about: About) -> None:
    name, size = about.clip.path.stem, about.clip.size

    def photos() -> Iterator[LabelledPhoto]:
        return labelled_frames(_shown(journal, about), name, about.clip)

    labelling = Labelling.of(photos(), about.net.name, about.labels)
    categories = {
        track.number: labelling.names.index(labelling.name_of(track.word, track.label)) + 1
        for track in about.tracks.values()
    }
    beside = {
        "videos": [{"id": 1, "name": about.clip.path.name, "width": size[0], "height": size[1]}],
        "tracks": [{"id": each, "video_id": 1, "category_id": category} for each, category in categories.items()],
    }
    write_coco(_Folder(folder), ANNOTATIONS, photos(), labelling, beside)
    for each in about.formats:
        if each != FORMATS.default:
            FORMATS[each].write(_Folder(folder / each), photos(), labelling)


def _write_films(folder: Path, journal: Journal, about: About, advance: Callable[[int], None]) -> int:
    """Both films, frame by frame; how many frames they have, which Ctrl-C may end."""
    clip, drawn = about.clip, 0
    sound = clip.path if clip.sound else None
    try:
        with ExitStack() as films:
            masks = films.enter_context(film(folder / MASKS, clip.size, rate=clip.rate, sound=sound))
            cut = films.enter_context(film(folder / CUT_OUT, clip.size, rate=clip.rate, sound=sound, clear=True))
            # The journal ends where Ctrl-C did, the clip later.
            for shown, frame in zip(_shown(journal, about), clip.frames(), strict=False):
                masks.add(with_masks(frame, shown))
                cut.add(cut_out(frame, shown))
                drawn += 1
                advance(drawn)
    except KeyboardInterrupt:
        if drawn == 0:
            raise
    return drawn


def _shown(journal: Journal, about: About) -> Iterator[Shown]:
    """The frames of the journal; one that Ctrl-C came upon is not counted."""
    return islice(journal.read(about.tracks), about.done)


def _write_json(path: Path, document: dict[str, Any]) -> None:
    path.write_text(json.dumps(document, indent=1) + "\n", "ascii")


class _Folder:
    """A folder that nobody else sees yet, so that files may be written under their own names."""

    def __init__(self, folder: Path) -> None:
        self.local = folder

    @contextmanager
    def replace(self, name: str) -> Iterator[BinaryIO]:
        path = self.local / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            yield file
