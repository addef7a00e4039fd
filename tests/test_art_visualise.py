"""What excites a network: formulas, batches of pictures, phases, sheets, activation grids.

The network is one whose answers are known: channel i of its layer "corners" is how near a place's colour is to corner
i of the colour cube.
"""

import shlex
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from conftest import COLOURS, Run

import eyecandy
from eyecandy import art, images
from eyecandy._tensorflow import keras, tf
from eyecandy.art.core.augment import Crops, Turn
from eyecandy.art.core.batch import Batch
from eyecandy.art.core.canvas import FourierCanvas
from eyecandy.art.core.excite import excite, unit
from eyecandy.art.core.formula import Formula, several
from eyecandy.art.core.maco import MacoCanvas, natural_noise
from eyecandy.art.core.objectives import Seen
from eyecandy.art.output import record
from eyecandy.backbone.labels import Labels
from eyecandy.backbone.model import Backbone
from eyecandy.errors import EyecandyError

Command = Callable[..., Run]
QUICK = {"size": 64, "iterations": 30, "canvas": "pixel", "margin": 0, "jitter": 0, "rotate": 0, "zoom": 0}
RED, GREEN, BLUE, YELLOW = (COLOURS.index(name) for name in ("red", "green", "blue", "yellow"))


@pytest.fixture(scope="module")
def corner_net() -> Backbone:
    """A place is the mean of 16 x 16 pixels; classes are called as the corners are."""
    corners = np.array([[(i >> bit & 1) * 2 - 1 for bit in (2, 1, 0)] for i in range(8)], np.float32)
    image = keras.Input((None, None, 3))
    x = keras.layers.AveragePooling2D(16)(keras.layers.Rescaling(1 / 127.5, -1)(image))
    x = keras.layers.Conv2D(8, 1, use_bias=False, name="corners")(x)
    model = keras.Model(image, keras.layers.Conv2D(8, 1, use_bias=False, name="logits")(x))
    model.get_layer("corners").set_weights([4 * corners.T[None, None]])
    model.get_layer("logits").set_weights([np.eye(8)[None, None]])
    return Backbone(model, name="corners", taps=("corners",), labels=Labels(COLOURS, COLOURS))


def corner(number: int) -> art.Formula:
    return art.channel("corners", number)


def colour(picture: np.ndarray) -> str:
    """The corner of the colour cube that a picture's mean is nearest to."""
    number = sum(int(share > 127.5) << bit for share, bit in zip(picture.mean((0, 1)), (2, 1, 0), strict=True))
    return COLOURS[number]


# Formulas


@pytest.mark.parametrize(
    ("composed", "text"),
    [
        (art.channel("block4_conv3", 17), "block4_conv3:17"),
        (0.2 * art.channel("a", 1) + art.channel("b", 2) * 0.8, "0.2*a:1 + 0.8*b:2"),
        (art.channel("a", 1) - 0.1 * art.smoothness(), "a:1 - 0.1*smoothness"),
        (-art.neuron("a", 1, (0.25, 1)) / 3, "-0.3333333333333333*a:1@0.25,1"),
        (art.class_logit("German shepherd") + 4 * art.layer("b"), "class:German shepherd + 4*b"),
        (sum([art.channel("a", 1), art.channel("a", 2)]), "a:1 + a:2"),
        (1e-7 * art.class_logit(281), "1e-07*class:281"),
    ],
)
def test_a_formula_is_its_text(composed: Formula, text: str) -> None:
    assert str(composed) == text
    assert str(art.formula(text)) == text
    assert art.formula(text).parts == art.formula(str(art.formula(text))).parts


def test_a_direction_is_known_by_its_name() -> None:
    along = art.direction("a", np.array([1.0, -2.0]), name="edges")
    assert str(2 * along) == "2*a:edges" and along.vectors == {"edges": (1.0, -2.0)}
    assert art.formula("2*a:edges", {"edges": [1.0, -2.0]}) == 2 * along


