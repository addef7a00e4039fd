"""The command `eyecandy`: its parts, and how it ends."""

import io
import logging
import sys
import warnings
from importlib import metadata
from typing import Annotated, Any, cast

import typer
from typer.core import TyperGroup

from eyecandy._version import __version__
from eyecandy.cli.commands import Commands
from eyecandy.cli.options import config
from eyecandy.cli.terminal import streams
from eyecandy.cli.terminal.manual import HELP, MANUAL, name_types
from eyecandy.errors import EyecandyError
from eyecandy.workflows.command import reason

FAILED, INTERRUPTED = 2, 130

# Click's own exception for wrong arguments. Some versions of Typer carry Click inside and others import it; the base
# of Typer's public exception is the right one in both.
_ClickError = cast(type[typer.BadParameter], typer.BadParameter.__mro__[2])


class _Group(TyperGroup):
    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = Commands()


app = typer.Typer(
    name="eyecandy",
    cls=_Group,
    help="See what a convolutional network sees in a photo.",
    epilog=MANUAL,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": [*HELP]},
)


@app.callback(invoke_without_command=True)
def eyecandy(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", help="Print the versions of eyecandy, its network and TensorFlow.")
    ] = False,
) -> None:
    if version:
        typer.echo(versions())
    elif context.invoked_subcommand is None:
        typer.echo(context.get_help(), nl=False)
    else:
        context.default_map = config.defaults(context.command)


def versions() -> str:
    """The versions of what decides a result, one a line; nothing heavy is imported for it."""
    from eyecandy.backbone.architectures.efficientnet_lite0 import BUNDLED, NAME

    return "\n".join(
        (
            f"eyecandy {__version__}",
            f"{NAME} {BUNDLED.sha256[:12]}",
            f"tensorflow {_installed('tensorflow', 'tensorflow-cpu', 'tensorflow-macos', 'tensorflow-intel')}",
            f"keras {_installed('keras')}",
        )
    )


def _installed(*names: str) -> str:
    for name in names:
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return "not installed"


def main() -> None:
    """Runs the command line and ends the process.

    Exit code 0; 2 with one line on standard error for what the user can put right; 130 after Ctrl-C; 74 where all is
    done, but standard output took no text. Where its reader went away, as `head` does, that is nobody's fault: 0.
    """
    streams.occupy()
    _quiet()
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Runs the command line with some arguments; returns the exit code."""
    with streams.guarded() as (out, _):
        code = _run(arguments)
        out.flush()
        if out.lost is not None:
            typer.echo(
                f"eyecandy: standard output cannot be written: {out.lost.lower()}; what was to be printed is lost, "
                "files are not concerned",
                err=True,
            )
            code = code or streams.UNPRINTED
    return code


def _run(arguments: list[str]) -> int:
    try:
        commands = typer.main.get_command(app)
        name_types(commands)
        code = commands.main(arguments, prog_name="eyecandy", standalone_mode=False)
    except EyecandyError as error:
        return _fail(reason(error))
    except _ClickError as error:
        return _usage(error)
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except streams.ReaderGoneError:
        return 0
    if code == INTERRUPTED:
        typer.echo("eyecandy: interrupted", err=True)
    return code if isinstance(code, int) else 0


def _quiet() -> None:
    """Keeps the libraries' remarks off the terminal, and makes every file name printable."""
    if not sys.warnoptions:  # python -W has the last word
        warnings.simplefilter("ignore")
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _fail(why: str) -> int:
    typer.echo(f"eyecandy: {' '.join(why.split())}", err=True)
    return FAILED


def _usage(error: typer.BadParameter) -> int:
    if type(error).__name__ == "NoArgsIsHelpError":  # a group without a command: its help has been printed
        return FAILED
    command = error.ctx.command_path if error.ctx is not None else "eyecandy"
    return _fail(f"{error.format_message().rstrip('.')}; see `{command} --help`")
