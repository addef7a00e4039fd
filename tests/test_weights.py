"""Downloads from a server on this machine, the cache, and `eyecandy weights`."""

import dataclasses
import hashlib
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
import pytest
from remote import BODY, MD5, Server
from typer.testing import CliRunner, Result

from eyecandy import load_backbone
from eyecandy.backbone.architectures import ARCHITECTURES, files_of
from eyecandy.backbone.architectures.efficientnet_lite0 import ARCHITECTURE, BUNDLED
from eyecandy.backbone.weights.download import download
from eyecandy.backbone.weights.files import RemoteFile, cache_folder
from eyecandy.cli.commands import weights as command
from eyecandy.errors import EyecandyError


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    folder = tmp_path / "not yet there" / "eyecandy"
    monkeypatch.setenv("EYECANDY_HOME", str(folder))
    return folder


@pytest.fixture
def file(server: Server) -> RemoteFile:
    return RemoteFile("vgg16", "weights", f"http://127.0.0.1:{server.server_port}/w/net.h5", 3, "MIT", md5=MD5)


def refusal(file: RemoteFile) -> str:
    with pytest.raises(EyecandyError) as error:
        file.obtain()
    assert "\n" not in str(error.value)
    return str(error.value)


def left(home: Path) -> list[str]:
    return sorted(path.name for path in home.iterdir()) if home.exists() else []


def test_a_good_download_is_whole_and_alone(file: RemoteFile, home: Path) -> None:
    assert file.obtain() == home / "net.h5"
    assert (home / "net.h5").read_bytes() == BODY
    assert left(home) == ["net.h5"]


def test_progress_counts_to_the_end(file: RemoteFile) -> None:
    seen: list[tuple[str, int, int | None]] = []
    file.obtain(lambda *step: seen.append(step))
    assert seen[-1] == ("net.h5", len(BODY), len(BODY))
    assert [done for _, done, _ in seen] == sorted(done for _, done, _ in seen)
    assert len(seen) > 1


def test_a_server_that_does_not_say_how_much(file: RemoteFile, server: Server, home: Path) -> None:
    server.length = False
    totals: set[int | None] = set()
    file.obtain(lambda name, done, total: totals.add(total))
    assert (home / "net.h5").read_bytes() == BODY
    assert totals == {None}


def test_what_is_there_is_reused_without_the_server(file: RemoteFile, server: Server) -> None:
    file.obtain()
    file.obtain()
    file.fetch()
    assert len(server.requests) == 1


def test_the_rest_of_a_broken_download_is_asked_for(file: RemoteFile, server: Server, home: Path) -> None:
    server.stop_at = 1_000_000
    message = refusal(file)
    assert "the connection ended after 1000000 of 3000000 bytes" in message
    assert not (home / "net.h5").exists()
    server.stop_at = None
    file.obtain()
    assert server.requests == [None, "bytes=1000000-"]
    assert (home / "net.h5").read_bytes() == BODY
    assert left(home) == ["net.h5"]


@pytest.mark.skipif(sys.platform == "win32", reason="needs locks")
@pytest.mark.parametrize("resume", [True, False])
def test_two_downloads_at_once_do_not_write_into_each_other(server: Server, home: Path, resume: bool) -> None:
    url, path = f"http://127.0.0.1:{server.server_port}/net.h5", home / "net.h5"
    seen: list[list[str]] = []

    def whole(part: Path) -> None:
        assert part.read_bytes() == BODY

    def meanwhile(name: str, done: int, total: int | None) -> None:
        if not seen:
            seen.append(left(home))
            download(url, path, accept=whole, resume=resume)
            assert path.read_bytes() == BODY

    download(url, path, accept=whole, resume=resume, progress=meanwhile)
    assert server.requests == [None, None]
    assert path.read_bytes() == BODY and left(home) == ["net.h5"]
    assert (".net.h5.part" in seen[0]) is resume


def test_what_killed_downloads_left_goes(file: RemoteFile, home: Path) -> None:
    home.mkdir(parents=True)
    (home / ".net.h5.0123abcd.part").write_bytes(b"half")
    (home / ".other.h5.0123abcd.part").write_bytes(b"half")
    file.obtain()
    assert left(home) == [".other.h5.0123abcd.part", "net.h5"]


def test_a_server_that_cannot_continue_begins_again(file: RemoteFile, server: Server, home: Path) -> None:
    server.stop_at, server.ranges = 1_000_000, False
    refusal(file)
    server.stop_at = None
    file.obtain()
    assert (home / "net.h5").read_bytes() == BODY


def test_a_remainder_that_is_too_long_begins_again(file: RemoteFile, server: Server, home: Path) -> None:
    home.mkdir(parents=True)
    (home / ".net.h5.part").write_bytes(BODY + b"more")
    file.obtain()
    assert server.requests == [f"bytes={len(BODY) + 4}-", None]
    assert (home / "net.h5").read_bytes() == BODY


