"""Files and folders appear whole or not at all, and nobody's own is replaced."""

import errno
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import eyecandy
from eyecandy.errors import EyecandyError
from eyecandy.files import atomic, atomic_directory

MARKER = "objects.json"


def write(path: Path, text: str, *, overwrite: bool = False) -> None:
    with atomic(path, overwrite=overwrite) as temporary:
        temporary.write_text(text)


def results(path: Path, text: str, *, overwrite: bool = False) -> None:
    with atomic_directory(path, overwrite=overwrite, marker=MARKER) as folder:
        (folder / MARKER).write_text(text)


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


# --- files ---------------------------------------------------------------------------------------------------


def test_a_file_appears_when_it_is_whole(tmp_path):
    target = tmp_path / "out.png"
    with atomic(target, overwrite=False) as temporary:
        temporary.write_text("whole")
        assert not target.exists()
        assert (temporary.parent, temporary.suffix) == (tmp_path, ".png")
    assert target.read_text() == "whole"
    assert names(tmp_path) == ["out.png"]


def test_a_new_file_has_the_usual_permissions(tmp_path):
    (tmp_path / "usual").touch()
    write(tmp_path / "out", "")
    assert (tmp_path / "out").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_missing_folders_are_made(tmp_path):
    write(tmp_path / "a" / "b" / "out.txt", "x")
    assert (tmp_path / "a" / "b" / "out.txt").read_text() == "x"


@pytest.mark.parametrize("interruption", [ValueError, KeyboardInterrupt, SystemExit, OSError])
def test_a_failure_leaves_nothing_and_keeps_the_old(tmp_path, interruption):
    (tmp_path / "old.txt").write_text("old")
    for target in (tmp_path / "old.txt", tmp_path / "new" / "folder" / "out.txt"):
        with pytest.raises(interruption), atomic(target, overwrite=True) as temporary:
            temporary.write_text("half")
            raise interruption
    assert names(tmp_path) == ["old.txt"]
    assert (tmp_path / "old.txt").read_text() == "old"


def test_a_block_that_writes_nothing_makes_nothing(tmp_path):
    with pytest.raises(FileNotFoundError), atomic(tmp_path / "out.txt", overwrite=False):
        pass
    assert names(tmp_path) == []


def test_an_existing_file_is_refused_before_the_work_unless_told(tmp_path):
    target = tmp_path / "out.txt"
    target.write_text("old")
    with pytest.raises(EyecandyError) as caught, atomic(target, overwrite=False):
        pytest.fail("the block must not run")
    expected = f"{str(target)!r} exists already; pass overwrite=True or choose another output"
    assert str(caught.value) == expected
    write(target, "new", overwrite=True)
    assert target.read_text() == "new"


def test_a_file_that_comes_about_meanwhile_is_kept(tmp_path):
    target = tmp_path / "out.txt"
    with pytest.raises(EyecandyError, match="exists already"), atomic(target, overwrite=False) as temporary:
        temporary.write_text("ours")
        target.write_text("theirs")
    assert names(tmp_path) == ["out.txt"]
    assert target.read_text() == "theirs"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_or_device_is_never_replaced_by_a_file(tmp_path):
    os.mkfifo(tmp_path / "pipe")  # and not the null device, which a failing test would replace
    with pytest.raises(EyecandyError, match="device or a pipe"):
        write(tmp_path / "pipe", "x", overwrite=True)
    assert (tmp_path / "pipe").is_fifo()


def test_a_folder_is_never_replaced_by_a_file(tmp_path):
    with pytest.raises(EyecandyError, match="is a folder"):
        write(tmp_path, "x", overwrite=True)
    with pytest.raises(EyecandyError, match="is a file, not a folder"):
        (tmp_path / "file").touch()
        write(tmp_path / "file" / "out.txt", "x")


def test_a_link_is_followed(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "file").write_text("old")
    (tmp_path / "link").symlink_to(tmp_path / "real" / "file")
    write(tmp_path / "link", "new", overwrite=True)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / "file").read_text() == "new"
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(EyecandyError):
        write(tmp_path / "loop", "x")


