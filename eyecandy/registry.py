"""Registries: all there is of one kind, one file each in one folder, known by name before any of them is imported."""

import importlib
import pkgutil
from collections.abc import Iterable, Iterator, MutableMapping, Sequence
from typing import Any, TypeVar

from eyecandy.arguments import told
from eyecandy.errors import OptionError

T = TypeVar("T")


class Registry(MutableMapping[str, T]):
    """What the files of a package are there for, by the names of the files.

    A package's `__init__.py` says `SIGNALS: Registry[Signal] = Registry("signal", __name__, __path__)`, and its file
    `gradient_input.py` then has the signal "gradient-input" as its `SIGNAL`. A file is imported when its thing is asked
    for, so a registry may stand where nothing slow is imported; a file more is a name more for whatever lists them. A
    file whose name begins with _ is none of them. Things made elsewhere are added as to a dict.

    Args:
        kind: what each of them is, as errors call it.
        package: the name of the package.
        path: its folders.
        first: names that come first, the default before all; the others follow by the alphabet.
        attribute: what files call theirs, where that is not the kind in capitals.
    """

    def __init__(
        self, kind: str, package: str, path: Iterable[str], *, first: Sequence[str] = (), attribute: str = ""
    ) -> None:
        self.kind, self._package, self._attribute = kind, package, attribute or kind.upper()
        files = sorted(file.name for file in pkgutil.iter_modules(path) if not file.name.startswith("_"))
        self._things: dict[str, Any] = dict.fromkeys([*first, *(file.replace("_", "-") for file in files)])

    @property
    def default(self) -> str:
        """The name that comes first."""
        return next(iter(self))

    @property
    def listed(self) -> str:
        """All names in words: "coco, voc or yolo"."""
        return either(list(self))

    def check(self, name: object) -> str:
        """The name, if there is such a thing.

        Raises:
            OptionError: there is none; the message lists them.
        """
        return check_choice(self.kind, name, list(self))

    def __getitem__(self, name: str) -> T:
        if self._things[name] is None:
            file = importlib.import_module(f"{self._package}.{name.replace('-', '_')}")
            self._things[name] = getattr(file, self._attribute)
        return self._things[name]

    def __setitem__(self, name: str, thing: T) -> None:
        self._things[name] = thing

    def __delitem__(self, name: str) -> None:
        del self._things[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._things)

    def __len__(self) -> int:
        return len(self._things)

    def __contains__(self, name: object) -> bool:
        return name in self._things


def either(names: Sequence[str]) -> str:
    """Names in words: "coco, voc or yolo"."""
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last


def check_choice(option: str, name: object, names: Sequence[str]) -> str:
    """The name, if it is one of the names that an option may have.

    Raises:
        OptionError: it is not; the message lists them.
    """
    if not isinstance(name, str) or name not in names:
        raise OptionError("unknown {} {got}; expected {known}", option, got=told(name), known=either(names))
    return str(name)
