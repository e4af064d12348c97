"""Who is convicted by further evaluators, and that contradictions and strangers convict nobody."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from parity.diagnose.evidence import Ask, Evidence, Floats
from parity.diagnose.opinions import Opinion, Role, attribution, repeated
from parity.diagnose.refusals import cause_of_refusal
from parity.diagnose.texts import plain_text
from parity.values.anatomy import Anatomy


def x(batch: pa.RecordBatch) -> Floats:
    return np.asarray(batch.column(0).to_numpy())[:, None]


def runtime(batch: pa.RecordBatch) -> Floats:
    """Differs above 0."""
    return np.where(x(batch) > 0, x(batch) + 1, x(batch))


def stranger(batch: pa.RecordBatch) -> Floats:
    return x(batch) + 0.5


def half(batch: pa.RecordBatch) -> Floats:
    """The runtime's answer on every second row."""
    return np.where((np.arange(batch.num_rows) % 2 == 0)[:, None], runtime(batch), x(batch))


def broken(batch: pa.RecordBatch) -> Floats:
    """The runtime's answer where the sides differ, and another one where they agree."""
    return x(batch) + 1


def rows(values: Floats) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.array(values)], names=["x"])


EVIDENCE = Evidence(
    drifting=rows(np.linspace(1, 2, 40)),
    agreeing=rows(np.linspace(-2, -1, 40)),
    ask_reference=x,
    ask_runtime=runtime,
    bound=lambda scores, batch: np.full(len(scores), 1e-6),
    reference=Anatomy(("x",)),
    artifact=Anatomy(("x",)),
    features=x,
)
SAME, OTHER, LIBRARY = Role.SAME, Role.INDEPENDENT, Role.LIBRARY


@pytest.mark.parametrize(
    ("asked", "verdict"),
    [
        ([(SAME, runtime), (OTHER, runtime)], "converter"),
        ([(OTHER, runtime)], "converter"),
        ([(LIBRARY, runtime)], "saved file"),
        ([(SAME, runtime), (OTHER, x)], "engine"),
        ([(OTHER, x)], "engine"),
        ([(LIBRARY, x)], "engine"),
        ([(SAME, x)], "Java call"),
        ([(SAME, x), (OTHER, runtime)], "undecided"),
        ([(SAME, runtime)], "file or engine, not the Java call"),
        ([(OTHER, x), (OTHER, runtime)], "undecided"),
        ([(OTHER, stranger)], "undecided"),
        ([(OTHER, half)], "undecided"),
        ([(OTHER, broken)], "undecided"),
    ],
)
def test_who_is_convicted(asked: list[tuple[Role, Ask]], verdict: str) -> None:
    opinions = [Opinion(f"E{i}", role, ask) for i, (role, ask) in enumerate(asked)]
    assert attribution(EVIDENCE, opinions).split(":")[0] == verdict


def test_nobody_asked_nothing_said() -> None:
    assert attribution(EVIDENCE, []) == ""


def test_an_evaluator_that_refuses_every_row_decides_nothing() -> None:
    silent = Opinion("E", OTHER, lambda batch: np.full((batch.num_rows, 1), np.nan))
    assert attribution(EVIDENCE, [silent]).startswith("undecided")


def test_an_evaluator_that_answers_what_the_runtime_refuses_acquits_the_file() -> None:
    def refusing(batch: pa.RecordBatch) -> Floats:
        return np.where(x(batch) > 0, np.nan, x(batch))

    refused = replace(EVIDENCE, ask_runtime=refusing)
    assert attribution(refused, [Opinion("E", SAME, x)]).startswith("Java call")
    assert attribution(refused, [Opinion("E", OTHER, refusing)]).startswith("converter")


def test_characters_beyond_the_first_plane() -> None:
    given = pa.RecordBatch.from_arrays([pa.array(["a\U0001f600", None, "Łódź"]), pa.array([1, 2, 3])], names=["t", "n"])
    found = plain_text(given)
    assert found is not None and found.column(0).to_pylist() == ["a\ufffd", None, "Łódź"]
    assert plain_text(found) is None


def test_a_refused_emoji_is_no_unseen_category() -> None:
    named = cause_of_refusal("runtime", "type", "unicode-text", True, True)
    assert named is not None and named.name == "text-beyond-plane-0"
    unseen = cause_of_refusal("runtime", "unseen-category", "unseen", True, False)
    assert unseen is not None and unseen.name == "unseen-category-refused"
    assert cause_of_refusal("reference", "type", "unicode-text", False, True) is None


def test_a_runtime_that_refuses_ordinary_rows_too() -> None:
    named = cause_of_refusal("runtime", "other", "sample", False, ordinary_refused=True)
    assert named is not None and named.name == "ordinary-row-refused"
    assert cause_of_refusal("reference", "other", "sample", False, ordinary_refused=True) is None


@pytest.mark.parametrize("input_class", ["empty-text", "marks-only"])
def test_a_refused_text_without_a_known_word_is_no_unseen_category(input_class: str) -> None:
    named = cause_of_refusal("runtime", "other", input_class, True, fixed_by_known_word=True)
    assert named is not None and named.name == "no-known-words"
    other = cause_of_refusal("reference", "other", input_class, True, fixed_by_known_word=True)
    assert other is not None and other.name == "validation-asymmetry"


def test_tensors_of_an_engine_that_does_not_repeat_the_runtime_say_nothing() -> None:
    """ONNX Runtime misreads emoji in Java alone: its tensors in Python are right, whatever step they are compared with."""
    assert repeated(EVIDENCE, [Opinion("E", SAME, runtime)])
    assert not repeated(EVIDENCE, [Opinion("E", SAME, x), Opinion("F", OTHER, runtime)])