def test_too_long_a_name_is_told_before_the_work(tmp_path):
    for use in (
        atomic(tmp_path / ("x" * 300), overwrite=False),
        atomic_directory(tmp_path / ("x" * 300), overwrite=True, marker=MARKER),
    ):
        with pytest.raises(EyecandyError, match="the name is too long"), use:
            pytest.fail("the block must not run")
    write(tmp_path / ("x" * 250), "the longest names still have room for a temporary one")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EDQUOT, "quota"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "no permission"),
        (errno.EPERM, "no permission"),
    ],
)
def test_the_systems_errors_are_told_in_plain_words(tmp_path, code, words):
    for use in (
        atomic(tmp_path / "out", overwrite=False),
        atomic_directory(tmp_path / "out", overwrite=False, marker=MARKER),
    ):
        with pytest.raises(EyecandyError, match=words) as caught, use:
            raise OSError(code, os.strerror(code))
        assert str(tmp_path / "out") in str(caught.value)
    assert names(tmp_path) == []


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a folder in which the system makes no files")
def test_a_place_that_takes_no_files_is_told_in_plain_words():
    with (
        pytest.raises(EyecandyError, match=r"^'/proc/a\.png' cannot be written: .+; choose another output$"),
        atomic(Path("/proc/a.png"), overwrite=True),
    ):
        pass
    with (
        pytest.raises(EyecandyError, match=r"^'/proc/a/b' cannot be written: .+; choose another output$"),
        atomic_directory(Path("/proc/a/b"), overwrite=True, marker="m"),
    ):
        pass


def test_errors_about_other_files_are_not_blamed_on_the_target(tmp_path):
    elsewhere = PermissionError(errno.EACCES, "Permission denied", "/elsewhere/weights.h5")
    with pytest.raises(PermissionError) as caught, atomic(tmp_path / "out", overwrite=False):
        raise elsewhere
    assert caught.value is elsewhere


# --- folders -------------------------------------------------------------------------------------------------


def test_a_folder_appears_when_it_is_whole(tmp_path):
    target = tmp_path / "new" / "dog.eyecandy"
    with atomic_directory(target, overwrite=False, marker=MARKER) as folder:
        (folder / MARKER).write_text("{}")
        (folder / "deep").mkdir()
        assert not target.exists()
        assert folder.parent == target.parent
    assert names(target) == ["deep", MARKER]
    assert names(target.parent) == ["dog.eyecandy"]


def test_an_empty_folder_counts_as_none(tmp_path):
    (tmp_path / "out").mkdir()
    results(tmp_path / "out", "new")
    assert (tmp_path / "out" / MARKER).read_text() == "new"
    assert names(tmp_path) == ["out"]


def test_older_results_are_replaced_only_when_told(tmp_path):
    target = tmp_path / "out"
    results(target, "old")
    (target / "extra").touch()
    with pytest.raises(EyecandyError, match="exists already; pass overwrite=True or"):
        results(target, "new")
    assert (target / MARKER).read_text() == "old"
    results(target, "new", overwrite=True)
    assert (names(target), (target / MARKER).read_text()) == ([MARKER], "new")
    assert names(tmp_path) == ["out"]


def test_somebodys_own_folder_is_never_replaced(tmp_path):
    photos = tmp_path / "Photos"
    photos.mkdir()
    (photos / "wedding.jpg").write_text("dear")
    for overwrite, words in ((False, "exists already"), (True, f"holds no {MARKER}, so it is no folder of results")):
        with (
            pytest.raises(EyecandyError, match=words),
            atomic_directory(photos, overwrite=overwrite, marker=MARKER),
        ):
            pytest.fail("the block must not run")
    (photos / MARKER).mkdir()  # a folder of that name marks nothing
    with pytest.raises(EyecandyError, match="not replaced"):
        results(photos, "x", overwrite=True)
    assert (photos / "wedding.jpg").read_text() == "dear"


def test_photos_that_come_about_meanwhile_are_kept(tmp_path):
    target = tmp_path / "out"
    with (
        pytest.raises(EyecandyError, match="not replaced"),
        atomic_directory(target, overwrite=True, marker=MARKER) as folder,
    ):
        (folder / MARKER).touch()
        target.mkdir()
        (target / "wedding.jpg").touch()
    assert names(tmp_path) == ["out"]
    assert names(target) == ["wedding.jpg"]


