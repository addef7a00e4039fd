"""What a network's classes are called: a label for each class, and the everyday word for what it shows.

Labels come with the network (ImageNet's 1,000 are part of the package, see `imagenet`), from a file of one's own
(`read`), from the list that comes with the Places365 weights (`places365`), or are made up (`generic`).
"""

import difflib
import functools
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from eyecandy.arguments import integer_of, told
from eyecandy.backbone.labels.kinds import kinds, table
from eyecandy.errors import EyecandyError

__all__ = ["Labels", "LabelsLike", "generic", "imagenet", "labels_of", "places365", "read"]

_PLACE = re.compile(r"(?P<path>/[^/\s]/(?P<place>[^/\s]+)\S*)\s+(?P<index>\d{1,9})", re.ASCII)
_NEAREST = 5


@dataclass(frozen=True)
class Labels:
    """The names of n classes, in the order of the network's outputs.

    names: n labels, as they are shown ("boxer").
    words: n everyday words, which several classes may share ("dog").
    wnids: n WordNet ids, for whose synsets there are kinds ("animal"), or none.
    """

    names: tuple[str, ...]
    words: tuple[str, ...]
    wnids: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.names) != len(self.words):
            raise EyecandyError(
                f"labels need one word for each name; {len(self.names)} names and {len(self.words)} words were given"
            )

    def __len__(self) -> int:
        return len(self.names)

    @functools.cached_property
    def word_list(self) -> tuple[str, ...]:
        """The w different everyday words, in the order of the first class that has each."""
        return tuple(dict.fromkeys(self.words))

    @functools.cached_property
    def word_ids(self) -> NDArray[np.intp]:
        """(n,) read-only: for each class, where its everyday word stands in `word_list`."""
        place = {word: i for i, word in enumerate(self.word_list)}
        ids = np.array([place[word] for word in self.words], dtype=np.intp)
        ids.setflags(write=False)
        return ids

    def word_of(self, index: SupportsIndex) -> str:
        """The everyday word of a class number; an EyecandyError where there is no such class."""
        return self.words[self._checked(index)]

    def word_probabilities(self, probabilities: NDArray[np.floating]) -> NDArray[np.floating]:
        """Probabilities of the classes, (..., n), summed over each everyday word: (..., w), as in `word_list`."""
        if probabilities.shape[-1:] != (len(self),):
            raise EyecandyError(
                f"one probability for each of {len(self)} classes was expected in the last axis; "
                f"an array of shape {probabilities.shape} came"
            )
        sums = np.zeros((*probabilities.shape[:-1], len(self.word_list)), probabilities.dtype)
        np.add.at(sums.T, self.word_ids, probabilities.T)  # sums.T is a view
        return sums

    def find_each(self, wanted: Any) -> list[list[int]]:
        """`find` for each of several things, or for one; a class that was seen or a found thing stands for its class.

        Args:
            wanted: a class number, a label or an everyday word; or a list, an array or the like of these.

        Raises:
            EyecandyError: one of them means no class.
        """
        one = isinstance(wanted, str | bytes) or hasattr(wanted, "class_index") or not isinstance(wanted, Iterable)
        several = [wanted] if one or getattr(wanted, "shape", None) == () else list(wanted)
        return [self.find(getattr(each, "class_index", each)) for each in several]

    def find(self, query: object) -> list[int]:
        """The classes that are meant by a class number, a label or an everyday word, in ascending order.

        Upper and lower case are the same. A text that is both a label and a word ("leopard", "drum") means every
        class of the word. Digits are a class number unless they are a label. What is not known is an EyecandyError
        that names the nearest labels and words. Where classes have kinds, one of these ("animal") means all below it.
        """
        if not isinstance(query, str):
            return [self._checked(query)]
        known = self._by_name.get(_fold(query))
        if known is not None:
            return sorted(known)
        if re.fullmatch(r"\s*[+-]?\d{1,9}\s*", query, re.ASCII):
            return [self._checked(int(query))]
        if self.wnids and _fold(query) in kinds(self.wnids).below:
            return sorted(kinds(self.wnids).below[_fold(query)])
        nearest = self._nearest(_fold(query))
        raise EyecandyError(
            f"no class is called {_short(query)!r}"
            + (f"; nearest: {', '.join(map(repr, nearest))}" if nearest else "")
            + f"; give a label, an everyday word or a class number from 0 to {len(self) - 1}"
        )

    def find_kind(self, query: object) -> list[int]:
        """As `find`, but an everyday word means what is below it in the tree of kinds too: an eagle is a "bird"."""
        meant = self.find(query)
        if not isinstance(query, str) or not self.wnids:
            return meant
        return sorted({*meant, *kinds(self.wnids).of_word.get(_fold(query), ())})

    @functools.cached_property
    def _by_name(self) -> dict[str, set[int]]:
        found: defaultdict[str, set[int]] = defaultdict(set)
        for names in (self.names, self.words):
            for index, name in enumerate(names):
                found[_fold(name)].add(index)
        return dict(found)

    def _nearest(self, folded: str) -> list[str]:
        """Labels and words that hold the text as whole words first, then those of similar spelling."""
        shown = dict(kinds(self.wnids).shown) if self.wnids else {}
        shown |= {_fold(name): name for name in (*self.names, *self.words)}
        whole = re.compile(rf"(?<!\w){re.escape(folded)}(?!\w)")
        holding = [name for name in shown if folded and whole.search(name)]
        similar = difflib.get_close_matches(folded, shown, n=_NEAREST)
        return [shown[name] for name in dict.fromkeys([*holding, *similar])][:_NEAREST]

    def _checked(self, index: object) -> int:
        number = integer_of(index)
        if number is None:
            raise EyecandyError(
                f"expected a class: a label, an everyday word or a class number from 0 to {len(self) - 1}, "
                f"got {told(index)}"
            )
        if not 0 <= number < len(self):
            raise EyecandyError(f"class number {number} does not exist; give one from 0 to {len(self) - 1}")
        return number


