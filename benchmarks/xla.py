"""A loss and its gradient, compiled by TensorFlow alone and by XLA: where the second wins, it is worth a switch.

python benchmarks/xla.py [--size 384] [--turns 6]
"""

import argparse
import time

import eyecandy
from eyecandy._tensorflow import tf

LAYERS = 8  # from the pixels on


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=384)
    parser.add_argument("--turns", type=int, default=6)
    arguments = parser.parse_args()
    net = eyecandy.load_backbone()
    look = net.features(net.layer_names[:LAYERS])

    def step(image: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(image)
            flat = [tf.reshape(features, (-1, features.shape[-1])) for features in look(image).values()]
            loss = tf.add_n([tf.reduce_mean(tf.matmul(each, each, transpose_a=True) ** 2) for each in flat])
        return tape.gradient(loss, image)

    image = tf.random.stateless_uniform((1, arguments.size, arguments.size, 3), (0, 0), 0, 255)
    for name, by_xla in (("TensorFlow", False), ("XLA", True)):
        compiled = tf.function(step, jit_compile=by_xla)
        began = time.perf_counter()
        compiled(image).numpy()
        first = time.perf_counter() - began
        began, busy = time.perf_counter(), time.process_time()
        for _ in range(arguments.turns):
            compiled(image).numpy()
        wall, processor = time.perf_counter() - began, time.process_time() - busy
        print(
            f"{name}: {wall / arguments.turns:.3f} s a step, {processor / arguments.turns:.3f} s of processor time; "
            f"{first:.1f} s for the first"
        )


if __name__ == "__main__":
    main()
