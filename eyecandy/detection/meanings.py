"""What the numbers beside a class and an object mean, in a sentence each: the same wherever they are shown."""

UNDER_MASK = "under mask"
"""What the probability of an object's word where the object is is called."""

OF_CLASSES = {
    "places": (
        "best place",
        "The probability of a class at its best place, where it is likeliest. Each place is asked anew, so these do "
        "not add up to 1.",
    ),
    "average": (
        "average",
        "The probability of a class, averaged over all places. Only the best class of each word is listed, so these "
        "add up to less than 1.",
    ),
}
"""What the probabilities of a photo's classes are called and what they are, by the reading."""
OF_OBJECTS = (
    "Under mask: the probability of the word where the object is. Score: how likely word and outline are right, by it, "
    "the box shown alone and the edges of the mask; on photographs, of objects that score 0.8 about eight in ten are."
)
OF_PARTS = "Evidence is how far a word lies above its chance: 0 at its chance, 1 where the network is certain of it."


def of_classes(reading: str) -> tuple[str, str]:
    """A heading for the probabilities of a photo's classes, and a sentence."""
    return OF_CLASSES[reading]
