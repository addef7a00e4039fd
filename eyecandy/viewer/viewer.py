"""The viewer: a photo, an outline for each object above it, and a label that follows the pointer.

Outlines are SVG: the browser itself knows which one lies under the pointer, they stay sharp at every size, take the
keyboard's focus, and light up even where no script runs. The script adds the label and darkens everything else.
"""

import base64
import html
import io
from functools import cache
from importlib import resources

import numpy as np
from PIL import Image

from eyecandy.detection.result import DetectedObject, Result
from eyecandy.viewer.outlines import outline

QUALITY = 82  # of the photo as JPEG


def viewer_html(photo: np.ndarray, found: Result, id: str, *, source: str | None = None) -> str:
    """A photo whose objects light up, as a fragment of HTML. The page needs `head()` once, however many it shows.

    A click on an object, or Enter, holds it lit until the next one; the fragment's element then emits the event
    "ec-select", whose `detail` is the object's index in `found.objects`, or null.

    Args:
        photo: (h, w, 3) uint8, the photo of `found` at the size to embed: any with its shape.
        found: what was found in it.
        id: of the fragment's element: letters, digits, - and _, and unlike all others of the page.
        source: the address of the photo, instead of the pixels themselves.
    """
    height, width = photo.shape[:2]
    address = _data(photo) if source is None else source
    name = found.photo.name if found.photo.path is None else found.photo.path.name
    count = len(found.objects)
    objects = f"{count} object{'' if count == 1 else 's'}"
    # Of two that overlap the smaller one lies on top, so that both can be reached.
    drawn = sorted(enumerate(found.objects), key=lambda pair: -float((pair[1].small_mask >= pair[1].threshold).sum()))
    return (
        f'<figure class="ec-viewer" id="{html.escape(id)}">'
        f'<div class="ec-stage" style="aspect-ratio:{width}/{height}">'
        f'<img class="ec-photo" src="{html.escape(address)}" width="{width}" height="{height}" loading="lazy" '
        f'decoding="async" alt="{html.escape(name)}, {objects}">'
        f"{_drawing(drawn)}"
        '<div class="ec-label" aria-hidden="true"></div>'
        "</div></figure>"
    )


def head() -> str:
    """The viewer's style and script, to stand once in the head of a page; nothing is loaded from anywhere."""
    return f"<style>{style()}</style><script>{script()}</script>"


@cache
def style() -> str:
    """The viewer's CSS: dark and light as the reader's system is; a page may set --ec-accent."""
    return _resource("viewer.css")


@cache
def palette() -> str:
    """Colours and font of whole pages, dark and light, as CSS variables; `--icon` is eyecandy's own, as an address."""
    icon = base64.b64encode(icon_svg().encode()).decode("ascii")
    return _resource("palette.css") + f':root {{ --icon: url("data:image/svg+xml;base64,{icon}"); }}\n'


@cache
def icon_svg() -> str:
    """Eyecandy's icon, as SVG."""
    return _resource("icon.svg")


@cache
def script() -> str:
    """The viewer's JavaScript: one listener for all viewers of a page, also those that come later."""
    return _resource("viewer.js")


def _resource(name: str) -> str:
    return resources.files("eyecandy.viewer").joinpath(name).read_text("utf-8")


def _drawing(objects: list[tuple[int, DetectedObject]]) -> str:
    if not objects:
        return ""
    height, width = objects[0][1].small_mask.shape
    return (
        f'<svg class="ec-drawing" viewBox="0 0 {width} {height}" preserveAspectRatio="none" role="group" '
        'aria-label="objects in the photo"><path class="ec-shade" fill-rule="evenodd"/>'
        f"{''.join(_object(index, item) for index, item in objects)}</svg>"
    )


def _object(index: int, item: DetectedObject) -> str:
    word, label = html.escape(item.word), html.escape(item.called)
    return (
        f'<path class="ec-object" tabindex="0" role="button" aria-pressed="false" '
        f'aria-label="{word}: {label}, score {item.score:.2f}" data-index="{index}" data-word="{word}" '
        f'data-label="{label}" data-score="{item.score:.2f}" fill-rule="evenodd" '
        f'd="{outline(item.small_mask, item.threshold)}"/>'
    )


def _data(photo: np.ndarray) -> str:
    buffer = io.BytesIO()
    Image.fromarray(photo).save(buffer, "JPEG", quality=QUALITY, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