def test_a_file_or_the_root_is_never_replaced_by_a_folder(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(EyecandyError, match="is a file; expected the name of a folder"):
        results(tmp_path / "file", "x", overwrite=True)
    with pytest.raises(EyecandyError, match="another output"):
        results(Path(tmp_path.anchor), "x", overwrite=True)


@pytest.mark.parametrize("interruption", [ValueError, KeyboardInterrupt])
def test_a_failure_in_the_block_keeps_the_older_results(tmp_path, interruption):
    results(tmp_path / "out", "old")
    with (
        pytest.raises(interruption),
        atomic_directory(tmp_path / "out", overwrite=True, marker=MARKER) as folder,
    ):
        (folder / MARKER).write_text("half")
        raise interruption
    assert (tmp_path / "out" / MARKER).read_text() == "old"
    assert names(tmp_path) == ["out"]


@pytest.mark.parametrize("interruption", [OSError(errno.ENOSPC, "full"), KeyboardInterrupt()])
def test_a_failure_between_the_two_renamings_brings_the_older_results_back(tmp_path, monkeypatch, interruption):
    results(tmp_path / "out", "old")
    rename, done = Path.rename, []

    def second_fails(self: Path, target: Path) -> Path:
        done.append(target)
        if len(done) == 2:
            raise interruption
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", second_fails)
    expected = EyecandyError if isinstance(interruption, OSError) else KeyboardInterrupt
    with pytest.raises(expected):
        results(tmp_path / "out", "new", overwrite=True)
    assert len(done) == 3
    assert (tmp_path / "out" / MARKER).read_text() == "old"
    assert names(tmp_path) == ["out"]


def test_older_results_that_cannot_be_removed_are_named(tmp_path, monkeypatch):
    results(tmp_path / "out", "old")

    def closed(path: Path, **options: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(shutil, "rmtree", closed)
    with pytest.raises(EyecandyError, match="is written, but the older results cannot be removed") as caught:
        results(tmp_path / "out", "new", overwrite=True)
    assert (tmp_path / "out" / MARKER).read_text() == "new"
    (left,) = set(names(tmp_path)) - {"out"}
    assert str(tmp_path / left) in str(caught.value)


def test_results_without_their_marker_are_a_defect(tmp_path):
    with (
        pytest.raises(RuntimeError, match=MARKER),
        atomic_directory(tmp_path / "out", overwrite=False, marker=MARKER) as folder,
    ):
        (folder / "figure.png").touch()
    assert names(tmp_path) == []


def test_errors_inside_speak_of_the_folder_that_was_asked_for(tmp_path):
    with (
        pytest.raises(EyecandyError) as caught,
        atomic_directory(tmp_path / "out", overwrite=False, marker=MARKER) as folder,
        atomic(folder / "figure.png", overwrite=False),
    ):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert str(tmp_path / "out" / "figure.png") in str(caught.value)


# --- real disks ----------------------------------------------------------------------------------------------


def test_a_folder_without_permission(unprivileged):
    closed = unprivileged / "closed"
    closed.mkdir()
    closed.chmod(0o500)
    for target in (closed / "out.txt", closed / "new" / "out.txt"):
        with pytest.raises(EyecandyError, match="no permission to write there"), atomic(target, overwrite=False):
            pytest.fail("the block must not run")
    with pytest.raises(EyecandyError, match="no permission to write there"):
        results(closed / "out", "x")
    assert names(closed) == []
    closed.chmod(0o700)


def on_a_small_disk(folder: Path, options: str, code: str) -> dict:
    """Runs code in a process of its own on a memory disk mounted for it alone; it prints one JSON object."""
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("needs Linux with unshare")
    prefix = [unshare, "--user", "--map-root-user", "--mount", "sh", "-c"]
    mount = f'mount -t tmpfs -o {options} tmpfs "$1"'
    if subprocess.run([*prefix, mount, "sh", str(folder)], capture_output=True).returncode != 0:
        pytest.skip("this machine lets no test mount a disk")
    here = str(Path(eyecandy.__file__).parents[1])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([here, *filter(None, sys.path)])}
    command = [*prefix, f'{mount} && cd "$1" && exec "$2" -c "$3"', "sh", str(folder), sys.executable, code]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


ATTEMPT = """
import json, os
from pathlib import Path
import numpy as np
from eyecandy.errors import EyecandyError
from eyecandy.files import atomic_directory
from eyecandy.images import save

def attempt(action):
    try:
        action()
    except EyecandyError as error:
        return str(error)

def folder():
    with atomic_directory(Path("out"), overwrite=False, marker="m") as fresh:
        save(fresh / "noise.png", noise)

noise = np.random.default_rng(0).integers(0, 256, (300, 300, 3), np.uint8)
told = {name: attempt(lambda: save(Path("new") / name, noise)) for name in ("a.png", "a.jpg", "a.tif")}
told["out"] = attempt(folder)
print(json.dumps({"told": told, "left": os.listdir()}))
"""


@pytest.mark.parametrize(("options", "words"), [("size=32k", "the disk is full"), ("ro", "the disk is read-only")])
def test_a_full_and_a_read_only_disk(tmp_path, options, words):
    seen = on_a_small_disk(tmp_path, options, ATTEMPT)
    assert seen["left"] == []
    for name, message in seen["told"].items():
        assert name in message
        assert words in message
        assert ".eyecandy-" not in message
