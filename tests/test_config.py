"""Defaults from eyecandy.toml and pyproject.toml, the examples in the help, and shell completion."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import typer
from conftest import Run
from PIL import Image

from eyecandy.art import recipes
from eyecandy.cli import app
from eyecandy.cli.options import config
from eyecandy.cli.terminal import manual
from eyecandy.errors import EyecandyError

GROUP = typer.main.get_command(app.app)
Command = Callable[..., Run]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, below one that a file may be put into."""
    inner = tmp_path / "work" / "photos"
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)
    return inner


def test_the_nearest_file_decides_and_keys_may_be_spelled_as_flags_or_names(folder: Path) -> None:
    (folder.parents[1] / "eyecandy.toml").write_text("[detect]\nsize = 100\n")
    (folder.parent / "eyecandy.toml").write_text(
        '[detect]\nsize = 640\nmin-score = 0\n[style]\nstyle-layer = "a"\ncontent_layers = ["b", "c:0.5"]\n'
    )
    found = config.defaults(GROUP)
    assert found == {
        "detect": {"size": 640, "min_score": 0},
        "style": {"style_layers": ["a"], "content_layers": ["b", "c:0.5"]},
    }


def test_pyproject_counts_where_it_has_the_section_and_eyecandy_toml_goes_before_it(folder: Path) -> None:
    (folder.parent / "eyecandy.toml").write_text("[dream]\nrate = 1\n")
    (folder / "pyproject.toml").write_text("[project]\nname = 'eyecandy-fan'\n")
    assert config.defaults(GROUP) == {"dream": {"rate": 1}}
    (folder / "pyproject.toml").write_text("[tool.eyecandy.dream]\nrate = 0.5\n")
    assert config.defaults(GROUP) == {"dream": {"rate": 0.5}}
    (folder / "eyecandy.toml").write_text("[dream]\nrate = 0.25\n")
    assert config.defaults(GROUP) == {"dream": {"rate": 0.25}}


def test_a_damaged_pyproject_that_does_not_speak_of_eyecandy_is_nobodys_business(folder: Path) -> None:
    (folder / "pyproject.toml").write_text("[tool.black\n")
    assert config.defaults(GROUP, folder) == {}


def test_paths_count_from_the_folder_of_the_file(folder: Path) -> None:
    (folder.parent / "eyecandy.toml").write_text('[detect]\nweights = "nets/a.npz"\n')
    assert config.defaults(GROUP) == {"detect": {"weights": str(folder.parent / "nets" / "a.npz")}}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[detect]\nsiez = 640", r"\[detect\] has no option 'siez'; the nearest is 'size'"),
        ("[detect]\nhelp = true", r"\[detect\] has no option 'help'; expected one of .*backbone, .*components"),
        ("[detect]\nphotos = 'a.jpg'", r"\[detect\] has no option 'photos'; expected one of"),
        ('[detect]\nsize = "640"', r"size of \[detect\] must be a whole number, got '640'"),
        ("[detect]\nsize = 640.0", r"size of \[detect\] must be a whole number, got 640.0"),
        ("[detect]\nmin-score = true", r"min-score of \[detect\] must be a number, got true"),
        ("[detect]\nexplain = 1", r"explain of \[detect\] must be true or false, got 1"),
        ("[detect]\nsignal = 1", r"signal of \[detect\] must be text in quotes, got 1"),
        ("[style]\nstyle-layer = ['a', 3]", r"style-layer of \[style\] must be text in quotes, or a list of it, got 3"),
        ("[style]\nstrength = [0.5]", r"strength of \[style\] must be a number, got \[0.5\]"),
        ("[detct]\nsize = 640", r"there is no command \[detct\]; the nearest is 'detect'"),
        ("size = 640", r"'size' stands outside a command's section; write it below one, such as \[detect\]"),
        ("detect = 1", r"'detect' is 1; expected a section \[detect\]"),
        ("[weights.fecth]\nx = 1", r"there is no command \[weights.fecth\]; the nearest is 'fetch'"),
        ("[weights.fetch]\nx = 1", r"\[weights.fetch\] has no option 'x'; it has none"),
        ("[detect", r"'eyecandy.toml' is no TOML: Expected"),
    ],
)
def test_what_a_file_says_wrongly_is_refused_in_one_line(folder: Path, text: str, says: str) -> None:
    (folder / "eyecandy.toml").write_text(text)
    with pytest.raises(EyecandyError, match=says) as caught:
        config.defaults(GROUP)
    assert "\n" not in str(caught.value) and "eyecandy.toml" in str(caught.value)


