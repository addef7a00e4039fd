"""The class map of a classifier whose head cannot be applied position by position."""

from typing import Any, Self

from eyecandy._tensorflow import keras, tf


class GradientMap(keras.layers.Layer):
    """A class map through the gradients of the logits with respect to the last feature map.

    With features A of P positions and logits L = head(A), the map is P * sum_c A * dL/dA + (L - sum(A * dL/dA)): what
    each position adds to the logits by the head's own gradients, and what these do not explain spread evenly. Its mean
    over positions is L. For a linear head it is the usual class activation map; compare Grad-CAM (Selvaraju et al.,
    ICCV 2017), which averages the gradients. The gradients count as constants when the map itself is differentiated, so
    its mean still has the gradient of L.

    Args:
        head: from the pooled features, or from (N, h, w, c) where `pool` is None, to (N, C). It stays a model of its
            own inside the layer, since the gradients are taken through it.
        pool: a global pooling between the features and the head. Gradients with respect to what it gives are h * w
            times fewer.
    """

    def __init__(self, head: keras.Model, pool: keras.layers.Layer | None, *, name: str) -> None:
        super().__init__(name=name, dtype="float32")
        self.head = head
        self.pool = pool

    def get_config(self) -> dict[str, Any]:
        parts = {"head": self.head, "pool": self.pool}
        return {"name": self.name, **{key: keras.saving.serialize_keras_object(part) for key, part in parts.items()}}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        parts = {key: keras.saving.deserialize_keras_object(config[key]) for key in ("head", "pool")}
        return cls(**parts, name=config["name"])

    def call(self, features: tf.Tensor) -> tf.Tensor:
        pooled, reached = features, features
        if self.pool is not None:
            with tf.GradientTape() as tape:
                tape.watch(features)
                pooled = self.pool(features)
            # Average: an even share of each position. Maximum: all of it from the position that gave it.
            reached = features * tf.stop_gradient(tape.gradient(pooled, features))
        fixed = tf.stop_gradient(pooled)
        with tf.GradientTape() as tape:
            tape.watch(fixed)
            logits = tf.cast(self.head(fixed, training=False), tf.float32)
        gradients = tf.stop_gradient(tape.batch_jacobian(logits, fixed))
        logits = tf.cast(self.head(pooled, training=False), tf.float32)
        if self.pool is None:
            explained = tf.einsum("nhwc,nkhwc->nhwk", reached, gradients)
        else:
            gradients = tf.reshape(gradients, (-1, gradients.shape[1], features.shape[-1]))
            explained = tf.einsum("nhwc,nkc->nhwk", reached, gradients)
        positions = tf.cast(tf.shape(features)[1] * tf.shape(features)[2], tf.float32)
        rest = logits - tf.reduce_sum(explained, (1, 2))
        return positions * explained + rest[:, None, None, :]

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return (*input_shape[:3], self.head.output.shape[-1])