def test_a_range_is_several() -> None:
    assert several(["a:7", "b:9-11"]) == ["a:7", "b:9", "b:10", "b:11"]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: art.formula("a;7"), "'a;7' is no objective: 'a;7' stands for nothing; expected such as"),
        (lambda: art.formula("a:1 + "), "is no objective"),
        (lambda: art.formula("a:mine"), "no vector of that name was given"),
        (lambda: several("a:7-3"), "'a:7-3' is no range"),
        (lambda: art.channel("a", -1), "channel must be a whole number of at least 0, got -1"),
        (lambda: art.neuron("a", 1, (2, 0)), "a position is (x, y) in shares of the picture"),
        (lambda: art.direction("a", np.zeros(3)), "a direction is one finite number for each channel, not all 0"),
        (lambda: art.direction("a", [1.0, float("nan")]), "a direction is one finite number for each channel"),
        (lambda: art.channel("a", 1) * "x", "an objective is weighed with a finite number"),
        (lambda: art.channel("a", 1) / 0, "an objective is divided by a number other than 0, got 0"),
        (lambda: art.channel("a", 1) + 3, "expected an objective, such as"),
        (lambda: art.class_logit(None), "a class is a label, an everyday word or a number, got None"),  # type: ignore[arg-type]
        (lambda: art.Viewing(every=0), "every must be a whole number of at least 1, got 0"),
        (lambda: art.Viewing(listeners=print), "listeners are a list of functions of a Step"),  # type: ignore[arg-type]
        (lambda: art.Viewing(resume="a.png"), "resume takes an interrupted Artwork"),  # type: ignore[arg-type]
        (lambda: art.again(3), "a picture's record, an Artwork or the file of a picture, got 3"),  # type: ignore[arg-type]
        (lambda: art.diverse("a:1", -1), "variety must be a number of at least 0, got -1"),
    ],
)
def test_what_is_no_formula_is_said_in_a_line(make: object, said: str) -> None:
    with pytest.raises(EyecandyError) as error:
        make()  # type: ignore[operator]
    assert said in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("objective", "more", "said"),
    [
        ("corners:8", {}, "channel 8 does not exist: corners has 8 channels, 0 to 7"),
        ("corner:1", {}, "unknown layer 'corner'; nearest is 'corners'"),
        ("class:plaid", {}, "no class is called 'plaid'"),
        ("corners:1 + 0.5*smoothness", {}, "write - 0.5*smoothness"),
        ("-smoothness", {}, "there is nothing to show in '-smoothness'"),
        (art.direction("corners", [1, 2]), {}, "has 2 numbers, and corners has 8 channels"),
        (art.diverse("corners:1"), {}, "raise count to 2 or more"),
        ("corners:1", {"tile": 128}, "a visualisation is made whole"),
        ("corners:1", {"canvas": "sand"}, "fourier, pixel, maco"),
        ("own:symmetry", {}, "which no record holds"),
        ("corners:1", {"classes": "red"}, "what is shown is the first argument; put it there, and leave out classes"),
        ("corners:1", {"viewing": print}, "viewing takes an art.Viewing"),
    ],
)
def test_what_a_network_cannot_show_is_said_in_a_line(
    corner_net: Backbone, objective: object, more: dict[str, object], said: str
) -> None:
    with pytest.raises(EyecandyError) as error:
        art.render(objective, backbone=corner_net, **{**QUICK, **more})  # type: ignore[arg-type]
    assert said in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("knobs", "said"),
    [
        ({}, "give objectives, such as block4_conv6:17"),
        ({"layer": "corners"}, "an activation grid is of a photo and a layer"),
        ({"objectives": ["corners:0", "corners:1"], "count": 2}, "count is of one objective"),
        ({"objectives": "corners:0", "count": 2, "diverse": 3}, "diverse says how many pictures there are"),
        ({"objectives": "corners:missing.npy"}, "'missing.npy' cannot be read as a direction: No such file"),
        ({"photo": np.zeros((64, 64, 3), np.uint8), "layer": "corners", "count": 3}, "count is of objectives"),
    ],
)
def test_what_is_asked_too_much_or_too_little_is_said_in_a_line(
    corner_net: Backbone, knobs: dict[str, object], said: str
) -> None:
    with pytest.raises(EyecandyError, match=r"^[^\n]*$") as error:
        art.visualise(backbone=corner_net, **knobs)
    assert said in str(error.value)


