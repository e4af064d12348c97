"""What only Java source has: it is compiled when it is opened, and its method may have one of two shapes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from parity.errors import ArtifactError, JvmError
from parity.runtimes import find, open_session, runtime_for
from parity.runtimes.session import Session
from parity.values.case import Artifact
from parity.values.outcome import Refusal, Scores

ROWS = pa.record_batch({"a": [1.0, 2.0, 3.0], "b": [0.5, None, -4.0]})
Opener = Callable[[str], Session]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opener]:
    """Opens a source with both columns fed to it."""
    sessions: list[Session] = []

    def opener(code: str) -> Session:
        path = tmp_path / "churn-model.java"
        path.write_text(code, "utf-8")
        session = open_session(find()["java-source"], Artifact(path), folder=tmp_path / ".parity", timeout=60.0)
        sessions.append(session)
        session.bind({"features": ("a", "b")})
        return session

    yield opener
    for session in sessions:
        session.close()


def answered(session: Session) -> Scores:
    outcome = session.score(ROWS)
    assert isinstance(outcome, Scores), outcome
    return outcome


def test_a_missing_cell_is_nan_and_one_number_is_one_column(opened: Opener) -> None:
    session = opened("public class Sum { public static double score(double[] input) { return input[0] + input[1]; } }")
    np.testing.assert_array_equal(answered(session).outputs[0].values, [[1.5], [np.nan], [-1.0]])
    assert session.signature.outputs[0].width == 1
    assert dict(session.signature.facts)["features.read"] == "2"


def test_packages_comments_helpers_and_other_scripts_are_no_obstacle(opened: Opener) -> None:
    session = opened(
        "package łódź.models;\n// public class Wrong\n/* class Wronger */ import java.util.Arrays;\n"
        "class Model { static double[] score(final double[] x) { return Helper.twice(x); }\n"
        "  static double score(double[] x, int i) { return x[i]; }\n"
        "  static class Helper { static double[] twice(double[] x) { return Arrays.stream(x).map(v -> 2 * v).toArray(); } } }"
    )
    np.testing.assert_array_equal(answered(session).outputs[0].values, [[2.0, 1.0], [4.0, np.nan], [6.0, -8.0]])
    assert dict(session.signature.facts)["class"] == "łódź.models.Model"


def test_a_row_that_the_code_throws_at_is_refused_alone(opened: Opener) -> None:
    code = 'if (x[0] == 2) throw new ArithmeticException("two"); return x[(int) x[0] / 3 * 2];'
    refused = answered(opened(f"class Picky {{ static double score(double[] x) {{ {code} }} }}")).refused
    assert refused[1] == Refusal("other", "two")
    assert refused[2].kind == "shape"
    assert "Index 2 out of bounds for length 2" in refused[2].message
    assert set(refused) == {1, 2}


def test_answers_of_unlike_length_refuse_the_batch(opened: Opener) -> None:
    outcome = opened("class Ragged { static double[] score(double[] x) { return new double[(int) x[0]]; } }").score(ROWS)
    assert outcome == Refusal("shape", "score returned 2 numbers for row 1, and 1 for an earlier one")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("class A { static double score(double[] x) { return x[0] } }", r"javac refuses it: line 1: ';' expected"),
        ("class A { static double score(double[] x) { return y + z; } }", r"line 1: cannot find symbol .*and 1 more errors"),
        ("class A { double score(double[] x) { return 1; } }", r"wanted one `static double score\(double\[\]\)` .* found 0 in"),
        (
            "class A { static double score(double[] x) { return 1; } } class B { static double score(double[] x) { return 2; } }",
            r"found 2 in the classes A, B",
        ),
        (
            "class A { static double score(double[] x) { return parity.harness.Json.text(x).length(); } }",
            "package parity.harness does not exist",
        ),
    ],
)
def test_what_javac_or_the_shape_forbids_is_an_error_with_its_reason(opened: Opener, code: str, message: str) -> None:
    with pytest.raises(ArtifactError, match=rf"(?s)cannot load .*churn-model\.java: .*{message}"):
        opened(code)


def test_a_jvm_without_a_compiler_is_told(opened: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", "--limit-modules=java.se")
    with pytest.raises(JvmError, match=r"the JVM in .* has no compiler \(module jdk\.compiler\): set JAVA_HOME to a JDK"):
        opened("class A { static double score(double[] x) { return x[0]; } }")


@pytest.mark.parametrize(
    ("code", "known"),
    [
        ("class Model { public static double[] score(double[] input) {", True),
        ("class Model { static double score ( final double [ ] x ) {", True),
        ("class Model { static double predict(double[] x) {", False),
        ("public static double score(double[] x) {", False),
        ("class Model { score(double[] x)", False),
    ],
)
def test_it_is_known_by_its_class_and_method(tmp_path: Path, code: str, known: bool) -> None:
    path = tmp_path / "model"
    path.write_text(code)
    assert find()["java-source"].recognises(path) is known
    if known:
        assert runtime_for(path).name == "java-source"
