"""A hook of MkDocs: formulas become MathML, which browsers draw themselves, without a script and without internet."""

import html
import re
from typing import Any

from latex2mathml.converter import convert

_FORMULA = re.compile(r'<(?P<tag>span|div) class="arithmatex">\\[(\[](?P<tex>.*?)\\[)\]]</(?P=tag)>', re.DOTALL)


def on_page_content(content: str, **_: Any) -> str:
    """The page with each formula that pymdownx.arithmatex has marked in the place of its TeX."""
    return _FORMULA.sub(_drawn, content)


def _drawn(found: re.Match[str]) -> str:
    tex, display = html.unescape(found["tex"]), "block" if found["tag"] == "div" else "inline"
    return f'<{found["tag"]} class="formula">{convert(tex, display=display)}</{found["tag"]}>'