LabelsLike = Labels | str | PathLike[str] | Iterable[str] | Mapping[int, str] | Mapping[str, int]
"""Whatever may stand for labels, see `labels_of`."""


def labels_of(given: LabelsLike, *, expect: int | None = None) -> Labels:
    """The labels that are meant by a text file, by names in their order, or by a dictionary of names and numbers.

    Args:
        given: the path of a file, see `read`; names; {0: "cat", 1: "dog"} or {"cat": 0, "dog": 1}, as Keras's
            `class_indices` are; or `Labels`.
        expect: how many a file must hold.

    Raises:
        EyecandyError: something in it is no name, or a number is missing.
    """
    if isinstance(given, Labels):
        return given
    if isinstance(given, str | PathLike):
        return read(given, expect=expect)
    if isinstance(given, Mapping):
        names = _in_order(given)
    elif isinstance(given, Iterable):
        names = tuple(_text(name) for name in given)
    else:
        raise EyecandyError(f"expected labels: names in the order of the classes, or a text file, got {told(given)}")
    return Labels(names, names)


def _in_order(given: Mapping[Any, Any]) -> tuple[str, ...]:
    """The names of a dictionary of names by number, or of numbers by name, by number."""
    by_number = {}
    for key, value in given.items():
        number, name = (value, key) if integer_of(key) is None and integer_of(value) is not None else (key, value)
        index = integer_of(number)
        if index is None and isinstance(number, str) and number.isdecimal():  # as JSON writes {0: "cat"}
            index = int(number)
        by_number[index] = _text(name)
    missing = next((index for index in range(len(given)) if index not in by_number), None)
    if missing is not None:
        raise EyecandyError(
            f"labels by number should have the numbers 0 to {len(given) - 1}, each once; there is no {missing}"
        )
    return tuple(by_number[index] for index in range(len(given)))


def _text(name: object) -> str:
    if not isinstance(name, str) or not name.strip():
        raise EyecandyError(f"a label must be text that is not blank, got {told(name)}")
    return str(name)


