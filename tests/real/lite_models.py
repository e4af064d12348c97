"""Networks as Keras's users train and convert them, on data that scikit-learn carries."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from sklearn import datasets

from parity.numeric.tensors import column_of

EPOCHS = 15


def digits() -> tuple[Any, np.ndarray]:
    """Handwritten digits, 1,797 images of 8 by 8: a convolution and two dense layers, and the images."""
    import keras

    keras.utils.set_random_seed(3)
    found = datasets.load_digits()
    images = (found.images[..., None] / 16).astype(np.float32)
    layers = [
        keras.layers.Input((8, 8, 1), name="image"),
        keras.layers.Conv2D(8, 3, activation="relu"),
        keras.layers.Flatten(),
        keras.layers.Dense(32, activation="relu"),
        keras.layers.Dense(10, activation="softmax"),
    ]
    model = keras.Sequential(layers)
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(images, found.target, epochs=EPOCHS, batch_size=64, verbose=0, shuffle=False)
    return model, images


def rows(images: np.ndarray) -> pa.RecordBatch:
    return pa.record_batch({"image": column_of(images, pa.float32(), (8, 8, 1))})


def wide() -> tuple[Any, np.ndarray]:
    """The digits again, by dense layers of matrices that are large enough (1,024 values) for dynamic range quantisation."""
    import keras

    keras.utils.set_random_seed(3)
    found = datasets.load_digits()
    images = (found.images[..., None] / 16).astype(np.float32)
    layers = [keras.layers.Dense(64, activation="relu") for _ in range(2)]
    model = keras.Sequential([
        keras.layers.Input((8, 8, 1), name="image"), keras.layers.Flatten(), *layers, keras.layers.Dense(10, activation="softmax")
    ])  # fmt: skip
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(images, found.target, epochs=EPOCHS, batch_size=64, verbose=0, shuffle=False)
    return model, images


def converted(model: Any, where: Path, examples: np.ndarray | None = None, **settings: Any) -> Path:
    """As the converter's documentation has it; with examples in whole numbers of 8 bits, inputs and outputs left as floats.

    `settings` are attributes of the converter.
    """
    import tensorflow as tf

    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    if examples is not None:

        def shown() -> Iterator[list[Any]]:
            yield from ([image[None]] for image in examples[:200])

        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = shown
    for name, value in settings.items():
        target, _, last = name.rpartition("__")
        setattr(getattr(converter, target) if target else converter, last, value)
    path = where / "model.tflite"
    path.write_bytes(converter.convert())
    return path
