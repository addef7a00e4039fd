"""Where weights come from: the bundled file, a checked download, or a file of the user's own."""

import hashlib
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from eyecandy.backbone.weights.download import Progress, download
from eyecandy.errors import EyecandyError
from eyecandy.files import atomic


def cache_folder() -> Path:
    """Where downloads are kept: EYECANDY_HOME, else the platform's cache folder."""
    own = os.environ.get("EYECANDY_HOME")
    if own:
        return Path(own).expanduser()
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA", "~/AppData/Local")
    elif sys.platform == "darwin":
        base = "~/Library/Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "eyecandy"


def file_hash(path: Path, algorithm: Literal["md5", "sha256"] = "sha256") -> str:
    """The hash of a file, hexadecimal.

    Raises:
        EyecandyError: the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            # MD5 only where a publisher gives nothing else: it tells damage, which is all that is asked of it.
            return hashlib.file_digest(file, lambda: hashlib.new(algorithm, usedforsecurity=False)).hexdigest()
    except OSError as error:
        raise EyecandyError(f"cannot read {path}: {error.strerror}") from error


@dataclass(frozen=True)
class LocalFile:
    """A file that is a part of the package."""

    path: Path
    sha256: str

    def obtain(self, progress: Progress | None = None) -> Path:
        """The path, once the file's SHA-256 is what it should be.

        Raises:
            EyecandyError: the file is missing or damaged.
        """
        if not self.path.is_file():
            raise EyecandyError(f"weight file {self.path} is missing; install eyecandy again")
        found = file_hash(self.path)
        if found != self.sha256:
            raise EyecandyError(f"weight file {self.path} is damaged: expected SHA-256 {self.sha256}, got {found}")
        return self.path


@dataclass(frozen=True)
class RemoteFile:
    """A file that one backbone needs and that its publisher keeps on the internet.

    Attributes:
        backbone: whose file it is, as given to `--backbone`.
        kind: "weights" or "labels".
        url: where it is published.
        megabytes: about how large it is.
        licence: under which it is published.
        md5: the publisher's hash; None where there is none, and then the SHA-256 of the first good copy is kept
            beside the file and compared from then on.
        check: looks at size and layout of a file; raises EyecandyError where they are wrong.
    """

    backbone: str
    kind: Literal["weights", "labels"]
    url: str
    megabytes: float
    licence: str
    md5: str | None = None
    check: Callable[[Path], None] | None = None

    @property
    def path(self) -> Path:
        """Where the file lies, or may be put by hand."""
        return cache_folder() / self.url.rpartition("/")[2]

    @property
    def here(self) -> bool:
        """Whether the file is in the cache, whole or not.

        Raises:
            EyecandyError: the cache may not be looked at.
        """
        try:
            return self.path.is_file()
        except OSError as error:
            raise EyecandyError(
                f"cannot look at {self.path}: {error.strerror}; set EYECANDY_HOME to a folder of your own"
            ) from error

    @property
    def _first_seen(self) -> Path:
        return self.path.with_name(f"{self.path.name}.sha256")

    def verify(self) -> Path:
        """The path, once the file is known to be whole.

        Raises:
            EyecandyError: the file is missing or damaged; the message says how to fetch it.
        """
        command = f"`eyecandy weights fetch {self.backbone}`"
        if not self.here:
            raise EyecandyError(f"the {self.kind} of {self.backbone} are not at {self.path}; run {command}")
        fault = self._fault(self.path)
        if fault is not None:
            raise EyecandyError(f"{self.path} is damaged and not used: {fault}; run {command} to replace it")
        self._remember()
        return self.path

    def fetch(self, progress: Progress | None = None) -> Path:
        """The path, after a download where the file is missing or damaged.

        Raises:
            EyecandyError: the download failed, or brought another file than the publisher's.
        """
        if self.here and self._fault(self.path) is None:
            self._remember()
            return self.path

        def accept(path: Path) -> None:
            fault = self._fault(path)
            if fault is not None:
                raise EyecandyError(
                    f"{self.url} did not send the file it should: {fault}; nothing was kept; "
                    f"try again, or put the file at {self.path} by hand"
                )

        download(self.url, self.path, accept=accept, resume=self.md5 is not None, progress=progress)
        self._remember()
        return self.path

    def obtain(self, progress: Progress | None = None) -> Path:
        """The path, after a download where the file is missing.

        Raises:
            EyecandyError: the file is damaged (nothing is replaced unasked), or the download failed.
        """
        return self.verify() if self.here else self.fetch(progress)

    def _fault(self, path: Path) -> str | None:
        """What is wrong with the file at `path`, cached or just received; None where it is the right one."""
        if self.check is not None:
            try:
                self.check(path)
            except EyecandyError as error:
                return str(error)
        if self.md5 is not None:
            found = file_hash(path, "md5")
            return None if found == self.md5 else f"expected MD5 {self.md5}, got {found}"
        if not self._first_seen.exists():
            return None
        expected = self._first_seen.read_text("utf-8").split(maxsplit=1)[0]
        found = file_hash(path, "sha256")
        if found == expected:
            return None
        return f"expected SHA-256 {expected} as first seen, got {found} (delete {self._first_seen} to accept another)"

    def _remember(self) -> None:
        """Keep the SHA-256 of a file whose publisher gives no hash."""
        if self.md5 is not None or self._first_seen.exists():
            return
        with atomic(self._first_seen, overwrite=True) as temporary:
            temporary.write_text(f"{file_hash(self.path)}  {self.path.name}\n", "utf-8")
