"""What the commands that paint refuse: one line, and nothing written."""

from pathlib import Path

import pytest
from easel import fails


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("dream", "china.jpg", "--layer", "block4_conv9"), "unknown layer 'block4_conv9'; nearest is"),
        (("dream", "china.jpg", "--layer", "block4_conv3:-1"), "the weight of 'block4_conv3' must be a number"),
        (("dream", "china.jpg", "--layer", "block4_conv3:nan"), "the weight of 'block4_conv3' must be a number"),
        (("dream", "china.jpg", "--layer", "block4_conv3:0"), "at least one name with a weight above 0"),
        (("dream", "china.jpg", "--towards", "tabbi"), "no class is called 'tabbi'; nearest"),
        (("dream", "china.jpg", "--iterations", "0"), "iterations must be a whole number of at least 1, got 0"),
        (("dream", "china.jpg", "--size", "63"), "size must be a whole number of at least 64, got 63"),
        (("dream", "china.jpg", "--size", "1000000"), "the largest size that fits is about"),
        (("dream", "china.jpg", "--guide", "missing.jpg"), "'missing.jpg' does not exist"),
        (("dream", "china.jpg", "--region", "999,999,1000,1000"), "holds no pixel of the picture"),
        (("dream", "missing.jpg"), "'missing.jpg' does not exist"),
        (
            ("dream", "strip.png", "--size", "64"),
            "would be 64 x 4 pixels, and the network with this --margin and --jitter",
        ),
        (("style", "strip.png", "style_flow.jpg", "--size", "64"), "needs 32 a side; raise --size to 512"),
        (("style", "china.jpg", "strip.png", "--size", "64"), "the painting is 64 x 4 pixels at this size"),
        (("mirage", "strip.png", "--size", "64"), "needs 33 a side; raise --size to 528"),
        (("reconstruct", "strip.png", "--size", "64"), "would be 64 x 4 pixels"),
        (("dream", "china.jpg", "--size", "64", "--margin", "50"), "needs 51 a side; raise --size to 76"),
        (("dream", "china.jpg", "--size", "64", "--jitter", "90"), "needs 59 a side; raise --size to 88"),
        (("dream", "china.jpg", "--output", "china.xyz"), "has the suffix '.xyz'; pictures are saved as .png"),
        (("dream", "china.jpg", "--output", "chelsea.jpg"), "'chelsea.jpg' exists already; pass --overwrite"),
        (("dream", "china.jpg", "--film", "film.avi"), "films are written as .mp4 or .gif"),
        (("dream", "china.jpg", "chelsea.jpg", "--film", "film.gif"), "one film cannot show 2 pictures grow"),
        (("dream", "china.jpg", "--every", "0"), "every must be a whole number of at least 1, got 0"),
        (("dream", "china.jpg", "--zoom", "0"), "zoom must be a whole number of at least 1, got 0"),
        (("dream", "china.jpg", "--strength", "1"), "No such option"),
        (("style", "china.jpg"), "expected a painting, or --region cat=ink.jpg for parts of the photo; got none"),
        (("style", "china.jpg", "--region", "0,0,9,9="), "the region '0,0,9,9' has no painting"),
        (("style", "china.jpg", "--region", "rest=missing.jpg@tree"), "'missing.jpg' does not exist"),
        (("style", "china.jpg", "style_flow.jpg@missing.png"), "'missing.png' does not exist"),
        (("style", "china.jpg", "style_flow.jpg", "--region", "cat=chelsea.jpg"), "write it as rest=painting.jpg"),
        (("dream", "china.jpg", "--region", "cat=chelsea.jpg"), "only a style has regions with paintings of their own"),
        (("mirage", "china.jpg", "--painting", "chelsea.jpg@0,0,9,9"), "a mirage takes whole paintings"),
        (("style", "china.jpg", "missing.jpg"), "'missing.jpg' does not exist"),
        (("style", "china.jpg", "style_flow.jpg:x"), "the weight in 'style_flow.jpg:x' is no number"),
        (("style", "china.jpg", "style_flow.jpg:0"), "at least one painting with a weight above 0"),
        (("style", "china.jpg", "style_flow.jpg", "--strength", "2"), "strength must be a number of at least 0 and at"),
        (("style", "china.jpg", "style_flow.jpg", "--preset", "klimt"), "expected one of gatys, quick"),
        (("style", "china.jpg", "style_flow.jpg", "--style-scale", "0.01"), "raise --size or --style-scale"),
        (("mirage", "china.jpg", "--class-weight", "0", "--style-weight", "0"), "must be above 0, got 0 for all three"),
        (("mirage", "china.jpg", "--size", "1000000"), "the largest size that fits is about"),
        (("reconstruct", "china.jpg", "--size", "1000000"), "the largest size that fits is about"),
        (("reconstruct", "china.jpg", "--kind", "all"), "unknown --kind 'all'"),
        (("study", "china.jpg", "style_flow.jpg", "--steps", "many"), "steps must be numbers, such as '25,100'"),
    ],
    ids=lambda value: " ".join(value[1:]) if isinstance(value, tuple) else "",
)
def test_bad_input_is_one_line_and_writes_nothing(
    painting_folder: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str
) -> None:
    assert message in fails(capsys, *arguments)
