"""A finding reads like a good bug report: golden text for each kind."""

from __future__ import annotations

import inspect
import math
from dataclasses import replace

import pyarrow as pa
import pytest
from hypothesis import given

from parity.generate import malformed
from parity.report.findings import MALFORMED, drift_text, finding_lines, gating_setting, off_domain_lines
from parity.report.lines import cell, fit, quoted
from parity.report.outcomes import outcome_texts
from parity.values.finding import Cause, Finding, FindingKind, Seen
from tests.report.samples import BRANCH_FLIP, MISSING, PAYLOAD_NAN, REFUSED
from tests.report.test_json_report import findings


def texts(finding: Finding, formula: str = "") -> list[str]:
    return [line.text for line in finding_lines(finding, formula)]


def test_branch_flip_golden() -> None:
    assert texts(BRANCH_FLIP, "sum of 100 leaves in float32: gamma(n) sum|v| (Higham 3.1)") == [
        "a91f03c2d7e8  branch-flip  churn in onnxruntime, output probability (boundary, 22 rows)",
        "  row        age     41.50000000000001 (0x1.4c00000000001p+5)",
        '             city    "Łódź"',
        "             income  missing",
        "             … and 3 columns at typical values",
        "  reference  probability [0.81, 0.19]",
        "  runtime    probability [0.23, 0.77]",
        "  drift      0.58 (worst row 0.61), above the tolerance of 1.1e-06, 554,545 times as much",
        "             tolerance: sum of 100 leaves in float32: gamma(n) sum|v| (Higham 3.1)",
        "  cut        age <= 41.5 (tree 3, node 7)",
        "  cause      float32-thresholds: explains 100% of drifting rows, breaks 0% of agreeing ones",
        "  fix        Train on float32 columns, or export with double thresholds.",
        "  replay     parity replay a91f03c2d7e8",
    ]


def test_refusal_golden() -> None:
    assert texts(REFUSED) == [
        "ffeeddccbbaa  refusal  churn in jpmml (boundary, 1 row)",
        '  row        city  "Łódź"',
        "             … and 5 columns at typical values",
        "  reference  probability [0.5, 0.5]",
        '  runtime    invalid-value: Field "city" cannot accept user input value "Łódź"',
        "  drift      one side answers, the other refuses",
        "  replay     parity replay ffeeddccbbaa",
    ]


def test_crash_golden() -> None:
    crash = replace(
        REFUSED, kind=FindingKind.CRASH, off_typical=(), seen=Seen({"p": [1.0]}, "crash: signal 11"), message="see log"
    )
    assert texts(crash) == [
        "ffeeddccbbaa  crash  churn in jpmml (boundary, 1 row)",
        "  row        age     41.50000000000001 (0x1.4c00000000001p+5)",
        '             city    "Łódź"',
        "             income  missing",
        "             ratio   0.1",
        "             … and 2 more columns",
        "  reference  p [1]",
        "  runtime    crash: signal 11",
        "  message    see log",
        "  replay     parity replay ffeeddccbbaa",
    ]


def test_a_call_without_rows() -> None:
    empty = replace(
        REFUSED, row=REFUSED.row.slice(0, 0), off_typical=(), seen=Seen("empty-batch: at least one row", "an empty result")
    )
    assert "  call       0 rows of 6 columns" in texts(empty)


def test_many_columns_off_typical_and_a_long_cause_still_fit() -> None:
    row = pa.RecordBatch.from_arrays([pa.array([i + 0.123456789]) for i in range(30)], names=[f"column_{i}" for i in range(30)])
    long = Cause("link-function", 0.987, 0.0042, "word " * 100, "evidence " * 100)
    lines = texts(replace(BRANCH_FLIP, row=row, off_typical=tuple(row.schema.names[:9]), cause=long), "term + " * 100)
    assert len(lines) == 15
    assert "             … and 7 more columns off typical, and 21 columns at typical values" in lines
    assert sum("word word" in line for line in lines) == 4, "columns make room for the advice"
    assert "  cause      link-function: explains 98.7% of drifting rows, breaks 0.4% of agreeing ones" in lines
    assert lines[-1] == "  replay     parity replay a91f03c2d7e8"


@given(findings)
def test_every_finding_fits(finding: Finding) -> None:
    lines = finding_lines(finding, "formula")
    assert len(lines) <= 15
    assert all(len(line.text) <= 100 and line.text.isprintable() for line in lines)
    assert lines[-1].text == f"  replay     parity replay {finding.id}"


def outcomes(reference: list[object], runtime: list[object], name: str = "probability") -> tuple[str, str]:
    seen = Seen({"label": [0], "probability": reference}, {"label": [0], name: runtime})
    return outcome_texts(replace(BRANCH_FLIP, output="probability", seen=seen, runtime_output=name))


@pytest.mark.parametrize(
    ("reference", "runtime", "shown"),
    [
        ([0.5], [0.5000000001], ("[0.5]", "[0.5000000001]")),
        ([0.1], [0.1 + 2e-17], ("[0.1]", "[0.10000000000000002]")),
        ([1.0, None], [math.nan, 1.0], ("[1, missing]", "[NaN, 1]")),
        (["yes"], [True], ('["yes"]', "[true]")),
        ([1.0], [1.0, 2.0], ("[1]", "[1, 2]")),
    ],
)
def test_outcomes_show_where_they_differ(reference: list[object], runtime: list[object], shown: tuple[str, str]) -> None:
    assert outcomes(reference, runtime) == (f"probability {shown[0]}", f"probability {shown[1]}")


