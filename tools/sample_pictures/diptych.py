"""Two photographs side by side."""

from PIL import Image

DIPTYCH_WIDTH = 640
# Left, top, right and bottom of what is shown of each photograph: all of the dog but its tail, the kitten and its wool.
SHEPHERD_PART, KITTEN_PART = (190, 0, 958, 768), (140, 30, 760, 680)

Box = tuple[int, int, int, int]


def side_by_side(left: Image.Image, left_part: Box, right: Image.Image, right_part: Box, width: int) -> Image.Image:
    """A part of each, scaled to one height, edge to edge: a picture of that width. Nothing else is done to them."""
    shapes = [(part[2] - part[0]) / (part[3] - part[1]) for part in (left_part, right_part)]
    height = round(width / sum(shapes))
    seam = round(height * shapes[0])
    out = Image.new("RGB", (width, height))
    for image, part, start, end in ((left, left_part, 0, seam), (right, right_part, seam, width)):
        shown = image.convert("RGB").crop(part).resize((end - start, height), Image.Resampling.LANCZOS)
        out.paste(shown, (start, 0))
    return out


def shepherd_and_kitten(shepherd: Image.Image, kitten: Image.Image) -> Image.Image:
    """A German shepherd at the left, a kitten at the right."""
    return side_by_side(shepherd, SHEPHERD_PART, kitten, KITTEN_PART, DIPTYCH_WIDTH)
