"""Modules under the names that the documentation of 0.1 used."""

import importlib
import subprocess
import sys

import pytest

from eyecandy import _moved

# What the documentation of 0.1 showed, and where each comes from now.
THEN = """
import warnings
warnings.simplefilter("error", ImportWarning)
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always", DeprecationWarning)
    from eyecandy.art import objectives
    from eyecandy.art.dream import dream
    from eyecandy.art.objectives import Objective, Seen, Term
    from eyecandy.art.options import Options
    from eyecandy.art.options.style import StyleOptions
    from eyecandy.art.scales import Ladder
    from eyecandy.art.sources import Source
    from eyecandy.art.studio import paint
import eyecandy
print(sorted(str(each.message) for each in told if "eyecandy" in str(each.message))[0])
print(dream is eyecandy.dream, Ladder.__name__, issubclass(StyleOptions, Options), objectives.Term is Term)
"""


def test_old_names_work_and_say_the_new_ones() -> None:
    done = subprocess.run([sys.executable, "-c", THEN], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        "eyecandy.art.dream is eyecandy.art.recipes.dream now",
        "True ScaleSchedule True True",
    ]


@pytest.mark.parametrize("now", sorted(set(_moved.MOVED.values())))
def test_what_moved_is_there(now: str) -> None:
    importlib.import_module(now)
