"""The random phase: a plan drawn by Hypothesis, rows filled by NumPy, all valid, the same everywhere."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections import Counter

import numpy as np
import pyarrow as pa
import pytest

from parity.generate import chunks, generator_name
from parity.generate.plans import GENERATORS, PIECES, draw_bits, mixtures
from parity.values.case import ColumnRule
from parity.values.plan import Budget, Phase
from tests.generate.subjects import frame, mixed_model, subject_of


def digest(parts) -> str:
    """Exact bits of all batches."""
    sink = hashlib.sha256()
    for chunk in parts:
        stream = pa.BufferOutputStream()
        with pa.ipc.new_stream(stream, chunk.batch.schema.remove_metadata()) as writer:
            writer.write_batch(chunk.batch)
        sink.update(stream.getvalue().to_pybytes())
        sink.update(chunk.valid.tobytes() + chunk.input_class.encode())
    return sink.hexdigest()


def test_a_plan_adds_up_and_gives_each_generator_its_turn():
    for rows in (1, 7, 2_000, 10_000, 123_457):
        plan = list(mixtures(3, rows, 20_000, GENERATORS))
        assert sum(m.rows for m in plan) == rows
        assert max(m.rows for m in plan) <= 20_000
        assert [m.stream for m in plan] == list(range(len(plan)))
    assert {m.generator for m in mixtures(3, 10_000, 20_000, GENERATORS)} == set(GENERATORS)
    assert {m.generator for m in mixtures(3, 10_000, 20_000, ("uniform",))} == {"uniform"}


def test_plans_follow_the_seed():
    assert draw_bits(11) == draw_bits(11)
    assert len({draw_bits(seed) for seed in range(8)}) == 8
    assert 0.3 < np.mean([draw_bits(seed) for seed in range(8)]) < 0.7
    assert len(draw_bits(0)) == PIECES * 6


@pytest.mark.parametrize("sample", [True, False])
@pytest.mark.parametrize("rules", [{}, {"income": ColumnRule(missing=True, nan=True), "age": ColumnRule(minimum=0, maximum=200)}])
def test_all_rows_are_valid_and_of_the_right_types(sample, rules):
    subject = subject_of(*mixed_model(), sample=sample, rules=rules)
    found = list(chunks(Phase.RANDOM, subject, 5, Budget(random_rows=4_000)))
    assert sum(c.batch.num_rows for c in found) == 4_000
    assert all(c.valid.all() for c in found)
    assert all(c.generator in GENERATORS for c in found)
    if rules:
        assert any(c.batch["income"].null_count for c in found)
        assert any(np.isnan(c.batch["income"].drop_null().to_numpy()).any() for c in found)


def test_generators_do_what_they_are_called():
    subject = subject_of(*mixed_model())
    by_name = Counter()
    data, _ = frame()
    known = set(map(tuple, data.drop(columns="income").to_numpy()))
    for chunk in chunks(Phase.RANDOM, subject, 5, Budget(random_rows=3_000)):
        rows = chunk.batch.to_pandas()
        by_name[chunk.generator] += len(rows)
        whole = [tuple(r) in known for r in rows.drop(columns="income").to_numpy()]
        ages = set(rows.age.dropna()) <= set(data.age)  # behind an imputer any number may be missing
        ratios = set(rows.ratio.dropna()) <= set(data.ratio)
        assert (all(whole), ratios) == {"sample-rows": (True, True), "marginals": (False, True), "uniform": (False, False)}[
            chunk.generator
        ]
        assert ages or chunk.generator == "uniform"
    assert set(by_name) == set(GENERATORS)
    assert generator_name(Phase.RANDOM, subject) == "mixture of sample-rows, marginals, uniform"


def test_bounds_that_are_infinite_are_drawn_within_what_is_known():
    subject = subject_of(*mixed_model(), rules={"income": ColumnRule(minimum=0, maximum=np.inf, missing=False)})
    for chunk in chunks(Phase.RANDOM, subject, 1, Budget(random_rows=1_000)):
        assert chunk.valid.all()
        assert np.isfinite(chunk.batch["income"].to_numpy()).all()


PROGRAM = """
from tests.generate.subjects import mixed_model, subject_of
from tests.generate.test_random import digest
from parity.generate import chunks
from parity.values.plan import Budget, Phase
subject = subject_of(*mixed_model())
for phase in (Phase.EXAMPLES, Phase.RANDOM, Phase.BOUNDARY, Phase.SPECIAL):
    print(digest(chunks(phase, subject, 9, Budget(random_rows=500, boundary_rows=500))))
"""


def test_same_seed_same_rows_in_every_process():
    here = []
    subject = subject_of(*mixed_model())
    for phase in (Phase.EXAMPLES, Phase.RANDOM, Phase.BOUNDARY, Phase.SPECIAL):
        here.append(digest(chunks(phase, subject, 9, Budget(random_rows=500, boundary_rows=500))))
    other = {**os.environ, "PYTHONHASHSEED": "77", "CI": "true"}
    shown = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, env=other)
    assert shown.stdout.split() == here
    changed = digest(chunks(Phase.RANDOM, subject, 10, Budget(random_rows=500)))
    assert changed != here[1]


def test_rows_do_not_depend_on_the_phases_before():
    subject = subject_of(*mixed_model())
    alone = digest(chunks(Phase.RANDOM, subject, 2, Budget(random_rows=300)))
    digest(chunks(Phase.BOUNDARY, subject, 2, Budget(boundary_rows=300)))
    np.random.default_rng().random(10)
    assert digest(chunks(Phase.RANDOM, subject, 2, Budget(random_rows=300))) == alone


def test_rows_are_filled_fast():
    """Millions of cells a second: 300,000 rows of seven columns in CPU seconds, with room for a slow machine."""
    subject = subject_of(*mixed_model())
    began = time.process_time()
    rows = sum(c.batch.num_rows for c in chunks(Phase.RANDOM, subject, 1, Budget(random_rows=300_000)))
    assert rows == 300_000
    assert time.process_time() - began < 3.0
