"""Pictures that come from a page, and go back to it as it shows them."""

import tempfile
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from eyecandy.errors import EyecandyError
from eyecandy.web import samples
from eyecandy.web.pictures import Picture, plain_name
from eyecandy.web.state import state_of, visit_of
from eyecandy.web.visits import Visit


async def _bring(request: Request) -> Response:
    """A picture: the body as it is, under the name in the query; or a sample by its name."""
    state, visit = state_of(request), visit_of(request)
    sample = request.query_params.get("sample")
    if sample is not None:
        kept = await run_in_threadpool(samples.sample, sample)
        if kept is None:
            raise HTTPException(404, "there is no such sample")
        path, name = kept.path, kept.name
    else:
        name = plain_name(request.query_params.get("name", "picture"))
        path = await _received(request, visit, name, state.upload_megabytes)
    async with state.decoding:
        try:
            picture, photo = await run_in_threadpool(Picture.at, path, name)
        except EyecandyError:
            if visit.folder in path.parents:
                path.unlink(missing_ok=True)
            raise
    visit.add(picture, photo)
    return JSONResponse(
        {
            "id": picture.id,
            "name": picture.name,
            "width": picture.size[0],
            "height": picture.size[1],
            "notes": list(picture.notes),
        }
    )


async def _received(request: Request, visit: Visit, name: str, megabytes: int) -> Path:
    """The body as a file in a folder of its own, unless it is too long."""
    too_long = HTTPException(
        413, f"{name!r} is larger than {megabytes} MB, the most that is taken; scale it down first"
    )
    most = megabytes * 1_000_000
    if int(request.headers.get("content-length", "0")) > most:
        raise too_long
    folder = Path(tempfile.mkdtemp(dir=visit.folder))
    path, length = folder / name, 0
    with path.open("wb") as file:
        async for chunk in request.stream():
            length += len(chunk)
            if length > most:
                path.unlink()
                raise too_long
            await run_in_threadpool(file.write, chunk)
    return path


async def _picture(request: Request) -> Response:
    picture = visit_of(request).picture(request.path_params["picture"])
    large = request.path_params["kind"] == "view"
    kept = {"Cache-Control": "private, max-age=3600"}
    return Response(picture.view if large else picture.thumbnail, media_type="image/jpeg", headers=kept)


async def _sample(request: Request) -> Response:
    picture = await run_in_threadpool(samples.sample, request.path_params["name"])
    if picture is None:
        raise HTTPException(404, "there is no such sample")
    return Response(picture.thumbnail, media_type="image/jpeg", headers={"Cache-Control": "max-age=3600"})


ROUTES = [
    Route("/pictures", _bring, methods=["POST"]),
    Route("/pictures/{picture}/{kind}.jpg", _picture),
]
SAMPLE = Route("/samples/{name}", _sample)
