"""Where networks run: on the processor or on a GPU."""

import re

from eyecandy._tensorflow import tf
from eyecandy.arguments import told
from eyecandy.errors import EyecandyError


def use_device(device: str = "auto") -> None:
    """Chooses where networks run: once, for the whole process, before the first of them is opened.

    A GPU's memory is taken as it is needed, where TensorFlow alone would take all of it at once.

    Args:
        device: "auto" for a GPU where TensorFlow finds one, "cpu", "gpu" for the first GPU, or "gpu:1" and so on.

    Raises:
        EyecandyError: no such device, or a network has run already, on another one.
    """
    named = re.fullmatch(r"auto|cpu|gpu(?::(\d+))?", device) if isinstance(device, str) else None
    if named is None:
        raise EyecandyError(f"unknown device {told(device)}; expected auto, cpu, gpu or gpu:N")
    gpus = tf.config.list_physical_devices("GPU")
    if device == "cpu":
        chosen = []
    elif device == "auto":
        chosen = gpus[:1]
    else:
        number = int(named[1] or 0)
        if number >= len(gpus):
            found = "no GPU" if not gpus else f"{len(gpus)}, numbered from 0"
            raise EyecandyError(
                f"there is no {device!r} here: TensorFlow finds {found}; choose cpu, or auto for what there is"
            )
        chosen = [gpus[number]]
    try:
        tf.config.set_visible_devices(chosen, "GPU")
        for gpu in chosen:
            tf.config.experimental.set_memory_growth(gpu, True)
    except RuntimeError as error:
        raise EyecandyError(
            f"the device cannot be changed to {device!r} any more: a network has run already; choose it first of all"
        ) from error