def test_two_halves_of_different_files_are_not_kept(file: RemoteFile, server: Server, home: Path) -> None:
    server.stop_at, server.body = 1_000_000, bytes(3_000_000)
    refusal(file)
    server.stop_at, server.body = None, BODY
    assert "expected MD5" in refusal(file)
    assert left(home) == []
    file.obtain()


def test_another_file_than_the_publishers_is_not_kept(file: RemoteFile, server: Server, home: Path) -> None:
    server.body = b"<html>sign in to this network</html>"
    message = refusal(file)
    assert file.url in message
    assert f"expected MD5 {MD5}, got {hashlib.md5(server.body).hexdigest()}" in message
    assert str(home / "net.h5") in message
    assert left(home) == []


@pytest.mark.parametrize("status", [403, 404, 500])
def test_an_answer_that_is_no_file(status: int, file: RemoteFile, server: Server, home: Path) -> None:
    server.status = status
    message = refusal(file)
    assert f"the server answered {status}" in message
    assert left(home) == []


def test_without_internet_one_line_says_what_can_be_done(home: Path) -> None:
    with Server() as gone:
        port = gone.server_port
    url = f"http://127.0.0.1:{port}/net.h5"
    message = refusal(RemoteFile("vgg16", "weights", url, 3, "MIT", md5=MD5))
    assert url in message
    assert "Connection refused" in message
    assert f"put the file at {home / 'net.h5'} by hand" in message
    assert "bundled efficientnet-lite0" in message


def test_a_file_put_there_by_hand_is_used(file: RemoteFile, server: Server, home: Path) -> None:
    home.mkdir(parents=True)
    (home / "net.h5").write_bytes(BODY)
    assert file.obtain() == home / "net.h5"
    assert server.requests == []


@pytest.mark.parametrize("damage", ["flipped", "truncated", "empty"])
def test_a_damaged_file_is_not_used_nor_replaced_unasked(
    damage: str, file: RemoteFile, server: Server, home: Path
) -> None:
    file.obtain()
    bad = {"flipped": BODY[:-1] + bytes([BODY[-1] ^ 1]), "truncated": BODY[:-1], "empty": b""}[damage]
    (home / "net.h5").write_bytes(bad)
    message = refusal(file)
    assert f"{home / 'net.h5'} is damaged and not used" in message
    assert "run `eyecandy weights fetch vgg16` to replace it" in message
    assert (home / "net.h5").read_bytes() == bad
    assert len(server.requests) == 1
    file.fetch()
    assert (home / "net.h5").read_bytes() == BODY


def test_a_failed_replacement_leaves_the_old_file(file: RemoteFile, server: Server, home: Path) -> None:
    home.mkdir(parents=True)
    (home / "net.h5").write_bytes(b"old")
    server.status = 500
    with pytest.raises(EyecandyError):
        file.fetch()
    assert (home / "net.h5").read_bytes() == b"old"


def test_a_cache_that_cannot_be_made(file: RemoteFile, home: Path) -> None:
    home.parent.parent.mkdir(exist_ok=True)
    home.parent.write_text("a file where the folder should be")
    assert f"cannot write {home / 'net.h5'}: " in refusal(file)


def unhashed(file: RemoteFile) -> RemoteFile:
    def check(path: Path) -> None:
        if path.stat().st_size != len(BODY):
            raise EyecandyError("another size")

    return dataclasses.replace(file, md5=None, check=check)


def test_without_a_published_hash_the_first_good_copy_is_remembered(file: RemoteFile, home: Path) -> None:
    file = unhashed(file)
    file.obtain()
    assert (home / "net.h5.sha256").read_text() == f"{hashlib.sha256(BODY).hexdigest()}  net.h5\n"
    assert file.verify() == home / "net.h5"
    (home / "net.h5").write_bytes(BODY[:-1] + bytes([BODY[-1] ^ 1]))
    assert "as first seen" in refusal(file)


def test_without_a_published_hash_size_and_layout_are_checked(file: RemoteFile, server: Server, home: Path) -> None:
    server.body = BODY[:1000]
    assert "another size" in refusal(unhashed(file))
    assert left(home) == []


def test_without_a_published_hash_nothing_is_resumed(file: RemoteFile, server: Server, home: Path) -> None:
    server.stop_at = 1_000_000
    refusal(unhashed(file))
    assert left(home) == []
    server.stop_at = None
    unhashed(file).obtain()
    assert server.requests == [None, None]


def test_a_publisher_that_changes_the_file_is_noticed(file: RemoteFile, server: Server, home: Path) -> None:
    file = unhashed(file)
    file.obtain()
    (home / "net.h5").unlink()
    server.body = BODY[:-1] + bytes([BODY[-1] ^ 1])
    message = refusal(file)
    assert "as first seen" in message
    assert f"delete {home / 'net.h5.sha256'}" in message
    assert left(home) == ["net.h5.sha256"]


