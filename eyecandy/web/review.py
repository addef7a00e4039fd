"""The page on which the results of many photos are looked through."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from eyecandy.datasets.review.decisions import Item
from eyecandy.datasets.review.export import export
from eyecandy.datasets.review.folder import Review, Sheet, Standing
from eyecandy.datasets.review.results import Known
from eyecandy.detection.arrays import resize_mask
from eyecandy.detection.export.formats import FORMATS
from eyecandy.detection.export.options import LabelOptions
from eyecandy.errors import EyecandyError
from eyecandy.images import fit, load, resize
from eyecandy.viewer.outlines import outline
from eyecandy.web.pictures import THUMBNAIL, VIEW, jpeg
from eyecandy.web.state import asked

PAGE = Path(__file__).parent / "static" / "review.html"
_OUTLINE = 960  # pixels of the longest side of what outlines are drawn around
_KEPT = {"Cache-Control": "private, max-age=3600"}


class Shown:
    """A review and what its page shows of it: pictures and outlines, made once."""

    def __init__(self, review: Review) -> None:
        self.review = review
        self.view = lru_cache(maxsize=16)(self._view)
        self.thumbnail = lru_cache(maxsize=5000)(self._thumbnail)
        self._outline = lru_cache(maxsize=500)(self._drawn)

    def overview(self) -> dict[str, Any]:
        """All photos, how far each is, and what objects may be called."""
        return {
            "folder": self.review.folder.name,
            "photos": [_standing(each) for each in self.review.standings()],
            "formats": list(FORMATS),
            **self._beside(),
        }

    def sheet(self, sheet: Sheet) -> dict[str, Any]:
        """A photo with its objects, and whatever else may have changed with it."""
        width, height = sheet.photo.size
        across, down = fit(sheet.photo.size, _OUTLINE)
        return {
            **_standing(self.review.standing(sheet.photo.key)),
            "turn": sheet.turn,
            "width": width,
            "height": height,
            "box": [across, down],
            "objects": [self._object(sheet, item) for item in sheet.items],
            **self._beside(),
        }

    def _beside(self) -> dict[str, Any]:
        undo, redo = self.review.steps
        return {"names": [_shown(name) for name in self.review.names()], "undo": undo, "redo": redo}

    def _object(self, sheet: Sheet, item: Item) -> dict[str, Any]:
        return {
            "id": item.id,
            "name": _shown(item.name),
            "label": _shown(item.label),
            "status": item.status,
            "score": None if item.found is None or item.renamed else item.found["score"],
            "repainted": item.repainted,
            "outline": self._outline(sheet.photo, item.mask, item.threshold),
        }

    def _drawn(self, photo: Known, mask: str, threshold: float) -> str:
        inside = self.review.results.inside(photo, mask, threshold).astype(np.float32)
        return outline(resize_mask(inside, fit(photo.size, _OUTLINE)), 0.5)

    def _view(self, key: str, of: str) -> bytes:
        photo = self.review.photo(key)
        return jpeg(resize(photo.pixels, fit(photo.size, VIEW)))

    def _thumbnail(self, key: str, of: str) -> bytes:
        path = self.review.path(key)
        try:
            with Image.open(path) as image:
                image.draft("RGB", (2 * THUMBNAIL, 2 * THUMBNAIL))  # a JPEG is decoded no larger than it is shown
                photo = load(image)
        except (EyecandyError, OSError, ValueError, Image.DecompressionBombError):
            photo = self.review.photo(key)  # a format that Pillow does not know; or what is wrong, in a sentence
        return jpeg(resize(photo.pixels, fit(photo.size, THUMBNAIL)))


def _standing(each: Standing) -> dict[str, Any]:
    return {
        "key": each.photo.key,
        "name": _shown(each.photo.name),
        "of": each.photo.of,
        "open": each.open,
        "accepted": each.accepted,
        "rejected": each.rejected,
        "done": each.done,
    }


def _shown(name: str) -> str:
    """A file name may hold any bytes, and JSON only characters."""
    return name.encode("utf-8", "backslashreplace").decode()


def _at(request: Request) -> Shown:
    """What is under review.

    Raises:
        HTTPException: nothing is.
    """
    shown: Shown | None = request.app.state.review
    if shown is None:
        raise HTTPException(404, "nothing is under review; start eyecandy web with --review FOLDER")
    return shown


async def _page(request: Request) -> Response:
    _at(request)
    return FileResponse(PAGE, headers={"Cache-Control": "no-cache"})


async def _overview(request: Request) -> Response:
    return JSONResponse(await run_in_threadpool(_at(request).overview))


async def _sheet(request: Request) -> Response:
    shown, key = _at(request), request.path_params["key"]
    return JSONResponse(await run_in_threadpool(lambda: shown.sheet(shown.review.sheet(key))))


async def _picture(request: Request) -> Response:
    shown, key = _at(request), request.path_params["key"]
    make = shown.view if request.path_params["kind"] == "view" else shown.thumbnail
    made = await run_in_threadpool(make, key, request.query_params.get("of", ""))
    return Response(made, media_type="image/jpeg", headers=_KEPT)


async def _decide(request: Request) -> Response:
    review, form = _at(request).review, await asked(request)
    changes = form.get("changes", {})
    if not isinstance(changes, dict) or not all(isinstance(change, dict) for change in changes.values()):
        raise HTTPException(400, "changes are told by the numbers of objects")
    numbered = {_number(number): change for number, change in changes.items()}
    seen = form.get("seen") is True
    return await _changed(request, form, lambda key, of, turn: review.decide(key, of, turn, numbered, seen=seen))


async def _paint(request: Request) -> Response:
    review, form = _at(request).review, await asked(request)
    number = None if form.get("object") is None else _number(form["object"])
    stroke, name = form.get("stroke"), form.get("name", "object")
    if not isinstance(stroke, dict):
        raise HTTPException(400, "a stroke is expected")
    return await _changed(request, form, lambda key, of, turn: review.paint(key, of, turn, number, stroke, name))


async def _changed(request: Request, form: dict[str, Any], change: Callable[..., Sheet]) -> Response:
    """The photo after a change of the sheet that a form is about."""
    shown, key = _at(request), request.path_params["key"]
    of, turn = str(form.get("of")), _number(form.get("turn"))
    return JSONResponse(await run_in_threadpool(lambda: shown.sheet(change(key, of, turn))))


async def _turn_back(request: Request) -> Response:
    """Takes back, or does again; the key of the photo that it was about."""
    review = _at(request).review
    turn = review.undo if request.path_params["way"] == "undo" else review.redo
    return JSONResponse({"key": await run_in_threadpool(turn)})


async def _export(request: Request) -> Response:
    shown, form = _at(request), await asked(request)
    formats = form.get("formats")
    if not isinstance(formats, list) or not formats:
        raise EyecandyError("choose at least one format")
    by = form.get("by", LabelOptions.by)
    done = await run_in_threadpool(lambda: export(shown.review, [str(name) for name in formats], by=by))
    told = {"photos": done.photos, "objects": done.objects, "left": done.left}
    return JSONResponse({"files": [_shown(str(file)) for file in done.files], **told})


def _number(given: object) -> int:
    try:
        return int(str(given))
    except ValueError as error:
        raise HTTPException(400, "a number is expected") from error


ROUTES = [
    Route("/review", _page),
    Route("/review/photos", _overview),
    Route("/review/photos/{key}", _sheet),
    Route("/review/photos/{key}/{kind}.jpg", _picture),
    Route("/review/photos/{key}/decide", _decide, methods=["POST"]),
    Route("/review/photos/{key}/paint", _paint, methods=["POST"]),
    Route("/review/export", _export, methods=["POST"]),
    Route("/review/{way}", _turn_back, methods=["POST"]),
]
