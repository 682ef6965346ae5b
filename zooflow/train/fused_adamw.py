"""AdamW through TensorFlow's own kernel."""

from typing import Any

from keras.optimizers import AdamW


class FusedAdamW(AdamW):
    """AdamW that updates a variable in one pass over it, on TensorFlow.

    Keras's own takes a dozen. It also squares the gradient of an embedding for each place in a
    batch where a token stands, where the square of their sum is meant.
    """

    def _clip_gradients(self, grads: list[Any]) -> list[Any]:
        import tensorflow as tf

        dense = [tf.convert_to_tensor(gradient) for gradient in grads]
        return tf.clip_by_global_norm(dense, self.global_clipnorm)[0]

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Update a tf.Variable."""
        import tensorflow as tf

        index = self._get_variable_index(variable)
        step = tf.cast(self.iterations + 1, variable.dtype)
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=self._momentums[index].value.handle,
            v=self._velocities[index].value.handle,
            beta1_power=self.beta_1**step,
            beta2_power=self.beta_2**step,
            lr=tf.cast(learning_rate, variable.dtype),
            beta1=self.beta_1,
            beta2=self.beta_2,
            epsilon=self.epsilon,
            grad=gradient,
        )
