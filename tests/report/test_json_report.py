"""The document is valid by its schema whatever happened; results cross processes bit for bit."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parity.errors import StoreError
from parity.report.environment import environment
from parity.report.json_report import document, result_from_dict, result_to_dict, write_document
from parity.report.run import RunReport
from parity.report.schema import results_schema
from parity.values.finding import Cause, Finding, FindingKind, Seen
from parity.values.plan import Phase
from parity.values.result import OutputResult, PhaseResult, Verdict
from parity.values.timing import Timing
from tests.report.samples import BRANCH_FLIP, MISSING, PAYLOAD_NAN, PROBABILITY, REFUSED, latency_result, phase_result

VALIDATOR = jsonschema.Draft202012Validator(results_schema())


def valid(*results: PhaseResult) -> dict[str, Any]:
    text = json.dumps(document(RunReport(results, 1234, environment("17.0.11"), "ci")), allow_nan=False)
    read: dict[str, Any] = json.loads(text)
    VALIDATOR.validate(read)
    return read


def through_json(result: PhaseResult) -> PhaseResult:
    return result_from_dict(json.loads(json.dumps(result_to_dict(result), allow_nan=False)))


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(results_schema())


def test_the_document_of_the_design() -> None:
    special = phase_result(Phase.SPECIAL, Verdict.PASS, findings=(MISSING, REFUSED), reason="compared")
    read = valid(phase_result(), special, latency_result())
    assert (read["schema"], read["verdict"], read["seed"], read["environment"]["jvm"]) == (1, "fail", 1234, "17.0.11")
    (case,) = read["cases"]
    assert (case["case"], case["runtime"], case["artifact"], case["verdict"]) == ("churn", "onnxruntime", "churn.onnx", "fail")
    assert case["reason"].startswith("boundary: 22 of 4,868 rows")
    assert list(case["phases"]) == ["boundary", "special", "latency"]
    assert (case["phases"]["boundary"]["cuts"], case["phases"]["boundary"]["probed"]) == (1217, 1217)
    (output,) = case["outputs"]
    assert (output["name"], output["compared"], output["max_ulp"]) == ("probability", 2 * 4868, 9731112.0)
    assert [f["id"] for f in case["findings"]] == [REFUSED.id, BRANCH_FLIP.id, MISSING.id]


def test_a_finding_of_the_design() -> None:
    finding = valid(phase_result())["cases"][0]["findings"][0]
    assert finding["row"]["age"] == {"value": 41.50000000000001, "hex": "0x1.4c00000000001p+5"}
    assert finding["row"]["city"] == {"value": "Łódź"}
    assert finding["row"]["income"] == {"missing": True}
    assert finding["reference"]["probability"] == [0.81, 0.19]
    assert finding["cause"]["name"] == "float32-thresholds"
    assert (finding["replay"], finding["phases"]) == ("parity replay a91f03c2d7e8", ["boundary"])


def test_latency_of_the_design() -> None:
    latency = valid(latency_result())["cases"][0]["latency"]
    assert (latency["scenario"], latency["rows"], latency["p50_us"], latency["p99_us"]) == ("single-stream", 1, 3.999, 4.979)
    assert latency["reference"] == {"samples": 3, "p50_us": 400.0, "p90_us": 410.0, "p99_us": None}
    assert (latency["batch"]["rows"], latency["crossing_us"]) == (10_000, 35.0)
    assert round(latency["batch"]["rows_per_second"]) == 1_818_182
    assert latency["raw"]["reference-single"]["nanoseconds"] == [410_000, 380_000, 400_000]
    assert "reference-single: p99 needs at least 1,000 samples, there are 3" in latency["remarks"]
    assert valid(phase_result())["cases"][0]["latency"] is None


def test_numbers_that_json_lacks() -> None:
    nan_row = pa.RecordBatch.from_arrays([pa.array([PAYLOAD_NAN]), pa.array([math.inf], pa.float32())], names=["x", "y"])
    finding = replace(REFUSED, row=nan_row, seen=Seen({"p": [PAYLOAD_NAN, -math.inf]}, "refused"))
    output = replace(PROBABILITY, max_abs=math.inf, max_ulp=math.nan)
    case = valid(phase_result(findings=(finding,), outputs=(output,)))["cases"][0]
    assert case["findings"][0]["row"]["x"] == {"value": {"special": "nan", "bits": "7ff8000000000001"}}
    assert case["findings"][0]["reference"]["p"] == [{"special": "nan", "bits": "7ff8000000000001"}, {"special": "-inf"}]
    assert case["findings"][0]["tolerance"]["special"] == "nan"
    assert case["outputs"][0]["max_abs"] == {"special": "inf"}


def test_a_call_without_rows_and_one_without_columns() -> None:
    none = replace(REFUSED, row=REFUSED.row.slice(0, 0), off_domain=True)
    absent = replace(none, id="111111111111", row=REFUSED.row.select(["age"]))
    rows = [f["row"] for f in valid(phase_result(findings=(none, absent)))["cases"][0]["findings"]]
    assert [list(row) for row in rows] == [["age"], []]


def test_verdicts_of_a_run() -> None:
    passed, unmeasured = phase_result(verdict=Verdict.PASS), phase_result(verdict=Verdict.NOT_MEASURED, runtime="jpmml")
    assert valid()["verdict"] == "not-measured"
    assert valid(passed)["verdict"] == "pass"
    assert valid(passed, unmeasured)["verdict"] == "not-measured"
    assert valid(passed, unmeasured, phase_result(case="other"))["verdict"] == "fail"


def test_a_finding_in_two_phases_is_one_with_its_worst() -> None:
    worse = replace(BRANCH_FLIP, phase=Phase.RANDOM, worst=0.7)
    (finding,) = valid(phase_result(), phase_result(Phase.RANDOM, findings=(worse,)))["cases"][0]["findings"]
    assert (finding["phase"], finding["phases"], finding["worst"]) == ("random", ["boundary", "random"], 0.7)


def test_the_schema_refuses_what_is_not_in_it() -> None:
    read = valid(phase_result())
    read["cases"][0]["findings"][0]["surprise"] = 1
    with pytest.raises(jsonschema.ValidationError, match="surprise"):
        VALIDATOR.validate(read)


def test_the_document_is_written_whole(tmp_path: Path) -> None:
    run = RunReport((phase_result(),), 1, environment())
    write_document(run, tmp_path / "new" / "results.json")
    VALIDATOR.validate(json.loads((tmp_path / "new" / "results.json").read_text()))
    with pytest.raises(StoreError, match=r"it is a folder. Give --parity-json the name of a file"):
        write_document(run, tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(
        StoreError, match=r"cannot write r.json in .*file: .* Give --parity-json a file in a folder that can be written"
    ):
        write_document(run, tmp_path / "file" / "r.json")


floats = st.floats()
counts = st.integers(0, 2**62)
scores = st.none() | st.booleans() | st.integers() | st.text() | floats
outcomes = st.text() | st.dictionaries(st.text(), st.lists(scores, max_size=3), max_size=3)
names = st.text(max_size=5)
causes = st.builds(Cause, st.just("link-function"), floats, floats, names, names)
cells = st.sampled_from(
    [
        pa.array([PAYLOAD_NAN]),
        pa.array([None], pa.string()),
        pa.array(["ü"]),
        pa.array([2**53 + 1]),
        pa.array([-0.0], pa.float32()),
    ]
)
batches = st.lists(cells, max_size=4).map(lambda a: pa.RecordBatch.from_arrays(a, names=[f"c{i}" for i in range(len(a))]))
findings = st.builds(
    Finding, id=st.just("0123456789ab"), case=names, artifact=names, runtime=names, phase=st.sampled_from(Phase),
    kind=st.sampled_from(FindingKind), output=names, input_class=names, rows=counts, row=batches,
    off_typical=st.lists(names, max_size=2).map(tuple), seen=st.builds(Seen, outcomes, outcomes), worst=floats, tolerance=floats,
    off_domain=st.booleans(), cause=st.none() | causes, message=names, cut=names,
)  # fmt: skip
outputs = st.builds(
    OutputResult,
    names,
    st.sampled_from(["probability", "label", "value"]),
    counts,
    floats,
    floats,
    floats,
    floats,
    names,
    st.booleans(),
)
timings = st.builds(
    Timing, st.integers(1, 9), st.lists(counts, max_size=4).map(tuple), counts, st.booleans(), st.none() | st.floats(0, 1e9)
)
results = st.builds(
    PhaseResult, case=names, artifact=names, runtime=names, phase=st.sampled_from(Phase), verdict=st.sampled_from(Verdict),
    reason=names, rows=counts, compared=counts, generator=names, upper95=st.none() | st.floats(0, 1),
    cuts=st.none() | counts, probed=st.none() | counts,
    outputs=st.lists(outputs, max_size=2).map(tuple), findings=st.lists(findings, max_size=2).map(tuple),
    fixed=st.lists(st.just("0123456789ab"), max_size=2).map(tuple), notes=st.lists(names, max_size=2).map(tuple),
    timings=st.dictionaries(st.sampled_from(["runtime-single", "reference-batch"]), timings),
    environment=st.dictionaries(names, scores | st.lists(scores, max_size=2)), seconds=st.floats(0, 1e6),
)  # fmt: skip


@given(results)
def test_a_result_crosses_processes_bit_for_bit(result: PhaseResult) -> None:
    found = through_json(result)
    assert json.dumps(result_to_dict(found)) == json.dumps(result_to_dict(result))
    assert [f.row.schema for f in found.findings] == [f.row.schema for f in result.findings]
    assert (found.timings, found.fixed, found.notes) == (result.timings, result.fixed, result.notes)
    for now, before in zip(found.findings, result.findings, strict=True):
        assert (type(now.kind), type(now.phase), now.off_typical) == (FindingKind, Phase, before.off_typical)


@given(st.lists(results, max_size=3))
def test_every_run_makes_a_valid_document(given: list[PhaseResult]) -> None:
    valid(*given)


def test_a_result_of_the_samples_comes_back_equal() -> None:
    assert through_json(latency_result()) == latency_result()
    assert through_json(phase_result(environment={"flags": ["-Xshare:auto"]})) == phase_result(
        environment={"flags": ["-Xshare:auto"]}
    )
