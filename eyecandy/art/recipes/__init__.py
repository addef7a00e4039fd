"""Recipes, a file each: those in this folder, and those in folders of your own that EYECANDY_RECIPES names.

A recipe's file holds its options, its function and, above that, `@recipe`; command line, page, `again` and the API all
go by what that is told. A file is called as its recipe is, so that nothing is imported before it is asked for, and
importing one starts nothing heavy. Files without `@recipe` are none.
"""

import importlib
import importlib.util
import inspect
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from eyecandy.arguments import check_one_of
from eyecandy.art.core.options import Options
from eyecandy.cluster import OWN_MODULES
from eyecandy.errors import EyecandyError

if TYPE_CHECKING:
    from eyecandy._matplotlib import Figure

FOLDERS = "EYECANDY_RECIPES"
"""The environment variable that names folders of recipes, or single files, as PATH names folders."""

_FIRST = ("dream", "style", "mirage", "reconstruct", "study")
"""What lists begin with; the others follow by their names."""

Made = TypeVar("Made", bound=Callable[..., Any])
Asked = Literal["needed", "optional", "never"]


@dataclass(frozen=True)
class Preset:
    """Options that belong together, the backbone that they were made for (None: any), and what they give."""

    options: Mapping[str, Any]
    backbone: str | None = None
    pooling: Literal["max", "average"] | None = None
    text: str = ""


@dataclass(frozen=True)
class Companion:
    """A figure that comes with each picture, as photo-RECIPE-NAME.png.

    Attributes:
        name: of the file.
        draw: the figure, of the picture's record.
        caption: what it shows, in a few words.
    """

    name: str
    draw: "Callable[[Mapping[str, Any]], Figure]"
    caption: str


@dataclass(frozen=True)
class Recipe:
    """All that is known of a recipe; see `recipe`.

    Attributes:
        name: what it is called.
        make: its function. Whether it needs a photo or paintings, and makes a folder, is seen from its parameters.
        options: the dataclass of its options.
        examples: command lines, and what each is for.
        presets: by name.
        paintings: what the pictures besides the photo are, as a heading.
        companion: a figure that comes with each picture.
        frames: gives the frames of a film that falls into a finished picture.
        photo_flag: what gives the photo on the command line, where it is no argument.
        page: whether the page offers it.
        regions: whether its regions may name paintings of their own, so that none need be given beside.
        clips: whether the photo may be a frame of a film: then its objective asks the photo's `Source` by `tensor` and
            `derived`.
    """

    name: str
    make: Callable[..., Any]
    options: type[Options]
    examples: Sequence[tuple[str, str]] = ()
    presets: Mapping[str, Preset] = field(default_factory=dict)
    paintings: str = "Paintings"
    companion: Companion | None = None
    frames: Callable[..., Any] | None = None
    photo_flag: str | None = None
    page: bool = True
    regions: bool = False
    clips: bool = False

    @property
    def help(self) -> str:
        """What it does: its function's docstring up to the arguments."""
        return inspect.cleandoc(self.make.__doc__ or "").partition("\nArgs:")[0].strip()

    @property
    def takes_photo(self) -> Asked:
        """Whether it needs a photo, or can begin without."""
        first = next(iter(inspect.signature(self.make).parameters.values()))
        return "needed" if first.default is first.empty else "optional"

    @property
    def takes_paintings(self) -> Asked:
        """Whether it is made of other pictures besides."""
        parameters = inspect.signature(self.make).parameters
        given = parameters.get("paintings", parameters.get("painting"))
        if given is None:
            return "never"
        return "needed" if given.default is given.empty or self.regions else "optional"

    @property
    def makes_folder(self) -> bool:
        """Whether it makes a folder of many pictures instead of one."""
        return "directory" in inspect.signature(self.make).parameters

    def run(self, photo: Any, paintings: Any, *directory: Any, **more: Any) -> Any:
        """Calls the function with what it takes.

        Raises:
            EyecandyError: as the function.
        """
        pictures = {"needed": [paintings], "optional": [paintings or None], "never": []}[self.takes_paintings]
        return self.make(photo, *pictures, *directory, **more)


