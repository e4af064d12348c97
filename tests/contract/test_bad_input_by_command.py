"""Bad input as a user meets it, through `pytest --parity`, for every runtime: what was given, what was wanted, what to do next.

What is wrong in the configuration or the data is one error a case, and exit status 4 (not measured). A file of a later version
is refused so, or scored right. What an engine does with rows that it was never trained on is an outcome of these rows, never a
crash; a worker that is killed is a finding, and the run goes on.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from parity.errors import ConfigurationError
from parity.runtimes import find
from parity.values.case import Artifact
from tests.contract.artifacts import Made
from tests.contract.by_command import Asked, Said, project, run
from tests.contract.conftest import Opener
from tests.contract.newer import newer_of
from tests.contract.test_bad_artifacts_by_command import ADDRESSES, LONGEST, NOT_MEASURED

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="the worker to kill is found in /proc"),
]

ERRORS = {
    "zero": r"has no rows; give a few hundred real rows",
    "misnamed": r"lacks the column '(\w+)'; it has 'misnamed'.*Add what is missing, or give other data",
    "narrow": r"do not fit the inputs of the artifact.*Say which columns feed which input",
    "tensor": r"do not fit the inputs of the artifact.*Say which columns feed which input",
    "option": r"does not know the option 'colour' of .*: it (takes none|knows )",
    "output": r"the artifact has no output 'nope'. Reference: 'value'.* Artifact: '.*name one of them",
    "input": r"`inputs` names 'nope', which is no input of the artifact: it takes ",
    "width": r"`inputs` feeds '.*' with \d+ columns, but the artifact takes \d+ there",
}
OUTCOMES = {"refusal", "missing-mask", "value"}
RAW = (*ADDRESSES, "NullPointerException")
SPEECHLESS = ("java.lang.NullPointerException", "scala.MatchError", "java.lang.ArrayIndexOutOfBoundsException")
"""What an engine throws where it has no words: it may stand behind ours, and not instead of them."""


@pytest.fixture
def ignored(runtime: str, artifacts: tuple[Made, ...], opened: Opener) -> list[str]:
    """The outputs that the maker expects nothing of."""
    return [spec.name for spec in opened(runtime, artifacts[0]).signature.outputs if spec.name != artifacts[0].output]


def test_what_does_not_fit_is_one_clear_error_each(
    runtime: str, artifacts: tuple[Made, ...], opened: Opener, ignored: list[str], tmp_path: Path
) -> None:
    one = artifacts[0]
    path, rows = one.path, one.rows
    takes = opened(runtime, one).signature.inputs[0]
    names, first, count = rows.schema.names, rows.schema.names[0], rows.num_rows
    pairs = pa.FixedSizeListArray.from_arrays(pa.array(np.zeros(2 * count, np.float32)), 2)
    columns = names[: 2 if takes.width in (1, None) else 1]
    cases = [
        Asked("zero", path, rows.slice(0, 0)),
        Asked("misnamed", path, rows.rename_columns(["misnamed", *names[1:]])),
        Asked("narrow", path, rows.select(names[1:]), reference="ref:score"),
        Asked("tensor", path, rows.set_column(0, first, pairs), reference="ref:score"),
        Asked("option", path, rows, options='{ colour = "red" }'),
        Asked("output", path, rows, outputs='outputs = { value = "nope" }\n'),
        Asked("input", path, rows, lines=f'inputs = {{ nope = ["{first}"] }}\n'),
        Asked("width", path, rows, lines=f"inputs = {{ {json.dumps(takes.name)} = {json.dumps(columns)} }}\n"),
    ]
    if (
        takes.width is None
        and takes.shape is None
        and len(opened(runtime, one).signature.inputs) == 1
        and takes.name not in names
    ):
        cases = [case for case in cases if case.name not in ("narrow", "width")]  # an array of any length: the engine has to say
    project(tmp_path, runtime, one, ignored, cases)
    said = run(tmp_path, "--parity-phase=examples")
    assert said.status == NOT_MEASURED, said.text[-2_000:]
    for name, wanted in ((case.name, ERRORS[case.name]) for case in cases):
        assert name in said.errors, f"{name}: no error in {said.text[-3_000:]}"
        assert_clear(said.errors[name])
        assert re.search(wanted, said.errors[name]), said.errors[name]
    assert f"{len(cases)} models in JVM runtimes: {len(cases)} not-measured" in said.text


def test_a_value_that_an_option_does_not_know_is_one_clear_error(
    runtime: str, artifacts: tuple[Made, ...], ignored: list[str], tmp_path: Path
) -> None:
    """Every option of the runtime, with a word that it cannot mean: a signature, a tag, an output, a number of threads."""
    one = artifacts[0]
    with pytest.raises(ConfigurationError) as known:
        find()[runtime].options(Artifact(one.path, options={"colour": "red"}))
    names = re.findall(r"[\w-]+", str(known.value).partition(": it knows ")[2])
    if not names:
        pytest.skip(f"{runtime} has no options")
    project(
        tmp_path, runtime, one, ignored, [Asked(name, one.path, one.rows, options=f'{{ {name} = "nope" }}') for name in names]
    )
    said = run(tmp_path, "--parity-phase=examples")
    assert said.status == NOT_MEASURED, said.text[-2_000:]
    for name in names:
        assert name in said.errors, f"{name}: no error in {said.text[-3_000:]}"
        assert_clear(said.errors[name])
        assert "nope" in said.errors[name]


def assert_clear(line: str) -> None:
    assert len(line) < LONGEST + len("x" * 200), line
    assert not any(found in line for found in RAW), line


def test_a_later_version_is_refused_or_scored_right(runtime: str, made: tuple[Made, ...], opened: Opener, tmp_path: Path) -> None:
    copies = newer_of(find()[runtime].recognises, made, tmp_path)
    if not copies:
        pytest.skip(f"the format of {runtime} has no version")
    for place, (one, newer) in enumerate(copies):
        ignored = [spec.name for spec in opened(runtime, one).signature.outputs if spec.name != one.output]
        where = tmp_path / f"project {place}"
        project(where, runtime, one, ignored, [Asked("newer", newer, one.rows)])
        said = run(where, "--parity-phase=examples")
        if said.status != 0:
            assert said.status == NOT_MEASURED, f"a wrong answer, told as drift of the model: {said.text[-2_000:]}"
            assert_clear(said.errors["newer"])
            assert newer.name in said.errors["newer"]
            assert "export it for an older version of the format" in said.errors["newer"]
        else:
            assert said.cases["newer"]["phases"]["examples"]["compared"] == one.rows.num_rows


def test_rows_that_no_model_knows_are_outcomes_and_a_killed_worker_is_a_finding(
    runtime: str, artifacts: tuple[Made, ...], ignored: list[str], tmp_path: Path
) -> None:
    one = artifacts[0]
    path, rows, first = one.path, one.rows, one.rows.schema.names[0]
    holes = pa.array([None if i == 3 else value for i, value in enumerate(rows.column(0).to_pylist())], rows.schema.types[0])
    cases = [
        Asked("killed", path, rows, reference="ref:killing()"),
        Asked("good", path, rows),
        Asked("null", path, rows.set_column(0, first, holes)),
        Asked("text", path, rows.set_column(0, first, pa.array(["abc"] * rows.num_rows))),
    ]
    for place, kind in enumerate(rows.schema.types):
        if kind == pa.string():
            cities = ["Atlantis" if i == 3 else city for i, city in enumerate(rows.column(place).to_pylist())]
            unseen = rows.set_column(place, rows.schema.names[place], pa.array(cities))
            cases.append(Asked("category", path, unseen))
    project(tmp_path, runtime, one, ignored, cases)
    said = run(tmp_path, "--parity-phase=examples")
    assert said.cases["good"]["verdict"] == "pass", said.cases["good"]["reason"]
    assert "INTERNALERROR" not in said.text
    assert_killed(said.cases["killed"])
    for case in cases[2:]:
        assert_outcome(case.name, said, rows.num_rows)


def assert_killed(case: dict) -> None:  # type: ignore[type-arg]
    """One row stands for the batch in which the worker died; the others were asked again, of another one."""
    assert case["verdict"] == "fail"
    (found,) = case["findings"]
    assert (found["kind"], found["rows"]) == ("crash", 1)
    assert "was killed by signal 9 (SIGKILL); the batch is kept in " in found["message"]
    assert "asked again" in found["message"]
    assert case["phases"]["examples"]["compared"] >= case["phases"]["examples"]["rows"] - 1


def assert_outcome(name: str, said: Said, rows: int) -> None:
    """Answered, refused or missing; a column of text in place of numbers may be an error of the whole case."""
    if name in said.errors:
        assert name == "text", said.errors[name]
        assert_clear(said.errors[name])
        assert re.search(ERRORS["narrow"], said.errors[name]), said.errors[name]
        return
    found = said.cases[name]["findings"]
    assert {one["kind"] for one in found} <= OUTCOMES, found
    assert sum(one["rows"] for one in found) <= (rows if name == "text" else 1), found
    for one in found:
        assert not any(mark in one["message"] for mark in ADDRESSES), one["message"]
        assert not one["message"].removeprefix("runtime: ").startswith(SPEECHLESS), one["message"]


def test_two_cases_of_one_artifact_do_not_disturb_each_other(
    runtime: str, artifacts: tuple[Made, ...], ignored: list[str], tmp_path: Path
) -> None:
    """At once, each in a process of its own, and with a worker of its own below that."""
    one = artifacts[0]
    project(tmp_path, runtime, one, ignored, [Asked("first", one.path, one.rows), Asked("second", one.path, one.rows)])
    said = run(tmp_path, "--parity-phase=examples", "-n", "2")
    assert said.status == 0, said.text[-2_000:]
    first, second = (said.cases[name] for name in ("first", "second"))
    assert first["phases"]["examples"]["compared"] == second["phases"]["examples"]["compared"] == one.rows.num_rows
    assert first["outputs"] == second["outputs"]
