"""The summary, the JSON file and JUnit."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET

import pytest

from tests.plugin.conftest import Project


def test_summary(project: Project) -> None:
    project.write("passing", "drifting")
    result = project.run("--parity-phase", "random")
    result.stdout.fnmatch_lines(["*= parity =*", "*passing*"])
    result.stdout.fnmatch_lines(["*= parity =*", "*drifting*"])


def test_json(project: Project) -> None:
    from jsonschema import validate

    from parity.report.schema import results_schema

    project.write("passing", "drifting")
    project.run("--parity-json", "deep/parity.json", "--parity-seed", "12", "--parity-phase", "random")
    document = json.loads((project.pytester.path / "deep" / "parity.json").read_text())
    validate(document, results_schema())
    assert document["seed"] == 12
    assert {case["case"]: case["verdict"] for case in document["cases"]} == {"passing": "pass", "drifting": "fail"}


def test_json_holds_what_could_not_be_measured(project: Project) -> None:
    project.write("no-jvm", "mismatched")
    project.run("--parity-json", "parity.json", "--parity-phase", "random")
    document = json.loads((project.pytester.path / "parity.json").read_text())
    assert {case["case"]: case["verdict"] for case in document["cases"]} == {
        "no-jvm": "not-measured",
        "mismatched": "not-measured",
    }
    assert "no JVM was found" in document["cases"][0]["reason"]


def test_what_an_interrupt_left_out_is_not_measured_and_what_came_before_is_kept(project: Project) -> None:
    project.write("passing", "interrupted", "unmeasured")
    result = project.run("--parity-json", "parity.json", "--parity-phase", "examples,random")
    document = json.loads((project.pytester.path / "parity.json").read_text())
    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert document["verdict"] == "not-measured"
    verdicts = {case["case"]: case["verdict"] for case in document["cases"]}
    assert verdicts == {"passing": "pass", "interrupted": "not-measured", "unmeasured": "not-measured"}
    (phase,) = {case["reason"] for case in document["cases"] if case["case"] != "passing"}
    assert phase == "examples: the run was interrupted before this was judged"


def test_json_where_nothing_can_be_written(project: Project) -> None:
    project.write("passing")
    (project.pytester.path / "file").write_text("")
    result = project.run("--parity-json", "file/parity.json", "--parity-phase", "random")
    result.stdout.fnmatch_lines(["ERROR: *parity.json*"])
    assert result.ret == pytest.ExitCode.USAGE_ERROR


def test_junit_has_readable_properties_and_no_blob(project: Project) -> None:
    project.write("drifting")
    project.run("--junitxml", "junit.xml", "--parity-phase", "random")
    (case,) = ET.parse(project.pytester.path / "junit.xml").iter("testcase")
    properties = {entry.get("name"): entry.get("value") for entry in case.iter("property")}
    assert properties == {"parity.verdict": "fail", "parity.rows": "100", "parity.drifted": "22", "parity.findings": "1"}
    assert case.get("name") == "drifting[fake-random]"
    failure = next(case.iter("failure"))
    assert "a91f03c2d7e8" in (failure.text or "")