_REGISTERED: dict[tuple[str, str], Recipe] = {}
"""By the modules and names of their functions."""


def recipe(
    options: type[Options],
    *,
    examples: Sequence[tuple[str, str]] = (),
    presets: Mapping[str, Preset] = MappingProxyType({}),
    paintings: str = "Paintings",
    companion: Companion | None = None,
    frames: Callable[..., Any] | None = None,
    photo_flag: str | None = None,
    page: bool = True,
    regions: bool = False,
    clips: bool = False,
) -> Callable[[Made], Made]:
    """Makes a function known as a recipe, under its own name; it stays as it is.

    The function takes a photo first (a default of None: it can begin without one), then, if it has such parameters,
    `paintings` (or `painting`) and `directory`; by keyword `backbone`, `viewing` and the options. Its docstring up to
    "Args:" is the help of its command.

    Args:
        options: the dataclass of its options.
        examples, presets, paintings, companion, frames, photo_flag, page, regions, clips: see `Recipe`.
    """

    def register(make: Made) -> Made:
        name = make.__name__
        _REGISTERED[make.__module__, name] = Recipe(
            name, make, options, examples, presets, paintings, companion, frames, photo_flag, page, regions, clips
        )
        return make

    return register


def names() -> tuple[str, ...]:
    """Of all recipes; none is imported for it.

    Raises:
        EyecandyError: EYECANDY_RECIPES names what is not there, or two files of one name.
    """
    return tuple(_files(os.environ.get(FOLDERS, "")))


def get(name: str) -> Recipe:
    """A recipe by its name.

    Raises:
        EyecandyError: there is none, or its file cannot be imported or holds no such recipe.
    """
    files = _files(os.environ.get(FOLDERS, ""))
    path = files[check_one_of("recipe", name, list(files))]
    own = path.parent == Path(__file__).parent
    module = f"{__name__}.{name}" if own else f"eyecandy_recipe_{name}"
    if own:
        importlib.import_module(module)
    elif getattr(sys.modules.get(module), "__file__", None) != str(path):
        _REGISTERED.pop((module, name), None)  # of another file of this name
        _import(module, path)
    if (module, name) not in _REGISTERED:
        raise EyecandyError(f"{str(path)!r} holds no recipe {name!r}; put @recipe(...) above a function of that name")
    return _REGISTERED[module, name]


def _import(name: str, path: Path) -> None:
    for other in [key for key in _REGISTERED if key[0] == name]:  # of another file of this name
        del _REGISTERED[other]
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)  # dataclasses look it up
    OWN_MODULES.add(name)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise EyecandyError(f"the recipe {str(path)!r} cannot be imported: {type(error).__name__}: {error}") from error


@cache
def _files(folders: str) -> dict[str, Path]:
    """The file of each recipe by its name."""
    own = _in(Path(__file__).parent)
    found = {name: own.pop(name) for name in _FIRST} | own
    for place in filter(None, folders.split(os.pathsep)):
        path = Path(place).expanduser().absolute()
        if not path.is_dir() and not (path.is_file() and path.suffix == ".py"):
            raise EyecandyError(f"{FOLDERS} names {place!r}; expected a folder of recipes, or a file that ends in .py")
        for name, file in _in(path).items():
            if name in found and file != found[name]:
                raise EyecandyError(f"{str(file)!r} is called as {str(found[name])!r} is; rename it, and its function")
            found[name] = file
    return found


def _in(place: Path) -> dict[str, Path]:
    files = sorted(place.glob("*.py")) if place.is_dir() else [place]
    return {path.stem: path for path in files if path.stem.isidentifier() and "\n@recipe(" in path.read_text("utf-8")}