def test_the_size_of_places365_is_checked_before_its_layout(home: Path) -> None:
    (file, _) = files_of("vgg16-places365")
    home.mkdir(parents=True)
    with h5py.File(file.path, "w") as stored:
        stored["fc1"] = np.zeros(10)
    with pytest.raises(EyecandyError, match="expected 543023796 bytes of weights and at most 1048576 around them"):
        file.verify()


@pytest.mark.parametrize("backbone", ["vgg16", "vgg19", "vgg16-places365"])
def test_every_published_file_can_be_checked(backbone: str) -> None:
    for file in files_of(backbone):
        assert file.md5 is not None or file.check is not None
        assert file.url.startswith("https://")


def test_the_bundled_network_needs_no_files() -> None:
    assert files_of("efficientnet-lite0") == ()


def test_the_bundled_file_is_whole() -> None:
    assert BUNDLED.obtain() == BUNDLED.path


@pytest.mark.parametrize("position", [0, 5_000_000, -1])
def test_one_wrong_byte_of_the_bundled_file_is_noticed(
    position: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    data = bytearray(BUNDLED.path.read_bytes())
    data[position] ^= 1
    copy = tmp_path / "copy.npz"
    copy.write_bytes(data)
    wrong = dataclasses.replace(ARCHITECTURE, weights=dataclasses.replace(BUNDLED, path=copy))
    monkeypatch.setitem(ARCHITECTURES, wrong.name, wrong)
    with pytest.raises(EyecandyError, match="is damaged"):
        load_backbone()


@pytest.mark.parametrize(
    ("platform", "variable", "value", "expected"),
    [
        ("linux", "XDG_CACHE_HOME", "/caches", "/caches/eyecandy"),
        ("linux", "HOME", "/home/me", "/home/me/.cache/eyecandy"),
        ("darwin", "HOME", "/Users/me", "/Users/me/Library/Caches/eyecandy"),
        ("win32", "LOCALAPPDATA", "/local", "/local/eyecandy"),
        ("linux", "EYECANDY_HOME", "/mine", "/mine"),
        ("win32", "EYECANDY_HOME", "/mine", "/mine"),
    ],
)
def test_the_cache_folder(
    platform: str, variable: str, value: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("EYECANDY_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv(variable, value)
    assert cache_folder() == Path(expected)


@pytest.fixture
def published(file: RemoteFile, monkeypatch: pytest.MonkeyPatch) -> RemoteFile:
    vgg16 = dataclasses.replace(ARCHITECTURES["vgg16"], weights=file, files=(file,))
    monkeypatch.setattr(ARCHITECTURES, "_things", {ARCHITECTURE.name: ARCHITECTURE, "vgg16": vgg16})
    return file


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command.app, arguments)


def test_list_tells_what_is_here(published: RemoteFile) -> None:
    before = run("list").output
    assert "bundled" in before
    assert "not fetched" in before
    assert published.url in before
    assert str(published.path) in before
    published.fetch()
    after = run("list").output
    assert "here" in after
    assert "not fetched" not in after


def test_fetch_brings_the_file_and_says_where(published: RemoteFile) -> None:
    result = run("fetch", "vgg16")
    assert result.exit_code == 0
    assert result.stdout == f"vgg16 weights: {published.path}\n"
    assert published.path.read_bytes() == BODY


def test_fetch_of_the_bundled_network_says_that_it_is_here() -> None:
    result = run("fetch", "efficientnet-lite0")
    assert result.exit_code == 0
    assert str(BUNDLED.path) in result.stdout


def test_fetch_of_an_unknown_name() -> None:
    result = run("fetch", "vgg17")
    assert isinstance(result.exception, EyecandyError)
    assert "vgg16, vgg19, vgg16-places365" in str(result.exception)


def test_verify_says_good_and_not_fetched(published: RemoteFile) -> None:
    assert run("verify").stdout.splitlines() == ["efficientnet-lite0 weights: good", "vgg16 weights: not fetched"]
    published.fetch()
    result = run("verify")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[1] == "vgg16 weights: good"


def test_verify_exits_with_2_where_a_file_is_damaged(published: RemoteFile) -> None:
    published.fetch()
    published.path.write_bytes(BODY[:-1])
    for arguments in (["verify"], ["verify", "vgg16"]):
        result = run(*arguments)
        assert result.exit_code == 2
        assert "is damaged and not used" in result.stderr
    assert run("verify", "efficientnet-lite0").exit_code == 0


def test_verify_of_a_network_that_is_not_here_exits_with_2(published: RemoteFile) -> None:
    result = run("verify", "vgg16")
    assert result.exit_code == 2
    assert "run `eyecandy weights fetch vgg16`" in result.stderr


def test_path_prints_the_path_and_nothing_else(published: RemoteFile, home: Path) -> None:
    assert run("path").stdout == f"{home}\n"
    assert run("path", "vgg16").stdout == f"{home / 'net.h5'}\n"
    assert run("path", "efficientnet-lite0").stdout == f"{BUNDLED.path}\n"
