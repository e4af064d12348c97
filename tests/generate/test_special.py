"""Special inputs: one class a chunk, few rows, and what each chunk says of itself is true."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from parity.generate import chunks, valid_rows
from parity.values.case import ColumnRule
from parity.values.plan import Budget, Phase
from tests.generate.subjects import forest, mixed_model, subject_of


def found(subject, rows=16):
    return list(chunks(Phase.SPECIAL, subject, 1, Budget(special_rows=rows)))


@pytest.fixture(scope="module")
def mixed():
    subject = subject_of(*mixed_model(), rules={"city": ColumnRule(unseen=True)})
    return subject, {c.input_class: c for c in found(subject)}


def test_classes_are_all_there(mixed):
    _, by_class = mixed
    words = {name.partition(":")[0] for name in by_class}
    assert words >= {
        "missing",
        "nan",
        "zero",
        "negative-zero",
        "subnormal",
        "tiny",
        "beyond-float32-integers",
        "beyond-int32",
        "beyond-double-integers",
        "extreme-integers",
        "large",
        "beyond-float32",
        "inf",
        "-inf",
        "unseen",
        "empty-text",
        "look-alike-text",
        "unicode-text",
        "almost-known-text",
        "one-row",
        "no-rows",
        "absent-column",
        "extra-column",
        "shuffled-columns",
        "text-for-number",
    }
    assert {name for name in by_class if name.startswith("missing:")} > {"missing:city", "missing:all"}
    assert "missing:all" in by_class


def test_chunks_are_small_and_few(mixed):
    _, by_class = mixed
    assert len(by_class) < 150
    assert max(c.batch.num_rows for c in by_class.values()) == 16


def test_every_row_of_a_class_holds_it(mixed):
    _, by_class = mixed
    assert by_class["missing:age"].batch["age"].null_count == 16
    assert np.isposinf(by_class["inf:income"].batch["income"].to_numpy()).all()
    zero = by_class["negative-zero:income"].batch["income"].to_numpy()
    assert np.signbit(zero).all()
    assert not zero.any()
    nan = by_class["nan:income"].batch["income"]
    assert nan.null_count == 0
    assert np.isnan(nan.to_numpy()).all()
    assert set(by_class["beyond-double-integers:id"].batch["id"].to_pylist()) == {2**53 + 1, -(2**53) - 1}
    assert set(by_class["empty-text:city"].batch["city"].to_pylist()) == {""}
    assert not set(by_class["unseen:city"].batch["city"].to_pylist()) & {"Łódź", "Oslo", "Roma"}
    near = set(by_class["almost-known-text:city"].batch["city"].to_pylist())
    assert "Oslo " in near
    assert not near & {"Oslo"}


def test_validity_is_the_schemas(mixed):
    subject, by_class = mixed
    behind = [chunk for name, chunk in by_class.items() if name.startswith("missing:") and "income" in name]
    assert behind and all(chunk.valid.all() for chunk in behind)  # the sample has missing incomes, and there is an imputer
    assert not by_class["missing:city"].valid.any()
    assert by_class["unseen:city"].valid.all()  # declared
    assert not by_class["inf:income"].valid.any()
    assert by_class["zero:visits"].valid.all()  # the sample has zero visits
    assert not by_class["nan:income"].valid.any()
    for chunk in by_class.values():
        if chunk.batch.num_rows and chunk.batch.schema.names == [c.name for c in subject.schema.columns]:
            assert np.array_equal(chunk.valid, valid_rows(subject.schema, chunk.batch)), chunk.input_class


def test_malformed_calls(mixed):
    subject, by_class = mixed
    names = [c.name for c in subject.schema.columns]
    assert by_class["no-rows"].batch.num_rows == 0
    assert by_class["one-row"].batch.num_rows == 1
    assert by_class["one-row"].valid.all()
    assert by_class["absent-column:city"].batch.schema.names == [n for n in names if n != "city"]
    assert by_class["extra-column"].batch.schema.names == [*names, "parity_extra"]
    assert by_class["shuffled-columns"].batch.schema.names == names[::-1]
    assert by_class["text-for-number:income"].batch.schema.field("income").type == pa.string()
    for name, chunk in by_class.items():
        if name.partition(":")[0] in {"no-rows", "absent-column", "extra-column", "shuffled-columns", "text-for-number"}:
            assert not chunk.valid.any()


def test_wide_rows_come_in_smaller_chunks():
    data = forest()[1]
    wide = pd.DataFrame({f"c{i}": data.money for i in range(500)})
    parts = list(chunks(Phase.RANDOM, subject_of(None, wide), 1, Budget(random_rows=8_000)))
    assert sum(c.batch.num_rows for c in parts) == 8_000
    assert max(c.batch.num_rows for c in parts) <= 2_000_000 // 500


def test_wide_models_group_their_columns():
    data = forest()[1]
    wide = pd.DataFrame({f"c{i}": data.money * (i or 1) for i in range(300)})
    parts = found(subject_of(None, wide))
    assert len(parts) < 150
    missing = [c for c in parts if c.input_class.startswith("missing:c")]
    assert missing[0].input_class == "missing:c0+c1+c2+27 more"
    last = [pc.is_null(v)[-1].as_py() for v in missing[0].batch.columns]
    assert last == [True] * 30 + [False] * 270
    one_each = [sum(v[0].as_py() is None for v in c.batch.columns) for c in missing]
    assert one_each == [1] * 10


def test_without_a_sample_rows_are_drawn():
    parts = found(subject_of(*mixed_model(), sample=False), rows=4)
    assert max(c.batch.num_rows for c in parts) == 4
    assert any(c.valid.any() for c in parts)


def test_examples_are_the_sample_as_it_is():
    subject = subject_of(*mixed_model())
    parts = list(chunks(Phase.EXAMPLES, subject, 1, Budget(chunk_rows=250)))
    assert [c.batch.num_rows for c in parts] == [250, 250, 100]
    assert all(c.valid.all() for c in parts)
    assert pa.Table.from_batches([c.batch for c in parts]).equals(
        pa.Table.from_batches([subject.sample.cast(parts[0].batch.schema)])
    )
    alone = list(chunks(Phase.EXAMPLES, subject_of(*mixed_model(), sample=False), 1, Budget()))
    assert [(c.input_class, c.batch.num_rows, c.valid.all()) for c in alone] == [("typical", 1, True)]
    assert list(chunks(Phase.LATENCY, subject, 1, Budget())) == []


def test_codes_that_are_floats_come_unseen_negative_and_fractional():
    """Of a column that is declared as floats only the model says that its numbers are codes."""
    from lightgbm import LGBMRegressor

    rng = np.random.default_rng(0)
    data = pd.DataFrame({"code": rng.integers(0, 3, 300).astype(float), "size": rng.random(300)})
    model = LGBMRegressor(n_estimators=3, n_jobs=1, verbose=-1, min_data_per_group=1)
    model.fit(data.to_numpy(), data.code == 1, categorical_feature=[0])
    subject = subject_of(model, data)
    values = {c.input_class: set(c.batch.column("code").to_pylist()) for c in found(subject) if not c.malformed}
    assert {-1.0, 987_654.0} <= values["unseen:code"]
    assert {0.5, -0.5} <= values["fractional-code:code"]
    assert not [c for c in found(subject) if c.input_class.startswith(("unseen:size", "fractional-code:size"))]
