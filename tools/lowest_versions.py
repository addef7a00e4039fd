"""Prints the lowest versions that setup.cfg allows, one requirement a line, for `pip install --requirement`.

    python tools/lowest_versions.py dependencies web > lowest.txt

Names are of the extras wanted; "dependencies" stands for what eyecandy always needs.
"""

import configparser
import re
import sys
from pathlib import Path

SETUP = Path(__file__).parent.parent / "setup.cfg"
_REQUIREMENT = re.compile(r"(?P<name>[\w.-]+(\[[\w,]+\])?)\s*>=\s*(?P<version>[\w.]+)")


def lowest(sections: list[str]) -> list[str]:
    """The requirements of some extras with each floor as the version: ["numpy==2.0", ...].

    Raises:
        ValueError: a requirement has no floor.
    """
    settings = configparser.ConfigParser()
    settings.read(SETUP, encoding="utf-8")
    lines = []
    for section in sections:
        always = section == "dependencies"
        text = settings["options"]["install_requires"] if always else settings["options.extras_require"][section]
        for line in filter(None, map(str.strip, text.splitlines())):
            found = _REQUIREMENT.fullmatch(line)
            if found is None:
                raise ValueError(f"setup.cfg, {section}: {line!r} has no lowest version; expected name>=version")
            lines.append(f"{found['name']}=={found['version']}")
    return lines


if __name__ == "__main__":
    print("\n".join(lowest(sys.argv[1:] or ["dependencies"])))