# What they ask for


def seen(maps: np.ndarray) -> Seen:
    return Seen({"corners": tf.constant(maps, tf.float32)}, class_map=tf.constant(maps, tf.float32))


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (corner(RED), lambda maps, size: maps[..., RED].mean() / size),
        (art.neuron("corners", RED, (0.9, 0.1)), lambda maps, size: maps[0, 0, 3, RED] / size),
        (art.direction("corners", [3, 4, *[0] * 6]), lambda maps, size: (maps @ [0.6, 0.8, *[0] * 6]).mean() / size),
        (art.class_logit("red"), lambda maps, size: maps[..., RED].mean()),
        (art.layer("corners"), lambda maps, size: np.log((maps**2).mean()) / 2),
        (0.25 * corner(RED) - corner(BLUE), lambda maps, size: (maps[..., RED] / 4 - maps[..., BLUE]).mean() / size),
    ],
    ids=lambda value: str(value) if isinstance(value, Formula) else "",
)
def test_an_objective_is_worth_what_it_says(corner_net: Backbone, wanted: Formula, expected: object) -> None:
    maps = np.random.default_rng(0).normal(size=(1, 4, 4, 8))
    objective = excite([wanted], corner_net)
    losses = objective.losses([term.sums(seen(maps)) for _, term in objective.terms])
    worth = expected(maps, unit(corner_net, "corners"))  # type: ignore[operator]
    assert float(losses[0]) == pytest.approx(-worth, rel=1e-4)


def test_a_picture_shows_what_excites_and_a_negative_weight_its_opposite(corner_net: Backbone) -> None:
    assert colour(art.render(corner(RED), backbone=corner_net, **QUICK).image) == "red"
    assert colour(art.render(-corner(RED), backbone=corner_net, **QUICK).image) == "cyan"


def test_a_neuron_is_shown_where_it_is(corner_net: Backbone) -> None:
    picture = art.render(art.neuron("corners", RED, (0.9, 0.1)), backbone=corner_net, **QUICK).image
    assert colour(picture[:16, 48:]) == "red"
    redness = np.array([4.0, -2.0, -2.0])
    assert ((picture[:16, 48:] - 127.5) @ redness).mean() > 3 * ((picture[32:, :32] - 127.5) @ redness).mean()


def test_a_grid_shows_each_as_it_is_alone(corner_net: Backbone) -> None:
    sheet = art.grid([corner(RED), corner(BLUE), corner(GREEN)], backbone=corner_net, **QUICK)
    assert [colour(picture) for picture in sheet.pictures] == ["red", "blue", "green"]
    assert sheet.labels == (str(RED), str(BLUE), str(GREEN))
    assert sheet.image.shape[0] > 2 * 64 and sheet.image.shape[1] > 2 * 64
    alone = art.render(corner(BLUE), backbone=corner_net, **QUICK).image
    np.testing.assert_allclose(sheet.pictures[1].astype(int), alone.astype(int), atol=2)


def test_smoothness_takes_grain_away(corner_net: Backbone) -> None:
    def roughness(weight: float) -> float:
        picture = art.render("corners:0", backbone=corner_net, tv=weight, **QUICK).image.astype(float)
        return float(np.abs(np.diff(picture, axis=0)).mean())

    assert roughness(1) < 0.7 * roughness(0)


def test_a_batch_may_be_told_to_differ(tiny_net: Backbone) -> None:
    wanted = art.channel(tiny_net.layer_names[-1], 3)
    knobs = {**QUICK, "iterations": 12, "count": 3, "backbone": tiny_net}
    assert "alike" not in art.render(wanted, **knobs).history
    apart = art.render(art.diverse(wanted), **knobs)
    assert apart.history["alike"][-1] < apart.history["alike"][0]
    assert len(apart.pictures) == 3 and not np.array_equal(apart.pictures[0], apart.pictures[1])
    assert apart.image.shape == (128, 128, 3) and (apart.image[64:, 64:] == 255).all()  # of four, one is blank


