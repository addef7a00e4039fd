"""The commands, a file each, and one for each recipe. None is imported before it is asked for."""

import importlib
from collections.abc import Iterator, MutableMapping
from typing import Any

import typer

from eyecandy.art import recipes
from eyecandy.cli.terminal.manual import EXAMPLES, epilog, name_types
from eyecandy.errors import EyecandyError

BEFORE, AFTER = ("detect", "classify", "trust"), ("again", "layers", "web", "weights")
"""Commands that are no recipes, in the order of the help, before and after those that are. Each is the file, and in it
the function or the group of commands, of its name."""


SETTINGS: dict[str, Any] = {
    "add_completion": False,
    "rich_markup_mode": "markdown",
    "pretty_exceptions_enable": False,
}
"""Of Typer, for every command."""


class Commands(MutableMapping[str, Any]):
    """Click's commands by their names, each made when it is first asked for.

    Raises:
        EyecandyError: a recipe of one's own is called as a command is, or see `eyecandy.art.recipes.names`.
    """

    def __init__(self) -> None:
        names = recipes.names()
        for name in names:
            if name in (*BEFORE, *AFTER):
                raise EyecandyError(f"the recipe {name!r} is called as a command of eyecandy is; rename it")
        self._made: dict[str, Any] = dict.fromkeys((*BEFORE, *names, *AFTER))

    def __getitem__(self, name: str) -> Any:
        if self._made[name] is None:
            self._made[name] = _made(name)
        return self._made[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._made[name] = command

    def __delitem__(self, name: str) -> None:
        del self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)


def _made(name: str) -> Any:
    """Click's command of this name."""
    if name in (*BEFORE, *AFTER):
        module = importlib.import_module(f"{__name__}.{name}")
        found, examples = getattr(module, "app", None) or getattr(module, name), EXAMPLES.get(name, ())
    else:
        from eyecandy.cli.commands.paint import command_of

        recipe = recipes.get(name)
        found, examples = command_of(recipe), recipe.examples
    app = found
    if not isinstance(found, typer.Typer):
        app = typer.Typer(**SETTINGS)
        app.command(name, epilog=epilog(examples))(found)
    made: Any = typer.main.get_command(app)
    for inner, command in getattr(made, "commands", {}).items():
        command.epilog = epilog(EXAMPLES.get(f"{name} {inner}", ()))
        name_types(command)
    made.name = name
    name_types(made)
    return made
