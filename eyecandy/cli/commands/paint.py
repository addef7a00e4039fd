"""The command of a recipe, such as `eyecandy dream`: made of what the recipe's file says of it."""

import inspect
from collections.abc import Callable, Iterator
from typing import Annotated, Any

import typer

from eyecandy.art.recipes import Recipe
from eyecandy.cli.options.knobs import given, with_options
from eyecandy.cli.options.network import opener
from eyecandy.workflows.command import Knobs
from eyecandy.workflows.network import Network, PaintingNetwork
from eyecandy.workflows.order import Order, preset_of
from eyecandy.workflows.output import ClipOptions, FolderOptions, OutputOptions


def command_of(recipe: Recipe) -> Callable[..., None]:
    """A function that Typer makes the recipe's command of."""
    own = list(_arguments(recipe))

    def paint(*, context: typer.Context, knobs: Knobs, output: Any, network: Network, **asked: Any) -> None:
        preset = preset_of(recipe, asked.get("preset"))
        if preset.backbone is not None and not given(context, "backbone"):
            network.backbone = preset.backbone
            network.pooling = preset.pooling if network.pooling is None else network.pooling
        order = Order(recipe, knobs, asked.get("paintings") or (), asked.get("preset"), network, asked.get("zoom"))
        photos = [*([asked["photo"]] if "photo" in asked else []), *(asked.get("photos") or [])]
        from eyecandy.cli.terminal.painting import run, run_folder  # here, and not above: --help does without NumPy

        if recipe.makes_folder:
            run_folder(order, photos[0], opener(network), output)
        else:
            run(order, photos, opener(network), output)

    kept = [parameter for parameter in inspect.signature(paint).parameters.values() if parameter.name != "asked"]
    paint.__signature__ = inspect.Signature([*own, *kept])  # type: ignore[attr-defined]
    paint.__name__, paint.__doc__ = recipe.name, recipe.help
    groups: dict[str, Any] = {
        "output": FolderOptions if recipe.makes_folder else ClipOptions if recipe.clips else OutputOptions,
        "network": PaintingNetwork,
    }
    return with_options(recipe.options, **groups)(paint)


def _arguments(recipe: Recipe) -> Iterator[inspect.Parameter]:
    """The arguments, and the options that not all recipes have."""
    if recipe.takes_paintings == "needed":
        what = "What the pictures show." if recipe.makes_folder else "A photo, a folder, or a pattern in quotes."
        yield _parameter("photo", str, typer.Argument(metavar="PHOTO", help=what))
        what = "The painting, or several: painting.jpg other.jpg:0.5"
        if recipe.regions:
            what = f"{what}; or a part of it, painting.jpg@tree. None where each --region names its own."
            argument = typer.Argument(metavar="PAINTING", help=what, show_default=False)
            yield _parameter("paintings", list[str] | None, argument, None)
        else:
            yield _parameter("paintings", list[str], typer.Argument(metavar="PAINTING", help=what))
        if not recipe.makes_folder:
            what = "One more photo, folder or pattern; may come again."
            yield _parameter("photos", list[str] | None, typer.Option("--photo", metavar="PHOTO", help=what), None)
    elif recipe.takes_photo == "needed":
        what = "Photos, folders or patterns."
        yield _parameter("photos", list[str], typer.Argument(metavar="PHOTO", help=what))
    elif recipe.photo_flag is not None:
        what = "A photo, folder or pattern; may come again."
        yield _parameter("photos", list[str] | None, typer.Option(recipe.photo_flag, metavar="PHOTO", help=what), None)
    else:
        what = "Photos, folders or patterns; none to begin with noise."
        yield _parameter("photos", list[str] | None, typer.Argument(metavar="PHOTO", help=what), None)
    if recipe.takes_paintings == "optional":
        what = f"{recipe.paintings}; may come again."
        option = typer.Option("--painting", metavar="PICTURE[:WEIGHT]", help=what)
        yield _parameter("paintings", list[str] | None, option, None)
    if recipe.presets:
        told = [f" {name} is {preset.text}." for name, preset in recipe.presets.items() if preset.text]
        what = f"Options that belong together; those given beside it win.{''.join(told)}"
        option = typer.Option(metavar="|".join(recipe.presets), help=what)
        yield _parameter("preset", str | None, option, None)
    if recipe.frames is not None:
        what = (
            "Then fall into the picture for N frames, in the film that --film names "
            f"(default: photo-{recipe.name}.mp4)."
        )
        yield _parameter("zoom", int | None, typer.Option(metavar="N", help=what), None)


def _parameter(name: str, kind: Any, told: Any, default: Any = inspect.Parameter.empty) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, told])
