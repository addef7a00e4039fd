"""Kinds of classes: WordNet's tree over those of ImageNet, so that "animal" means every class that is one."""

import csv
import functools
import importlib.resources
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Kinds:
    """What the names of a tree's synsets mean, in lower case.

    Attributes:
        below: by lemma, the classes below all synsets of that name; by WordNet id, those at or below that one.
        of_word: by everyday word, the classes at or below the synsets that it stands for.
        shown: by name, how it is written; of an id, the synset's first lemma.
    """

    below: Mapping[str, frozenset[int]]
    of_word: Mapping[str, frozenset[int]]
    shown: Mapping[str, str]


def table(name: str) -> list[dict[str, str]]:
    """The rows of a table of this package, by the names of its columns."""
    text = importlib.resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))


@functools.cache
def kinds(wnids: tuple[str, ...]) -> Kinds:
    """The tree over some classes.

    tools/build_labels.py makes the table from WordNet 3.0.

    Args:
        wnids: the WordNet id of each class; of what is in no table, nothing is known.
    """
    rows = {row["wnid"]: row for row in table("wordnet.tsv")}
    at_or_below: defaultdict[str, set[int]] = defaultdict(set)
    for index, wnid in enumerate(wnids):
        left = [wnid]
        while left:
            each = left.pop()
            if each in rows and index not in at_or_below[each]:
                at_or_below[each].add(index)
                left += rows[each]["above"].split()
    own = set(wnids)
    below: defaultdict[str, frozenset[int]] = defaultdict(frozenset)
    of_word: defaultdict[str, frozenset[int]] = defaultdict(frozenset)
    shown: dict[str, str] = {}
    for wnid, classes in at_or_below.items():
        lemmas = rows[wnid]["lemmas"].split("|")
        # A class has its label: its other lemmas mislead, such as the "husky" of the Eskimo dog alone.
        for name in (wnid,) if wnid in own else (wnid, *lemmas):
            below[name.casefold()] |= classes
            shown.setdefault(name.casefold(), lemmas[0] if name == wnid else name)
        if rows[wnid]["word"]:
            of_word[rows[wnid]["word"].casefold()] |= classes
    return Kinds(below, of_word, shown)
