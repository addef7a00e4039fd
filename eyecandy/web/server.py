"""The page, served until somebody stops it."""

import asyncio
import errno
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

import uvicorn

from eyecandy.datasets.review.folder import Review
from eyecandy.errors import EyecandyError
from eyecandy.web.page import UPLOAD_MEGABYTES, application


def serve(
    host: str,
    port: int,
    *,
    password: str | None = None,
    upload_megabytes: int = UPLOAD_MEGABYTES,
    allowed: Sequence[str] = (),
    review: Path | None = None,
    ready: Callable[[str], None],
) -> None:
    """Serves the page; returns when it is stopped by Ctrl-C or a signal to end.

    Args:
        host: the address to bind.
        port: 0 for any that is free.
        password: without it nobody is let in, if given.
        upload_megabytes: the largest file that is taken.
        allowed: more names that the page is reached by, as behind a proxy.
        review: a folder of results to be looked through.
        ready: called with the page's address once it can be opened.

    Raises:
        EyecandyError: the address cannot be bound, or there are no such results.
    """
    with ExitStack() as stack:
        opened = None if review is None else stack.enter_context(Review(review))
        bound = stack.enter_context(_bound(host, port))
        name = _reached_at(bound) if host in ("0.0.0.0", "::") else host
        shown = f"[{name}]" if ":" in name else name
        address = f"http://{shown}:{bound.getsockname()[1]}/{'' if review is None else 'review'}"
        config = uvicorn.Config(
            application(
                host=host, password=password, upload_megabytes=upload_megabytes, allowed=allowed, review=opened
            ),
            log_level="warning",
            access_log=False,  # the address of a page's own files is its secret
            server_header=False,
            timeout_graceful_shutdown=1,  # events never end by themselves
        )
        # uvicorn ends well and then lets the signal do its work, which would leave TensorFlow's files in /tmp
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        with suppress(KeyboardInterrupt):  # the way to stop it
            asyncio.run(_run(uvicorn.Server(config), bound, lambda: ready(address)))


async def _run(server: uvicorn.Server, bound: socket.socket, ready: Callable[[], None]) -> None:
    serving = asyncio.create_task(server.serve(sockets=[bound]))
    while not server.started and not serving.done():
        await asyncio.sleep(0.01)
    if server.started:
        ready()
    await serving


def _reached_at(bound: socket.socket) -> str:
    """An address at which this machine and its neighbours reach a server that is bound to all addresses."""
    version6 = bound.family == socket.AF_INET6
    with socket.socket(bound.family, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect(("2001:db8::1" if version6 else "192.0.2.1", 9))  # chooses a way out, and sends nothing
        except OSError:  # no network
            return "::1" if version6 else "127.0.0.1"
        return str(asking.getsockname()[0])


def _bound(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror as error:
        raise EyecandyError(
            f"there is no address {host!r} here; give --host 127.0.0.1, or one of this machine"
        ) from error
    bound = socket.socket(family, kind, protocol)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except OSError as error:
        bound.close()
        if error.errno == errno.EADDRINUSE:
            raise EyecandyError(
                f"port {port} of {host} is taken; give another with --port, or --port 0 for any"
            ) from error
        raise EyecandyError(f"{host} port {port} cannot be bound: {error.strerror}") from error
    return bound
