"""Model families: generators, discriminators and the Keras models that train them."""

from v2v_tf.models.family import ModelFamily, NoOptions

__all__ = ["ModelFamily", "NoOptions"]
