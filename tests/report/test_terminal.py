"""What a user sees of a run: golden text, and bounds that hold for every run."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from parity.report.environment import environment
from parity.report.lines import STYLES, Line
from parity.report.run import judged
from parity.report.terminal import findings, header, latency_lines, summary, totals
from parity.values.plan import Phase
from parity.values.result import PhaseResult, Verdict
from tests.report.samples import BRANCH_FLIP, MISSING, PROBABILITY, REFUSED, latency_result, phase_result
from tests.report.test_json_report import results

PASSED = phase_result(
    runtime="xgboost4j",
    verdict=Verdict.PASS,
    findings=(),
    drifted=0,
    outputs=(replace(PROBABILITY, max_abs=3e-8, minimum_tolerance=3e-8),),
)
LATE = phase_result(
    Phase.RANDOM, Verdict.NOT_MEASURED, runtime="jpmml", findings=(), outputs=(), compared=0, cuts=None, probed=None,
    reason="the time budget ran out after 3 rows",
)  # fmt: skip


def texts(lines: list[Line]) -> list[str]:
    return [line.text for line in lines]


def test_summary_golden() -> None:
    special = phase_result(Phase.SPECIAL, Verdict.PASS, findings=(MISSING,), cuts=None, probed=None)
    fixed = phase_result(
        Phase.EXAMPLES, Verdict.PASS, runtime="xgboost4j", findings=(), outputs=(), fixed=("00ff00ff00ff",), cuts=None
    )
    assert texts(summary([PASSED, phase_result(), special, latency_result(), LATE, fixed])) == [
        "case   runtime       rows  worst drift  tolerance  findings  coverage     p50/p99  verdict",
        "churn  onnxruntime  9,736         0.61    1.1e-06   1+1 off      100%  4.0/5.0 us  fail",
        "churn  jpmml            0            -          -         0         -           -  not-measured",
        "churn  xgboost4j    9,736        3e-08    1.1e-06         0      100%           -  pass",
        "",
        "churn onnxruntime boundary: fail: 22 of 4,868 rows beyond tolerance: branch-flip on probability",
        "  (22)",
        "churn jpmml random: not-measured: the time budget ran out after 3 rows",
        "",
        "churn onnxruntime probability: 0.61 would have passed, 1.1e-06 is allowed (9,731,112 ULP)",
        "",
        "churn onnxruntime: one row  JVM 4.0/4.8/5.0 | Python 400/410/? (p50/p90/p99 us)",
        "  10,000 rows  JVM 1,818,182 | Python 1,818,182 rows/s, crossing 35 us a call, not counted",
        "  reference-single: p99 needs at least 1,000 samples, there are 3",
        "  reference-single: warm-up not reached after 40 calls",
        "",
        "off-domain: 1 finding on inputs that are not declared valid, told and not failing",
        "  churn in onnxruntime, each with the setting that would make it gate",
        "    0123456789ab  value 0.61, 16 rows: missing            [case.columns.income] missing = true",
        '  all of them would gate with [gate] off-domain = "error"',
        "",
        "00ff00ff00ff no longer happens: churn in xgboost4j",
    ]


def test_styles_of_the_table() -> None:
    assert [line.style for line in summary([PASSED, phase_result(), LATE])[:4]] == ["title", "bad", "warn", "good"]


def test_nothing_judged_is_said() -> None:
    assert texts(summary([])) == ["nothing was judged"]
    assert totals([]).text == "0 models in JVM runtimes: nothing judged"


def test_worst_first_and_by_strain() -> None:
    near = phase_result(case="near", findings=(), outputs=(replace(PROBABILITY, max_abs=2e-6),))
    lines = summary([PASSED, near, phase_result(case="far")])
    assert [line.text.split()[0] for line in lines[1:4]] == ["far", "near", "churn"]


def test_two_artifacts_in_one_runtime_are_told_apart_and_long_names_cut() -> None:
    long = phase_result(case="a case with quite a long name", artifact="a.onnx")
    lines = summary([long, replace(long, artifact="b.onnx")])
    assert lines[1].text.startswith("a case with quite a long name[a.onnx]") or "…" in lines[1].text
    assert all(len(line.text) <= 100 for line in lines)


def test_labels_alone() -> None:
    label = replace(PROBABILITY, name="label", kind="label", max_abs=1.0, derived_tolerance=0.0)
    assert summary([phase_result(outputs=(label,))])[1].text.split()[3:5] == ["flip", "labels"]
    assert summary([phase_result(outputs=(replace(label, max_abs=0.0),))])[1].text.split()[3:5] == ["0", "labels"]


def test_coverage_is_rounded_down() -> None:
    assert "99%" in summary([phase_result(cuts=1000, probed=999)])[1].text


def test_findings_golden_order_and_spacing() -> None:
    lines = texts(findings([phase_result(findings=(BRANCH_FLIP, MISSING)), phase_result(runtime="jpmml", findings=(REFUSED,))]))
    assert [text for text in lines if text[:1] not in ("", " ")] == [
        "ffeeddccbbaa  refusal  churn in jpmml (boundary, 1 row)",
        "a91f03c2d7e8  branch-flip  churn in onnxruntime, output probability (boundary, 22 rows)",
    ]
    assert lines.count("") == 1
    assert any("tolerance: sum of 100 leaves in float32" in text for text in lines)


def test_latency_without_one_side() -> None:
    half = latency_result()
    timings = {name: timing for name, timing in half.timings.items() if name == "runtime-single"}
    (group,) = judged([replace(half, timings=timings)])
    assert texts(latency_lines(group)) == ["churn onnxruntime: one row  JVM 4.0/4.8/5.0 | Python ?/?/? (p50/p90/p99 us)"]


def test_not_exported_and_notes_once() -> None:
    noted = phase_result(notes=("the sample has 3 columns more",), not_exported=("decision_function",))
    lines = texts(summary([noted, replace(noted, phase=Phase.RANDOM)]))
    assert lines.count("note: churn onnxruntime: the sample has 3 columns more") == 1
    assert lines[-1] == "note: churn onnxruntime: not exported, so not compared: decision_function"


def test_header() -> None:
    lines = texts(header({"python": "3.11.9", "jvm": None, "packages": {"numpy": "2.4"}, "jars": {"jpmml": ["a.jar", "b.jar"]}}))
    assert lines == ["python: 3.11.9", "packages: numpy 2.4", "jars: jpmml a.jar b.jar"]
    assert {"python", "platform", "packages"} <= set(environment())
    assert environment()["packages"]["numpy"]


@given(st.lists(results, max_size=4))
def test_every_line_fits_and_has_a_style(given: list[PhaseResult]) -> None:
    for line in [*summary(given), *findings(given), totals(given)]:
        assert len(line.text) <= 100
        assert line.text.isprintable()
        assert line.style in STYLES