def test_a_file_of_bytes_that_are_no_text_is_refused(folder: Path) -> None:
    (folder / "eyecandy.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(EyecandyError, match="cannot be read: it is no UTF-8"):
        config.defaults(GROUP)


def test_defaults_reach_the_command_and_the_command_line_wins(
    command: Command, colour_model: list[str], folder: Path
) -> None:
    Image.new("RGB", (128, 96), "red").save(folder / "red.png")
    (folder / "eyecandy.toml").write_text("[classify]\ntop = 2\njson = true\n")
    network = colour_model[:4]
    said = command("classify", "red.png", *network)
    assert said.code == 0 and said.out.count('"word"') == 2 * 2  # in two readings
    assert command("classify", "red.png", *network, "--top", "3").out.count('"word"') == 2 * 3


def test_a_recipe_takes_defaults_for_given(command: Command, folder: Path) -> None:
    Image.new("RGB", (96, 96), "red").save(folder / "red.png")
    (folder / "eyecandy.toml").write_text("[dream]\niterations = 2\nsize = 64\nscales = 1\n")
    said = command("dream", "red.png", "--layer", "block1_conv1")
    assert said.code == 0 and "64 x 64 pixels, 2 iterations" in said.out


def test_a_default_out_of_range_is_blamed_on_the_file(command: Command, folder: Path) -> None:
    (folder / "eyecandy.toml").write_text("[style]\nstrength = 3\n[detect]\nmin-score = 3\n")
    blamed = "got 3.0; eyecandy.toml or pyproject.toml says so\n"
    assert command("style", "a.jpg", "b.jpg").err.endswith(
        f"--strength must be a number of at least 0 and at most 1, {blamed}"
    )
    assert command("detect", "a.jpg").err.endswith(f"--min-score must be at least 0 and below 1, {blamed}")
    assert "says so" not in command("style", "a.jpg", "b.jpg", "--strength", "4").err


def test_a_wrong_file_ends_the_command_with_one_line(command: Command, folder: Path) -> None:
    (folder / "eyecandy.toml").write_text("[layers]\njsn = true\n")
    said = command("layers")
    assert (said.code, said.out) == (2, "")
    assert said.err == "eyecandy: 'eyecandy.toml': [layers] has no option 'jsn'; the nearest is 'json'\n"
    assert command("--version").code == 0 and command("--help").code == 0


# What `--help` says


def commands(group: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, each in group.commands.items():
        if hasattr(each, "commands"):
            yield from commands(each, (*words, name))
        else:
            yield (*words, name), each


def examples_of(words: tuple[str, ...]) -> Sequence[tuple[str, str]]:
    return recipes.get(words[0]).examples if words[0] in recipes.names() else manual.EXAMPLES.get(" ".join(words), ())


@pytest.mark.parametrize(("words", "each"), [pytest.param(*pair, id="-".join(pair[0])) for pair in commands(GROUP)])
def test_every_command_shows_an_example_that_it_would_take(words: tuple[str, ...], each: Any) -> None:
    assert each.epilog or "Example: eyecandy" in each.help, f"no example of {words}"
    for line, _ in examples_of(words):
        inner = line.split(" | ")[0]
        if "$(" in inner:
            inner = inner[inner.index("$(") + 2 : inner.index(")")]
        given = shlex.split(inner)
        assert given[: 1 + len(words)] == ["eyecandy", *words]
        # Click's own parser refuses an option that there is none of, and a value of another type.
        each.make_context(words[-1], given[1 + len(words) :], resilient_parsing=False)


def test_help_tells_exit_codes_files_and_environment() -> None:
    environment = {**os.environ, "COLUMNS": "200", "NO_COLOR": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "eyecandy", "--help"], capture_output=True, text=True, check=True, env=environment
    )
    text = " ".join(done.stdout.split())
    for told in ("130 after Ctrl-C", "eyecandy.toml", "[tool.eyecandy]", "EYECANDY_HOME", "--install-completion"):
        assert told in text


@pytest.mark.parametrize(
    ("line", "last", "offers"),
    [("eyecandy de", 1, "detect"), ("eyecandy detect --min-s", 2, "--min-score"), ("eyecandy weights fe", 2, "fetch")],
)
def test_the_shell_completes_commands_and_options(line: str, last: int, offers: str) -> None:
    environment = {**os.environ, "_EYECANDY_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(last)}
    program = "from eyecandy.cli.app import main; main()"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.split() == [offers]


@pytest.mark.skipif(os.name == "nt", reason="bash")
@pytest.mark.parametrize(
    ("line", "offers"),
    [("eyecandy tru", ["trust"]), ("eyecandy style --str", ["--strength"]), ("eyecandy weights ver", ["verify"])],
)
def test_bash_completes_with_the_script_that_it_is_given(line: str, offers: list[str], tmp_path: Path) -> None:
    """The script is sourced, and what Tab would do is done: the words so far go to the function that it registers."""
    program = tmp_path / "eyecandy"
    program.write_text(f"#!{sys.executable}\nfrom eyecandy.cli.app import main; main()\n")
    program.chmod(0o755)
    words = line.split()
    session = f"""
        source <(_EYECANDY_COMPLETE=source_bash eyecandy)
        COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}
        function=$(complete -p eyecandy | sed -E 's/.* -F ([^ ]+) .*/\\1/')
        $function eyecandy "${{COMP_WORDS[$COMP_CWORD]}}"
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    environment = {**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "--norc", "-c", session], capture_output=True, text=True, check=True, env=environment
    )
    assert done.stdout.split() == offers, done.stderr


def test_help_speaks_no_python(command: Command) -> None:
    for words, _ in commands(GROUP):
        text = command(*words, "--help").out
        assert "-h" in text and not re.search(r"<[a-z]+(\[|>)|INTEGER|_[a-z]+_", text), words
        assert "Example" in text