def test_many_classes_show_the_worst_places() -> None:
    ours = [i / 1000 for i in range(1000)]
    theirs = [*ours[:500], 0.9, *ours[501:]]
    assert outcomes(ours, theirs)[1] == "probability [#0: 0, #1: 0.001, #2: 0.002, #500: 0.9, … of 1,000 values]"


def test_the_runtime_may_call_it_otherwise() -> None:
    assert outcomes([0.25, 0.75], [0.5, 0.5], "scores") == ("probability [0.25, 0.75]", "scores [0.5, 0.5]")


def test_a_number_with_two_columns_on_the_other_side_is_shown_beside_them_and_apart_from_the_second() -> None:
    """Not beside a label that happens to be near: the runtime's name of the output is part of the finding."""
    seen = Seen({"label": [1], "margin": [0.75]}, {"label": [1], "probabilities": [0.75, -0.75]})
    finding = replace(BRANCH_FLIP, output="margin", runtime_output="probabilities", seen=seen, worst=1.5, tolerance=1e-6)
    assert outcome_texts(finding) == ("margin [0.75]", "probabilities [0.75, -0.75]")
    assert drift_text(finding).startswith("1.5, above the tolerance")


@pytest.mark.parametrize(
    ("worst", "tolerance", "text"),
    [
        (0.0, math.nan, "0.58 (worst row 0)"),
        (0.58, 0.5, "0.58, above the tolerance of 0.5"),
        (0.58, 0.0, "0.58, above the tolerance of 0"),
        (0.58, 1.0, "0.58, within the tolerance of 1"),
    ],
)
def test_drift_against_tolerance(worst: float, tolerance: float, text: str) -> None:
    assert drift_text(replace(BRANCH_FLIP, worst=worst, tolerance=tolerance)) == text


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (pa.array([0.15]), "0.15"),
        (pa.array([1234567.0]), "1234567 (0x1.2d687p+20)"),
        (pa.array([0.1], pa.float32()), "0.1"),
        (pa.array([16777217.0 / 3], pa.float32()), "5592405.5 (0x1.555556p+22)"),
        (pa.array([PAYLOAD_NAN]), "NaN (bits 7ff8000000000001)"),
        (pa.array([math.nan]), "NaN"),
        (pa.array([-math.inf]), "-inf"),
        (pa.array([-0.0]), "-0"),
        (pa.array([1e300]), "1e+300"),
        (pa.array([5e-324]), "5e-324"),
        (pa.array([None], pa.int32()), "missing"),
        (pa.array([True]), "true"),
        (pa.array([2**53 + 1]), "9007199254740993"),
        (pa.array([""]), '""'),
        (pa.array(['a\n\u202eb"\\']), '"a\\n\\u202eb\\"\\\\"'),
    ],
)
def test_cells(values: pa.Array, text: str) -> None:
    assert cell(values) == text


def test_long_text_keeps_both_ends() -> None:
    assert quoted("a" * 30 + "b" * 70) == f'"{"a" * 28}…{"b" * 16}" (100 characters)'
    assert fit("x" * 200) == "x" * 99 + "…"


def setting(column: pa.Array, name: str = "x") -> str:
    row = pa.RecordBatch.from_arrays([column], names=[name])
    return gating_setting(replace(MISSING, row=row, off_typical=(name,)))


def test_the_setting_that_would_make_it_gate() -> None:
    assert gating_setting(MISSING) == "[case.columns.income] missing = true"
    assert setting(pa.array([math.nan])) == "[case.columns.x] nan = true"
    assert setting(pa.array([-math.inf])) == "[case.columns.x] min = -inf"
    assert setting(pa.array([1e300])) == "[case.columns.x] max = 1e+300"
    assert setting(pa.array(["new"]), "a b") == '[case.columns."a b"] unseen = true'
    assert gating_setting(replace(MISSING, off_typical=())) == '[gate] off-domain = "error"'


@pytest.mark.parametrize("name", sorted(MALFORMED))
def test_no_column_makes_a_malformed_call_valid(name: str) -> None:
    assert f'"{name}' in inspect.getsource(malformed)
    numbers = replace(MISSING, off_typical=("age",))
    assert gating_setting(replace(numbers, input_class="large")) == "[case.columns.age] max = 41.50000000000001"
    for among in (f"{name}:income", f"missing, {name}"):
        assert gating_setting(replace(numbers, input_class=among)) == '[gate] off-domain = "error"'
        assert gating_setting(replace(MISSING, input_class=among)) == "[case.columns.income] missing = true"


def test_off_domain_block() -> None:
    assert off_domain_lines([BRANCH_FLIP]) == []
    long = replace(MISSING, input_class="x" * 90)
    lines = off_domain_lines([MISSING, long, replace(MISSING, runtime="jpmml")])
    assert [line.text for line in lines][1::2] == [
        "  churn in onnxruntime, each with the setting that would make it gate",
        f"    0123456789ab  value 0.61, 16 rows: {'x' * 22}…  [case.columns.income] missing = true",
        "    0123456789ab  value 0.61, 16 rows: missing            [case.columns.income] missing = true",
    ]
    assert all(len(line.text) <= 100 for line in lines)
