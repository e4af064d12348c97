"""Keras networks as SavedModels, on TensorFlow for Java: green with their bits of text and several inputs and outputs.

TensorFlow lists a SavedModel's outputs in another order in every Python process (they are a map of protobuf), Keras's `export`
names them by place or by the layer: both sides sort them by name, so that a run is the same run again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import palmerpenguins
import pyarrow as pa
import pytest

from parity.values.case import Artifact, Case
from parity.values.result import Verdict
from tests.real.judged import judged
from tests.real.models import frame

pytestmark = [pytest.mark.slow, pytest.mark.heavy("tensorflow", "keras", jars="tensorflow")]
MEASURES = ("bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g")


def exported(model: Any, where: Path) -> Path:
    model.export(str(where / "saved"), verbose=False)
    return where / "saved"


def penguins() -> tuple[Any, pa.RecordBatch]:
    """Numbers that are normalised, text that is looked up and embedded, text that is one-hot; a species and a mass."""
    import keras
    import tensorflow as tf
    from keras import layers

    keras.utils.set_random_seed(5)
    table = palmerpenguins.load_penguins().dropna().reset_index(drop=True)
    numbers = table[list(MEASURES)].to_numpy(np.float32)
    inputs = [keras.Input((4,), name="measures"), *(keras.Input((1,), name=n, dtype="string") for n in ("island", "sex"))]
    normal = layers.Normalization()
    normal.adapt(numbers)
    island = layers.StringLookup(vocabulary=sorted(table.island.unique()))
    sex = layers.StringLookup(vocabulary=sorted(table.sex.unique()), output_mode="one_hot")
    placed = layers.Flatten()(layers.Embedding(island.vocabulary_size(), 3)(island(inputs[1])))
    hidden = layers.Dense(16, activation="relu")(layers.Concatenate()([normal(inputs[0]), placed, sex(inputs[2])]))
    outputs = [layers.Dense(3, activation="softmax", name="species")(hidden), layers.Dense(1, name="mass")(hidden)]
    model = keras.Model(inputs, outputs)
    model.compile("adam", ["sparse_categorical_crossentropy", "mse"])
    texts = [tf.constant(table[name].to_numpy()[:, None].astype(str)) for name in ("island", "sex")]
    species = table.species.astype("category").cat.codes.to_numpy()
    model.fit([tf.constant(numbers), *texts], [species, numbers[:, 3] / 1000], epochs=5, verbose=0, shuffle=False)
    columns = {name: numbers[:, place] for place, name in enumerate(MEASURES)}
    return model, pa.record_batch(columns | {name: pa.array(table[name]) for name in ("island", "sex")})


def test_text_several_inputs_and_several_outputs_are_green(tmp_path: Path) -> None:
    model, rows = penguins()
    artifact = Artifact(exported(model, tmp_path), ("tensorflow",))
    case = Case("penguins", model, (artifact,), tmp_path, data=rows, inputs={"measures": MEASURES}, source="test")
    for result in judged(case, tmp_path, "examples", "boundary", "random", "invariance", rows=1_000):
        assert result.verdict == Verdict.PASS, result.reason
        assert {output.name for output in result.outputs} in ({"species", "mass"}, set())


def test_a_file_without_the_normalisation_is_named(tmp_path: Path) -> None:
    import keras

    keras.utils.set_random_seed(5)
    table, target = frame("breast_cancer", np.float32)
    normal = keras.layers.Normalization()
    normal.adapt(table.to_numpy())
    last = [keras.layers.Dense(8, activation="tanh"), keras.layers.Dense(1, activation="sigmoid")]
    model = keras.Sequential([keras.Input((30,), name="features"), normal, *last])
    model.compile("adam", "binary_crossentropy")
    model.fit(table.to_numpy(), target, epochs=5, verbose=0, shuffle=False)
    lost = keras.Sequential([keras.Input((30,), name="features"), *last])
    artifact = Artifact(exported(lost, tmp_path), ("tensorflow",))
    rows = pa.RecordBatch.from_pandas(table, preserve_index=False)
    (result,) = judged(Case("tumour", model, (artifact,), tmp_path, data=rows, source="test"), tmp_path, "examples")
    assert result.verdict == Verdict.FAIL
    finding = next(f for f in result.findings if not f.off_domain)
    assert finding.cause is not None
    assert finding.cause.name == "normalisation-dropped"
