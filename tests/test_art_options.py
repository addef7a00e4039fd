"""What every recipe can be told."""

from eyecandy.art.core.options import Options
from eyecandy.art.core.scales import Scale, ScaleSchedule
from eyecandy.art.core.weighted import layer_weights, weights


def test_weights_in_every_spelling() -> None:
    assert weights("a") == weights(["a"]) == weights({"a": 1}) == {"a": 1.0}
    assert weights(["a:0.7", "b"]) == {"a": 0.7, "b": 1.0}
    assert layer_weights(["conv4_3:0.25", "block4_conv3:0.5"], ["block4_conv3"]) == {"block4_conv3": 0.75}


def test_schedule_spends_every_iteration_and_ends_at_the_size() -> None:
    scales = Options(scales=3, iterations=100).schedule((512, 340), ScaleSchedule(2, 100, 0.5))
    assert [scale.size for scale in scales] == [(256, 170), (512, 340)]  # 85 is below the smallest
    assert [scale.iterations for scale in scales] == [67, 33]


def test_a_draft_is_half_the_size_in_a_third_of_the_steps() -> None:
    assert Options(size=300, iterations=90, scales=2, draft=True).schedule((150, 100), ScaleSchedule(2, 64)) == [
        Scale((150, 100), 30)
    ]
    assert Options(size=300, draft=True).final_size((600, 400)) == (150, 100)
    assert Options(size=300).final_size((30, 20)) == (300, 200)
