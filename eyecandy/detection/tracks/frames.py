"""The frames of a clip as labelled photos, which every format of labels can write."""

from collections.abc import Iterable, Iterator
from typing import Any, cast

import numpy as np

from eyecandy.clips.reader import Clip
from eyecandy.detection.export.labelled import Annotation, LabelledPhoto
from eyecandy.detection.score import FITS
from eyecandy.detection.tracks.journal import Entry, Shown, mask_of
from eyecandy.detection.tracks.track import Track


def labelled_frames(frames: Iterable[Shown], name: str, clip: Clip) -> Iterator[LabelledPhoto]:
    """Each frame as a labelled photo.

    Besides what every photo has, a frame has "video_id", 1, "frame_index", counted from 0, and "time" in seconds. Its
    name is that which `ffmpeg -i clip.mp4 -start_number 0 clip-%06d.png` gives it.
    """
    width, height = clip.size
    for shown in frames:
        number = shown["frame"]
        photo: dict[str, Any] = {
            "photo": f"{name}-{number:06d}.png",
            "width": width,
            "height": height,
            "video_id": 1,
            "frame_index": number,
            "time": round(float(number / clip.rate), 6),
            "annotations": [annotation(track, entry, i) for i, (track, entry) in enumerate(shown["things"], start=1)],
        }
        yield cast(LabelledPhoto, photo)


def annotation(track: Track, entry: Entry, number: int) -> Annotation:
    """A thing in a frame as a COCO annotation, of the image 1.

    Returns:
        What `labelled.annotation` says, as far as there is something to say, and besides "track_id", "video_id",
        "carried" (whether the mask was carried here by the motion, and nobody looked or found it), and "seen_as", the
        label that the look at this frame gave it, or null. It is called what its track is called; its score is that of
        the look, or else of the track.
    """
    where = mask_of(entry)
    rows, columns = np.flatnonzero(where.any(1)), np.flatnonzero(where.any(0))
    x, y, right, bottom = (int(value) for value in (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1))
    told: dict[str, Any] = {
        "id": number,
        "image_id": 1,
        "video_id": 1,
        "track_id": track.number,
        "category_id": track.class_index,
        "iscrowd": 0,
        "bbox": [x, y, right - x, bottom - y],
        "area": sum(entry["mask"]["counts"][1::2]),
        "segmentation": entry["mask"],
        "score": round(track.score if entry["score"] is None else entry["score"], 6),
        "word": track.word,
        "label": track.label,
        "something_like": track.probability < FITS,
        "probability": round(track.probability, 6),
        "threshold": 0.5,
        "carried": entry["carried"],
        "seen_as": entry["label"],
    }
    return cast(Annotation, told)
