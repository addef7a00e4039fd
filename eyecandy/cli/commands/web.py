"""`eyecandy web`: the page, in the browser."""

from pathlib import Path
from typing import Annotated

import typer

from eyecandy.errors import EyecandyError

DEFAULT_HOST, DEFAULT_PORT, DEFAULT_UPLOAD = "127.0.0.1", 7860, 128


def web(
    host: Annotated[str, typer.Option(help="The address to bind; 0.0.0.0 lets other machines in.")] = DEFAULT_HOST,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The port to bind; 0 for any that is free.")
    ] = DEFAULT_PORT,
    password: Annotated[
        str | None,
        typer.Option(envvar="EYECANDY_PASSWORD", help="Ask for this password; any user name goes with it."),
    ] = None,
    max_upload: Annotated[
        int, typer.Option(metavar="MEGABYTES", min=1, help="The largest picture file that is taken.")
    ] = DEFAULT_UPLOAD,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="One more name that the page is reached by: a reverse proxy's, or art.tailnet.ts.net; may come again.",
        ),
    ] = None,
    review: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Look through the results of detect --to FOLDER: accept, reject, rename, mend masks, export.",
        ),
    ] = None,
    open_browser: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
) -> None:
    """Show a page on this machine: drop a photo, point at what the network sees, and paint with it.

    Nothing leaves the machine, and nobody else reaches the page unless --host says so. Ctrl-C ends it.
    """
    try:
        from eyecandy.web.guard import is_local  # here, and not above: they are an extra
        from eyecandy.web.server import serve
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("starlette", "uvicorn"):
            raise
        raise EyecandyError(f"the page needs {error.name}; run pip install 'eyecandy[web]'") from error
    for name in allow_host or []:
        if not name or set(name) & set("/:@*, "):
            raise EyecandyError(f"--allow-host takes a name such as art.example.org, without a port, got {name!r}")
    if password == "":
        raise EyecandyError("the password is empty; give one, or leave --password out")
    if not is_local(host) and password is None:
        typer.echo(
            f"eyecandy: everybody who reaches {host} can use this page, and its machine's processor; "
            "--password SECRET keeps others out",
            err=True,
        )

    def ready(address: str) -> None:
        typer.echo(f"eyecandy: {address}  (Ctrl-C ends it)")
        if open_browser:
            import webbrowser

            webbrowser.open(address)

    serve(
        host, port, password=password, upload_megabytes=max_upload, allowed=allow_host or (), review=review, ready=ready
    )