@functools.cache
def imagenet() -> Labels:
    """The 1,000 classes of ImageNet (ILSVRC 2012): first lemmas of their WordNet synsets, and everyday words.

    tools/build_labels.py makes the table.
    """
    rows = table("imagenet1k.tsv")
    names, words, wnids = (tuple(row[column] for row in rows) for column in ("label", "word", "wnid"))
    return Labels(names, words, wnids)


def read(path: str | PathLike[str], *, expect: int | None = None) -> Labels:
    """Labels from a UTF-8 text file, one a line in class order; blank lines at its end do not count.

    Where every line begins with the number of its class ("0 cat", "1 dog"), as Teachable Machine writes them, that is
    no part of the label, and the lines may stand in any order. The everyday word of each is the label itself. An
    EyecandyError where the file cannot be read, has a blank line between labels (which would shift the classes behind
    it), holds no label, or not as many as `expect`.
    """
    lines = _lines(path)
    blank = next((number for number, line in enumerate(lines, start=1) if not line), None)
    if blank is not None:
        raise EyecandyError(f"label file {str(path)!r}: line {blank} is blank; one label a line was expected")
    numbered = [line.split(maxsplit=1) for line in lines]
    named = {pieces[0]: pieces[1] for pieces in numbered if len(pieces) == 2}
    if named.keys() == {str(index) for index in range(len(lines))}:
        lines = [named[str(index)] for index in range(len(lines))]
    return _counted(Labels(tuple(lines), tuple(lines)), path, expect)


def places365(path: str | PathLike[str], *, expect: int | None = 365) -> Labels:
    """Labels from the list that comes with Places365, lines such as `/h/harbor 171`, in any order.

    The label is the line; the everyday word is the place without its finer kind: "apartment building" for
    `/a/apartment_building/outdoor`. An EyecandyError where a line is of another form, a class number is missing or
    given twice, or there are not as many as `expect`.
    """
    found: dict[int, tuple[str, str]] = {}
    for number, line in enumerate(_lines(path), start=1):
        place = _PLACE.fullmatch(line)
        if place is None:
            raise EyecandyError(
                f"places file {str(path)!r}: line {number} should look like '/h/harbor 171'; it is {_short(line)!r}"
            )
        index = int(place["index"])
        if index in found:
            raise EyecandyError(f"places file {str(path)!r}: line {number} gives class number {index} a second time")
        found[index] = (f"{place['path']} {index}", place["place"].replace("_", " "))
    missing = next(index for index in range(len(found) + 1) if index not in found)
    if missing < len(found):
        raise EyecandyError(
            f"places file {str(path)!r}: class number {missing} is missing; its {len(found)} lines should be "
            f"numbered from 0 to {len(found) - 1}"
        )
    ordered = [found[index] for index in range(len(found))]
    return _counted(Labels(tuple(name for name, _ in ordered), tuple(word for _, word in ordered)), path, expect)


def generic(n: int) -> Labels:
    """Labels for n classes of which nothing is known: "class 0", "class 1", ..."""
    names = tuple(f"class {index}" for index in range(n))
    return Labels(names, names)


def _fold(text: str) -> str:
    return text.strip().casefold()


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."


def _lines(path: str | PathLike[str]) -> list[str]:
    """The lines of a text file, stripped, without the blank ones at the end."""
    try:
        # Not splitlines(): it would also break at separators that a label may hold.
        lines = [line.strip() for line in Path(path).read_text(encoding="utf-8-sig").split("\n")]
    except OSError as error:
        raise EyecandyError(
            f"label file {str(path)!r} cannot be read ({error.strerror}); give a text file with one label a line"
        ) from error
    except UnicodeDecodeError as error:
        raise EyecandyError(
            f"label file {str(path)!r} is not UTF-8 text (byte {error.start}); save it as UTF-8, one label a line"
        ) from error
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _counted(labels: Labels, path: str | PathLike[str], expect: int | None) -> Labels:
    if len(labels) == 0:
        raise EyecandyError(f"label file {str(path)!r} holds no labels; one label a line was expected")
    if expect is not None and len(labels) != expect:
        raise EyecandyError(
            f"label file {str(path)!r} has {len(labels)} labels; the network has {expect} classes: "
            "give one label a line, in the order of its outputs"
        )
    return labels
