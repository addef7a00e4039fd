"""The same picture once more, from its record."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eyecandy.arguments import told as named
from eyecandy.art import recipes
from eyecandy.art.core.scales import SMALLEST
from eyecandy.art.core.sources import Source
from eyecandy.art.output.record import Artwork, read
from eyecandy.backbone.identity import differences, told
from eyecandy.clips.reader import fingerprint
from eyecandy.errors import EyecandyError

if TYPE_CHECKING:
    from eyecandy.art.output.painting import Viewing
    from eyecandy.backbone.load import BackboneLike
    from eyecandy.backbone.model import Backbone

BEFORE: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "dream": {"0.3.0": {"form": "parts"}},
    "reconstruct": {"0.3.0": {"start": "grey"}},
}
"""By recipe and version: options that came with that version, as what came before did without them. A record tells of
every option that there was, so these are the ones that it leaves open."""
SIGNED = ("command", "network", "zoom")
"""What an order adds to a record; it is handed on."""


def again(
    record: "Mapping[str, Any] | Artwork | str | Path",
    backbone: "BackboneLike | None" = None,
    directory: Path | None = None,
    *,
    viewing: "Viewing | None" = None,
    engine: str = "local",
    address: str | None = None,
) -> Any:
    """Makes what a record tells of anew: on the same machine and with the same versions, the same pixels.

    Args:
        record: of the picture; or an `Artwork`, or the file of a picture, which carries it.
        backbone: the network that the picture was made with; the bundled one by default.
        directory: where a recipe that makes a folder writes it; it goes on with what is there.
        viewing: who watches.
        engine, address: who computes tiles, as for the recipe; no record says.

    Returns:
        What the recipe gives, an `Artwork` or a `Study`.

    Raises:
        EyecandyError: no record, a recipe that there is none of, pictures or weights that are not those of the record,
            or anything that the recipe refuses.
    """
    from eyecandy.backbone.load import given_or_default

    record = _read(record)
    recipe, net = recipe_of(record), given_or_default(backbone)
    if "clip" in record:
        raise EyecandyError("the record is of a film, and this makes pictures; the command again makes films as well")
    check(record, net)
    given = {"backbone": net, "viewing": viewing, "engine": engine, "address": address, **options_of(record)}
    if recipe.makes_folder:
        return recipe.run(photo_of(record), _paintings(record), directory, signed=signed(record), **given)
    made = recipe.run(photo_of(record), _paintings(record), **given)
    return replace(made, record={**made.record, **signed(record)})


def frame_again(record: Mapping[str, Any], backbone: "Backbone", photo: Source, viewing: "Viewing") -> Artwork:
    """A frame of the film that a record tells of, which was checked; the photo is that of the frame."""
    made: Artwork = recipe_of(record).run(
        photo, _paintings(record), backbone=backbone, viewing=viewing, **options_of(record)
    )
    return made


def signed(record: Mapping[str, Any]) -> dict[str, Any]:
    """What an order added to a record."""
    return {name: record[name] for name in SIGNED if name in record}


def _read(given: Any) -> Mapping[str, Any]:
    if isinstance(given, Artwork):
        return given.record
    if isinstance(given, str | Path):
        return read(given)
    if not isinstance(given, Mapping):
        raise EyecandyError(f"expected a picture's record, an Artwork or the file of a picture, got {named(given)}")
    return given


def recipe_of(record: Mapping[str, Any]) -> recipes.Recipe:
    """The recipe that a record is of.

    Raises:
        EyecandyError: there is none of its name.
    """
    name = str(record.get("recipe"))
    if name not in recipes.names():
        raise EyecandyError(f"the record is of the recipe {name!r}; expected one of {', '.join(recipes.names())}")
    return recipes.get(name)


def options_of(record: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a record, with what its version did where it had no option yet."""
    changes = BEFORE.get(str(record.get("recipe")), {})
    older = [options for version, options in changes.items() if before(record, version)]
    told = _before_3(record["options"]) if before(record, "0.3.0") else record["options"]
    return {name: value for options in [*reversed(older), told] for name, value in options.items()}


def _before_3(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options of a version before 0.3 by today's names: a draft was half the size and no more, and colours that were
    kept came with the painting's lightness."""
    found = dict(options)
    if found.get("draft") is True:
        found |= {"draft": False, "size": max(SMALLEST, found["size"] // 2)}
    if found.get("keep_colour") is True:
        found["keep_colour"] = "chroma"
    return found


def before(record: Mapping[str, Any], version: str) -> bool:
    """Whether a record is of an earlier version of eyecandy."""
    return _numbers(record.get("versions", {}).get("eyecandy")) < _numbers(version)


def _numbers(version: object) -> tuple[int, ...]:
    """A version in order; none, before all others, where it is not known."""
    return tuple(map(int, re.findall(r"\d+", str(version))[:3]))


def photo_of(record: Mapping[str, Any]) -> Any:
    """The path of the photo that a picture was made of; None for noise."""
    return next((source["path"] for source in record["sources"] if source["role"] == "photo"), None)


def _paintings(record: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """With their weights, and parts where they have some. Those of regions are named by the option."""
    paintings = (source for source in record["sources"] if source["role"] == "painting")
    return [tuple(one[key] for key in ("path", "weight", "part") if key in one) for one in paintings]


def check(record: Mapping[str, Any], backbone: "Backbone") -> None:
    """Raises EyecandyError where the network or the pictures are not those of the record."""
    held = record.get("backbone")
    if not isinstance(held, Mapping):
        raise EyecandyError("the record names no network; only pictures whose network is known can be made again")
    differ = differences(held, backbone.identity)
    if differ:
        raise EyecandyError(
            f"the record wants {told(held)}, got {told(backbone.identity)}; it has {'; '.join(differ)}; give the "
            "network of the record"
        )
    if not isinstance(record.get("options"), Mapping) or not isinstance(record.get("sources", []), list):
        raise EyecandyError("the record is damaged: it names no options; give it as eyecandy wrote it")
    _check_sources(record)


def _check_sources(record: Mapping[str, Any]) -> None:
    for source in record.get("sources", []):
        path = source["path"]
        if path is None:
            raise EyecandyError(
                f"the {source['role']} of the picture came from no file, and the record holds no pixels; "
                "only pictures that were made of files can be made again"
            )
        filmed = "clip" in record and source["role"] == "photo"
        found = fingerprint(path) if filmed else Source.of(path, source["role"]).record()["sha256"]
        if found != source["sha256"]:
            kind, what = ("film", "the file has") if filmed else ("picture", "its pixels have")
            raise EyecandyError(f"{path!r} is not the {kind} that it was: {what} changed since")
