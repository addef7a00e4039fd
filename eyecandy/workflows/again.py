"""A picture, a study or a film once more, from its record."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from eyecandy import images
from eyecandy._version import __version__
from eyecandy.art.output import film as films
from eyecandy.art.output import record as records
from eyecandy.art.output.record import Artwork
from eyecandy.art.recipes.again import again, before, check, frame_again, options_of, photo_of, recipe_of, signed
from eyecandy.errors import EyecandyError, OptionError, memory
from eyecandy.files import refuse_inputs
from eyecandy.workflows.clip import ClipJob, make_clip
from eyecandy.workflows.fall import filmed
from eyecandy.workflows.listener import Listener, Opener, check_free
from eyecandy.workflows.network import PaintingNetwork
from eyecandy.workflows.output import ClipOptions, OutputOptions
from eyecandy.workflows.paint import Job, paint_one, too_large

if TYPE_CHECKING:
    from eyecandy.art.core.moving import MovingSource
    from eyecandy.art.output.painting import Viewing
    from eyecandy.art.output.study import Study
    from eyecandy.backbone.model import Backbone

NEW_FALLS = "0.3.0"
"""The first version whose falls keep their detail; those of earlier ones cannot be made as they were."""


@dataclass(frozen=True)
class Remade:
    """What became of it: whether Ctrl-C ended it, and the study where it is one."""

    interrupted: bool = False
    study: "Study | None" = None


@dataclass(frozen=True)
class Remaking:
    """Makes what a file shows again, from the record that it carries.

    Attributes:
        path: of a picture, of a sheet of a study, of a film that was painted, or of the film of a fall.
        record: its record, see `record_of`.
        output: what is made; None for a name of the same kind, with -again.
        overwrite: replace files that exist.
        engine, address: who computes tiles, as for the recipe; no record says.
    """

    path: Path
    record: Mapping[str, Any]
    output: Path | None = None
    overwrite: bool = False
    engine: str = "local"
    address: str | None = None

    @property
    def network(self) -> PaintingNetwork:
        """The network of the record."""
        held = self.record.get("backbone", {})
        said = self.record.get("network") or {"backbone": held.get("name")}
        return PaintingNetwork(**{**said, "precision": held.get("precision", "float32")})

    def run(self, network: Opener, listener: Listener) -> Remade:
        """Makes it, and tells the listener whether the pixels are the same.

        Raises:
            EyecandyError: as `again`, or a file that cannot be written.
        """
        for remark in _remarks(self.record):
            listener.note(remark)
        folder = self.path.absolute().parent
        if "sheet" in self.record:
            return self._folder(self.output or folder.with_name(f"{folder.name}-again"), network, listener)
        target = self.output or self.path.with_name(f"{self.path.stem}-again{self.path.suffix}")
        if "clip" in self.record:
            return Remade(self._clip(target, network, listener))
        if self.path.suffix.lower() in films.SUFFIXES:
            return Remade(self._film(target, network, listener))
        return Remade(self._picture(target, network, listener))

    def _again(self, backbone: "Backbone", viewing: "Viewing", directory: Path | None = None) -> Any:
        return again(self.record, backbone, directory, viewing=viewing, engine=self.engine, address=self.address)

    @property
    def _inputs(self) -> list[str | Path]:
        """The pictures that go into the one of the record, and that one."""
        return [self.path, *(source["path"] for source in self.record.get("sources", ()) if source.get("path"))]

    def _picture(self, target: Path, network: Opener, listener: Listener) -> bool:
        earlier = images.load(self.path).pixels

        def make(viewing: "Viewing") -> Artwork:
            made: Artwork = self._again(network(), viewing)
            if self.path.suffix.lower() == ".png" and not made.interrupted:
                listener.compared(self.path, np.array_equal(earlier, images.load(made.image).pixels))
            return made

        job = Job("again", make, target, inputs=self._inputs)
        return paint_one(job, OutputOptions(overwrite=self.overwrite), listener).interrupted

    def _folder(self, target: Path, network: Opener, listener: Listener) -> Remade:
        """A sheet: all of its study, into a folder."""
        earlier = images.load(self.path).pixels
        listener.note(f"{self.path} is a sheet of a study: the whole study is made again, in the folder {target}")
        backbone = network()
        with memory(too_large(target)):
            study: Study = self._again(backbone, listener.viewing(), target)
        sheet = next((sheet for sheet in study.sheets if sheet.stem == self.record["sheet"]), None)
        if sheet is not None and study.stopped is None:
            listener.compared(self.path, np.array_equal(earlier, images.load(sheet).pixels))
        return Remade(study.interrupted, study)

    def _clip(self, target: Path, network: Opener, listener: Listener) -> bool:
        """A film that was painted, frame by frame."""
        held, backbone = self.record["clip"], network()
        check(self.record, backbone)

        def make(source: "MovingSource", viewing: "Viewing") -> Artwork:
            return frame_again(self.record, backbone, source, viewing)

        told = {"recipe": self.record["recipe"], "record": self.record}
        job = ClipJob(Path(photo_of(self.record)), make, target, told, signed(self.record), self._inputs)
        wanted = ClipOptions(overwrite=self.overwrite, steps=held["steps"], hold=held["hold"])
        return make_clip(job, wanted, listener)

    def _film(self, target: Path, network: Opener, listener: Listener) -> bool:
        """A fall into a picture: the picture, and all frames."""
        frames = self.record.get("zoom")
        if frames is None:
            raise OptionError(
                "{path!r} shows how a picture grew; give the picture, and {} to its command",
                "film",
                path=str(self.path),
            )
        films.check_suffix(target)
        refuse_inputs([target], self._inputs)
        check_free(target, overwrite=self.overwrite)
        name = self.record["recipe"]
        listener.note(
            f"{self.path} is a fall into a {name}: the {name} and all {frames} frames are made again, as {target}"
        )
        backbone = network()
        with memory(too_large(target)):
            begun: Artwork = self._again(backbone, listener.viewing())
            if begun.interrupted:
                listener.note(f"{begun.stopped}; nothing is written")
                return True
            fall = recipe_of(self.record).frames
            assert fall is not None
            where = {"backbone": backbone, "engine": self.engine, "address": self.address}
            pictures = fall(photo_of(self.record), frames=frames, begun=begun, **where, **options_of(self.record))
            return filmed(pictures, frames, begun, target, listener, overwrite=self.overwrite)


def record_of(path: Path) -> dict[str, Any]:
    """The record that a file carries, or that lies beside it.

    Raises:
        EyecandyError: there is none, or it is of a picture that was kept on the way to another.
    """
    record = records.read(path)
    if "picture" in record:
        raise EyecandyError(f"{str(path)!r} was kept on the way to {record['picture']!r}; give that one")
    return record


def _remarks(record: Mapping[str, Any]) -> list[str]:
    """Why the picture may come out otherwise."""
    said = []
    version = record.get("versions", {}).get("eyecandy")
    if version != __version__:
        said.append(f"made by eyecandy {version}, and this is {__version__}: the picture may differ")
    if "zoom" in record and before(record, NEW_FALLS):
        said.append(f"before {NEW_FALLS} one fell into pictures otherwise, and that way is gone: the film will differ")
    if record.get("stopped"):
        said.append(f"the picture was {record['stopped']}: this time it is made to the end")
    elif record.get("resumed"):
        said.append("the picture was interrupted and taken up again: made in one go, it may differ")
    return said
