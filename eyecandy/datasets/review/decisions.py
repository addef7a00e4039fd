"""What was decided about objects: a list that only grows, of which the last may be taken back and done again."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, cast, get_args

from eyecandy.datasets.journal import Entry

Status = Literal["open", "accepted", "rejected"]
Decision = dict[str, Any]
"""One step: "photo" and "of", the photo and the digest of its entry; "changes", by the ids of objects, each with any of
"status", "name" and "mask"; "seen", whether the photo counts as looked through. Or only "undo" or "redo"."""

_KINDS: Mapping[str, type] = {"status": str, "name": str, "mask": str}


@dataclass(frozen=True)
class Item:
    """An object as it stands.

    Attributes:
        id: as in the results, from 1; what was added by hand comes after.
        name: its everyday word, or what it was renamed to.
        label: its class, likewise.
        status: "open" until it is decided.
        mask: the file of its mask, below the folder of results; it is the object where it is at least 255 times
            `threshold`.
        found: the annotation that it was found as; None for what was added.
        renamed, repainted: what was changed by hand.
    """

    id: int
    name: str
    label: str
    status: Status
    mask: str
    threshold: float
    found: Entry | None
    renamed: bool = False
    repainted: bool = False

    def changed(self, change: Mapping[str, str]) -> "Item":
        """The object after a decision about it; what is mended counts as accepted."""
        item = self
        if "name" in change:
            item = replace(item, name=change["name"], label=change["name"], renamed=True, status="accepted")
        if "mask" in change:
            item = replace(item, mask=change["mask"], threshold=0.5, repainted=True, status="accepted")
        if "status" in change:
            item = replace(item, status=cast(Status, change["status"]))
        return item


def items(entry: Entry, decisions: Iterable[Decision]) -> dict[int, Item]:
    """The objects of a photo, by their ids, after all that was decided about them."""
    there = {
        number: Item(number, found["word"], found["label"], "open", found["mask"], found.get("threshold", 0.5), found)
        for number, found in enumerate(entry["annotations"], start=1)
    }
    for decision in decisions:
        for key, change in decision["changes"].items():
            number = int(key)
            known = there.get(number) or Item(number, "object", "object", "accepted", "", 0.5, None)
            there[number] = known.changed(change)
    return {number: item for number, item in there.items() if item.mask}


@dataclass
class History:
    """All decisions that stand, oldest first, and those that were taken back and can be done again."""

    standing: list[Decision] = field(default_factory=list)
    undone: list[Decision] = field(default_factory=list)

    def add(self, decision: Decision) -> Decision | None:
        """Adds a line; gives the decision that it is about, None where nothing is left to be taken back."""
        if "undo" in decision or "redo" in decision:
            back, forth = (self.standing, self.undone) if "undo" in decision else (self.undone, self.standing)
            if not back:
                return None
            forth.append(back.pop())
            return forth[-1]
        self.standing.append(decision)
        self.undone.clear()
        return decision


def parsed(line: bytes) -> Decision | None:
    """The decision of a line; None of one that is torn or damaged."""
    try:
        decision = json.loads(line) if line.endswith(b"\n") else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(decision, dict):
        return None
    if decision in ({"undo": True}, {"redo": True}):
        return decision
    plain = isinstance(decision.get("photo"), str) and isinstance(decision.get("of"), str)
    changes = decision.get("changes")
    return decision if plain and isinstance(changes, dict) and all(map(_is_change, changes.items())) else None


def _is_change(pair: tuple[str, Any]) -> bool:
    key, change = pair
    return (
        key.isascii()
        and key.isdecimal()
        and isinstance(change, dict)
        and all(isinstance(value, _KINDS.get(name, type(None))) for name, value in change.items())
        and change.get("status", "open") in get_args(Status)
    )