def test_what_is_told_otherwise_is_the_same_picture(corner_net: Backbone, tmp_path: Path) -> None:
    few = {**QUICK, "iterations": 2, "backbone": corner_net}
    wanted = art.diverse(art.direction("corners", [3, 4, *[0] * 6], "mine"), 3)
    made = art.render(wanted, count=2, **few)
    assert made.record["options"]["variety"] == 3
    np.testing.assert_array_equal(art.visualise(objectives=wanted, count=2, **few).image, made.image)
    np.testing.assert_array_equal(art.again(made, corner_net).image, made.image)
    made.save(tmp_path / "made.png")
    np.testing.assert_array_equal(art.again(tmp_path / "made.png", corner_net).image, made.image)
    plain = art.render("corners:1", diverse=2, **few)
    np.testing.assert_array_equal(plain.image, art.render(art.diverse("corners:1"), count=2, **few).image)
    assert art.neuron("corners", 1, np.array([0.5, 1])) == art.neuron("corners", 1, (0.5, 1))


def test_a_file_of_text_is_no_direction(corner_net: Backbone, tmp_path: Path) -> None:
    (tmp_path / "text.npy").write_text("one, two", "utf-8")
    with pytest.raises(EyecandyError, match=r"is no array of numbers as np\.save writes it") as error:
        art.visualise(objectives=f"corners:{tmp_path / 'text.npy'}", backbone=corner_net)
    assert "pickle" not in str(error.value)


def test_an_objective_of_ones_own_joins_in(corner_net: Backbone) -> None:
    def darkness() -> art.Objective:
        return art.Objective(((1.0, art.Term("light", lambda seen: tf.reduce_mean(seen.image) / 255)),))

    made = art.render(corner(RED) + 100 * darkness(), backbone=corner_net, **QUICK)
    assert made.image.mean() < 40
    assert made.record["options"]["objectives"] == [f"corners:{RED} + 100*own:light"]


def test_a_class_is_reached_and_the_record_says_how_well(corner_net: Backbone) -> None:
    made = art.class_visualisation("yellow", backbone=corner_net, **QUICK)
    assert colour(made.image) == "yellow"
    reached = corner_net.probabilities(made.image[None], "average")[0, YELLOW]
    assert made.record["probabilities"] == [pytest.approx(reached, rel=1e-4)]


def test_an_activation_grid_says_what_is_where(corner_net: Backbone) -> None:
    photo = np.zeros((80, 160, 3), np.uint8)
    photo[:, :80, 0] = photo[:, 80:, 2] = 255  # red on the left, blue on the right
    made = art.activation_grid(photo, "corners", cells=4, backbone=corner_net, **QUICK)
    assert made.image.shape == (2 * 64, 4 * 64, 3)
    assert [colour(picture) for picture in made.pictures] == 2 * ["red", "red", "blue", "blue"]
    assert made.labels[:5] == ("0,0", "0,1", "0,2", "0,3", "1,0")


# The canvases


def test_phases_alone_leave_the_spectrum_as_it_is() -> None:
    canvas = MacoCanvas((40, 24))
    fourier = FourierCanvas((40, 24))
    shown = canvas.image(canvas.parameters(natural_noise((40, 24), 3)))[0].numpy()
    real, imaginary = fourier.parameters(shown)
    inner = np.s_[:, 1:12, 1:20]  # whose mirror images are no part of the half
    np.testing.assert_allclose(np.hypot(real, imaginary)[inner], canvas.moduli[inner], rtol=0.05)
    np.testing.assert_allclose(canvas.image(canvas.parameters(shown))[0], shown, atol=0.5)


def test_natural_noise_is_coarse() -> None:
    noise = natural_noise((64, 64), 0)
    assert np.abs(np.diff(noise, axis=0)).mean() < noise.std() / 2
    assert np.array_equal(noise, natural_noise((64, 64), 0))
    assert not np.array_equal(noise, natural_noise((64, 64), 1))


