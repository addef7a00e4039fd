"""Which objects are wanted, and what they are called: the options `classes` and `name_as` on a network's labels."""

from dataclasses import dataclass, replace

from eyecandy.backbone.labels import Labels
from eyecandy.detection.options import DetectOptions, names_in
from eyecandy.detection.result import DetectedObject


@dataclass(frozen=True)
class Naming:
    """What the options mean.

    Attributes:
        wanted: the classes whose objects are kept; None for all.
        names: names that objects take, each with the classes whose objects take it, the fewest first.
    """

    wanted: frozenset[int] | None
    names: tuple[tuple[str, frozenset[int]], ...]

    @classmethod
    def of(cls, options: DetectOptions, labels: Labels) -> "Naming":
        """What the options mean for these labels.

        Raises:
            EyecandyError: one of the names means no class; it says the nearest.
        """
        kept = [labels.find_kind(name) for name in names_in(options.classes)]
        names = [(name.strip(), frozenset(labels.find_kind(name))) for name in names_in(options.name_as)]
        wanted = frozenset(index for classes in kept for index in classes) if options.classes is not None else None
        return cls(wanted, tuple(sorted(names, key=lambda pair: len(pair[1]))))

    def keeps(self, class_index: int) -> bool:
        """Whether objects of a class are wanted."""
        return self.wanted is None or class_index in self.wanted

    def word(self, class_index: int, word: str) -> str:
        """What an object of a class is called: by the most special of the names for it, or else by its own word."""
        return next((name for name, classes in self.names if class_index in classes), word)

    def named(self, found: DetectedObject) -> DetectedObject:
        """An object by its name."""
        return replace(found, word=self.word(found.class_index, found.word))
