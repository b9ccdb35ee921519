"""The network of holistically-nested edge detection, in TensorFlow.

After Xie and Tu, "Holistically-Nested Edge Detection", ICCV 2015, arXiv 1504.06375: a
1x1 convolution makes a side output of the last features of each block of VGG16, before
they are pooled; enlarged to the size of the picture by bilinear interpolation, the five
are weighed by one more 1x1 convolution, and the sigmoid of that is the edge map.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from v2v_tf.tasks.softedge.weights import EdgeWeights, Layer

# Means of blue, green and red of the training pictures, grey levels: Xie and Tu train
# on pictures without them, in this order. No file of weights says so.
MEANS = (104.00699, 116.66877, 122.67892)
# Four times a block is half as large as the one before.
_MULTIPLE = 16
# Pixels by which a frame is continued on all sides: its borders would count as edges.
_MARGIN = 16


class EdgeNetwork(tf.keras.Model):
    """Finds how sure each pixel lies on an edge.

    Args:
        weights: weights of all layers, which say how many features each has.

    Example:
        ```python
        >>> import numpy as np
        >>> from v2v_tf.tasks.softedge.weights import BLOCKS, EdgeWeights, Layer
        >>> def layer(size, inputs, outputs):
        ...     kernel = np.zeros([size, size, inputs, outputs], np.float32)
        ...     return Layer(kernel, np.zeros([outputs], np.float32))
        >>> blocks = [(layer(3, 3, 2), layer(3, 2, 2))]
        >>> blocks += [tuple(layer(3, 2, 2) for _ in range(n)) for n in BLOCKS[1:]]
        >>> sides = tuple(layer(1, 2, 1) for _ in BLOCKS)
        >>> network = EdgeNetwork(EdgeWeights(tuple(blocks), sides, layer(1, 5, 1)))
        >>> edges = network.find(np.zeros([30, 50, 3], np.uint8))
        >>> edges.shape, edges.dtype, int(edges.max())
        ((30, 50), dtype('uint8'), 128)

        ```
    """

    def __init__(self, weights: EdgeWeights) -> None:
        super().__init__(trainable=False)
        self.blocks = [
            [_convolution(one, "relu") for one in block] for block in weights.blocks
        ]
        self.sides = [_convolution(one) for one in weights.sides]
        # A share of each side output, and one bias: the convolution of all five.
        self._shares = weights.fuse.kernel.reshape(-1).tolist()
        self._bias = float(weights.fuse.bias[0])
        self._traced = tf.function(
            self.call, input_signature=[tf.TensorSpec([None, None, None, 3])]
        )

    def side_outputs(self, frames: tf.Tensor) -> list[tf.Tensor]:
        """Returns what each block says of edges, before any sigmoid.

        Args:
            frames: float32 [B, H, W, 3], RGB, 0 .. 255; H and W divide by 16.

        Returns:
            Five tensors float32 [B, H, W, 1], of the finest block first.
        """
        features = frames[..., ::-1] - tf.constant(MEANS)
        size = tf.shape(frames)[1:3]
        outputs = []
        for number, block in enumerate(self.blocks):
            if number:
                features = tf.nn.max_pool2d(features, 2, 2, "VALID")
            for convolution in block:
                features = convolution(features)
            outputs.append(tf.image.resize(self.sides[number](features), size))
        return outputs

    def call(self, frames: tf.Tensor) -> tf.Tensor:
        """Returns how sure each pixel lies on an edge, float32 [B, H, W, 1], 0 .. 1.

        Args:
            frames: float32 [B, H, W, 3], RGB, 0 .. 255; H and W divide by 16.
        """
        outputs = self.side_outputs(frames)
        weighed = [
            share * output for share, output in zip(self._shares, outputs, strict=True)
        ]
        return tf.sigmoid(tf.add_n(weighed) + self._bias)

    def find(self, frame: np.ndarray) -> np.ndarray:
        """Finds the edges of a frame of any size.

        The frame is mirrored at its borders, to sides that divide by 16, so that
        nothing is stretched.

        Args:
            frame: uint8 [H, W, 3], RGB.

        Returns:
            uint8 [H, W], 0 where there is no edge, 255 where one surely is.
        """
        height, width = frame.shape[:2]
        margins = [(_MARGIN, _MARGIN + -side % _MULTIPLE) for side in (height, width)]
        padded = np.pad(frame, [*margins, (0, 0)], mode="symmetric")
        edges = self._traced(padded[np.newaxis].astype(np.float32)).numpy()
        rows, columns = (slice(_MARGIN, _MARGIN + side) for side in (height, width))
        return np.rint(edges[0, rows, columns, 0] * 255.0).astype(np.uint8)


def _convolution(layer: Layer, activation: str | None = None) -> tf.keras.layers.Layer:
    size, _, inputs, outputs = layer.kernel.shape
    convolution = tf.keras.layers.Conv2D(
        outputs, size, padding="same", activation=activation
    )
    convolution.build([None, None, None, inputs])
    convolution.set_weights([layer.kernel, layer.bias])
    return convolution