@pytest.mark.parametrize("kind", [FourierCanvas, MacoCanvas])
def test_a_batch_is_a_strip_of_its_pictures(kind: type) -> None:
    one, batch = kind((32, 24)), Batch(kind((32, 24)), 3)
    strip = np.concatenate([natural_noise((32, 24), seed) for seed in range(3)])
    shown = batch.image(tf.constant(batch.parameters(strip))).numpy()
    assert batch.size == (32, 72) and shown.shape == (3, 24, 32, 3)
    alone = one.image(tf.constant(one.parameters(strip[24:48])))[0].numpy()
    np.testing.assert_allclose(shown[1], alone, atol=1e-2)


def test_a_turn_of_nothing_is_nothing_and_one_turns_about_the_middle() -> None:
    picture = tf.constant(natural_noise((33, 33), 0)[None])
    seed = tf.constant([0, 5])
    np.testing.assert_allclose(Turn(0, 0)(picture, seed), picture, atol=1e-3)
    turned = Turn(90, 0.2)(picture, seed)
    assert float(tf.reduce_max(tf.abs(turned - picture))) > 20
    np.testing.assert_allclose(turned[0, 16, 16], picture[0, 16, 16], atol=1e-2)


def test_crops_of_a_picture_come_together() -> None:
    levels = tf.constant([10.0, 20.0])[:, None, None, None] * tf.ones((2, 32, 32, 3))
    parts = Crops(3, 0.3, 0.9, side=16)(levels, tf.constant([0, 1]))
    assert parts.shape == (6, 16, 16, 3)
    np.testing.assert_allclose(parts[:, 8, 8, 0], [10, 10, 10, 20, 20, 20], rtol=1e-5)


def test_the_names_of_the_api_are_there() -> None:
    assert all(hasattr(art, name) for name in art.__all__)
    with pytest.raises(AttributeError, match="no attribute 'dragon'"):
        art.dragon  # noqa: B018
    assert eyecandy.Artwork is art.Artwork


# The command line, and making again

SMALL = ("--size", "64", "--iterations", "2")


@pytest.mark.parametrize(
    ("words", "size"),
    [
        (("block3_conv2:0-2",), None),
        (("0.5*block3_conv2:3 - block3_conv2:4@0.25,0.5",), (64, 64)),
        (("block3_conv2:vector.npy",), (64, 64)),
        (("--class", "tabby", "--canvas", "maco"), (64, 64)),
        (("block3_conv2:3", "--diverse", "2"), (64, 128)),
        (("--activation-grid", "china.jpg", "--layer", "block3_conv2", "--cells", "3"), (128, 192)),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) and isinstance(value[0], str) else "",
)
def test_the_command_line_shows_it_and_again_makes_the_same_bytes(
    command: Command, painting_folder: Path, words: tuple[str, ...], size: tuple[int, int] | None
) -> None:
    np.save("vector.npy", np.arange(40.0))
    assert command("visualise", *words, *SMALL, "--output", "first.png").code == 0
    told = record.read("first.png")
    assert told["recipe"] == "visualise" and told["command"].startswith("eyecandy visualise ")
    assert sorted(shlex.split(told["command"])[2:]) == sorted([*words, *SMALL])
    if size is not None:
        assert images.load("first.png").pixels.shape[:2] == size
    Path("vector.npy").unlink()  # the record holds its numbers
    assert "the pixels are the same as of first.png" in command("again", "first.png").out
    assert Path("first.png").read_bytes() == Path("first-again.png").read_bytes()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "give objectives, such as block4_conv6:17"),
        (("block3_conv2:40",), "channel 40 does not exist: block3_conv2 has 40 channels, 0 to 39"),
        (("block3;2",), "'block3;2' is no objective"),
        (("--activation-grid", "china.jpg"), "an activation grid is of a photo and a --layer"),
        (("block3_conv2:1", "block3_conv2:2", "--diverse", "2"), "is of one objective"),
    ],
)
def test_the_command_line_says_in_a_line_what_it_cannot_show(
    command: Command, painting_folder: Path, words: tuple[str, ...], said: str
) -> None:
    run = command("visualise", *words, *SMALL)
    assert run.code == 2 and said in run.err and run.err.count("\n") == 1
    assert not Path("visualise.png").exists()
