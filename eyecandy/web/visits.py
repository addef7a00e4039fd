"""Visits: one for each open page, with its pictures and jobs, and nothing of it left when the page closes."""

import asyncio
import secrets
import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eyecandy.errors import EyecandyError
from eyecandy.images import Photo
from eyecandy.web.jobs import ENDED, Job, Queue
from eyecandy.web.pictures import Picture

GRACE = 20.0  # seconds that a page may be out of reach, such as a phone between two networks
MOST_VISITS, MOST_PICTURES = 32, 24


@dataclass(eq=False)
class Visit:
    """One open page.

    Attributes:
        id: a secret of the page; all that it brought is reached under it only.
        folder: for its files.
        pictures: by their ids, oldest first.
        jobs: by their ids.
        news: set when there is something to tell the page.
        listeners: connections that wait for news.
    """

    folder: Path
    loop: asyncio.AbstractEventLoop
    id: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    pictures: dict[str, Picture] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    listeners: int = 0
    seen: float = field(default_factory=time.monotonic)
    latest: tuple[str, Photo] | None = None  # the picture brought last, so that it need not be decoded again

    def changed(self) -> None:
        """There is something new to tell; from any thread."""
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self.news.set)

    def picture(self, id: str) -> Picture:
        """Raises EyecandyError where the page has brought no such picture."""
        if id not in self.pictures:
            raise EyecandyError("this picture is no longer here; choose it again")
        return self.pictures[id]

    def photo(self, picture: Picture) -> Photo:
        """The pixels of a picture."""
        if self.latest is not None and self.latest[0] == picture.id:
            return self.latest[1]
        return Picture.at(picture.path, picture.name)[1]

    def job(self, id: str) -> Job:
        """Raises EyecandyError where the page has no such job."""
        if id not in self.jobs:
            raise EyecandyError("this result is no longer here; make it again")
        return self.jobs[id]

    def add(self, picture: Picture, photo: Photo) -> None:
        """Keeps a picture; the oldest goes where there are too many."""
        self.pictures[picture.id] = picture
        self.latest = (picture.id, photo)
        while len(self.pictures) > MOST_PICTURES:
            oldest = self.pictures.pop(next(iter(self.pictures)))
            if self.folder in oldest.path.parents:
                shutil.rmtree(oldest.path.parent, ignore_errors=True)

    def told(self, queue: Queue) -> dict[str, Any]:
        """All jobs, as JSON can hold them."""
        return {
            "jobs": [
                {
                    "id": job.id,
                    "kind": job.kind,
                    "state": job.state,
                    "place": queue.place(job),
                    "error": job.error,
                    "kept": job.result is not None,
                    **job.told,
                }
                for job in self.jobs.values()
            ]
        }


class Visits:
    """All open pages."""

    def __init__(self, folder: Path, queue: Queue) -> None:
        self.folder = folder
        self.queue = queue
        self._visits: dict[str, Visit] = {}

    def open(self) -> Visit:
        """A new visit.

        Raises:
            EyecandyError: there are too many.
        """
        if len(self._visits) >= MOST_VISITS:
            raise EyecandyError(f"{MOST_VISITS} pages are open, which is all that are served; close one")
        visit = Visit(self.folder, asyncio.get_running_loop())
        visit.folder = self.folder / secrets.token_hex(12)
        visit.folder.mkdir(mode=0o700)
        self._visits[visit.id] = visit
        return visit

    def get(self, id: str) -> Visit:
        """Raises KeyError where there is none of this id."""
        return self._visits[id]

    def start(self, visit: Visit, job: Job) -> None:
        """Puts a page's job into the queue, in the place of an older one of its kind."""
        for older in [each for each in visit.jobs.values() if each.kind == job.kind]:
            if older.state not in ENDED:
                self.queue.cancel(older)
            del visit.jobs[older.id]
        visit.jobs[job.id] = job
        self.queue.put(job)

    def close(self, visit: Visit) -> None:
        """Cancels a page's jobs and removes its files."""
        if self._visits.pop(visit.id, None) is None:
            return
        for job in visit.jobs.values():
            if job.state not in ENDED:
                self.queue.cancel(job)
        visit.latest = None
        shutil.rmtree(visit.folder, ignore_errors=True)
        visit.news.set()

    def is_open(self, visit: Visit) -> bool:
        return visit.id in self._visits

    async def sweep(self) -> None:
        """Closes, for ever, the visits of pages that are gone."""
        while True:
            await asyncio.sleep(1)
            now = time.monotonic()
            for visit in list(self._visits.values()):
                if visit.listeners == 0 and now - visit.seen > GRACE:
                    self.close(visit)
