"""A project whose pipeline is canned: what a case comes to stands in its name, so that only the plugin is tested."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import pytest

# pytester forgets after each run what was first imported in it, and numpy cannot be imported twice.
import parity.pipeline
import parity.plugin.session
import parity.report.json_report
import parity.report.terminal  # noqa: F401

CONFTEST = """
import json
import os
from pathlib import Path

import pyarrow as pa
import pytest

from parity import pipeline
from parity.errors import JvmError, MatchingError
from parity.values.finding import Finding, FindingKind, Seen
from parity.values.plan import Phase
from parity.values.result import PhaseResult, Verdict

VERDICTS = {"passing": "pass", "drifting": "fail", "unmeasured": "not-measured", "linear": "not-applicable"}


class Bench:
    def close(self):
        pass


def finding(item):
    row = pa.record_batch({"age": pa.array([41.5])})
    seen = Seen({"probability": [0.81, 0.19]}, {"probability": [0.23, 0.77]})
    return Finding(
        "a91f03c2d7e8", item.case.name, item.artifact.path.name, item.runtime, item.phase, FindingKind.VALUE, "probability",
        "sample", 22, row, ("age",), seen, 0.58, 1e-6, False,
    )


def run_item(item, settings, bench, progress=lambda text: None):
    name = item.case.name
    if os.environ.get("PARITY_SEEN"):
        with open(os.environ["PARITY_SEEN"], "a") as file:
            told = {name: str(getattr(settings, name)) for name in ("folder", "profile", "seed", "rows", "max_seconds", "inline")}
            file.write(json.dumps({"item": item.id, "case": name, "reference": repr(item.case.reference), **told}) + "\\n")
    if name == "no-jvm":
        raise JvmError("no JVM was found; install a JDK 17")
    if name == "mismatched":
        raise MatchingError("columns age, income do not fit inputs age, city")
    if name == "interrupted":
        pytest.exit("Ctrl-C, or the like of it")
    if name == "crashing":
        raise ZeroDivisionError("ours")
    verdict = Verdict(VERDICTS[name])
    return PhaseResult(
        case=name, artifact=item.artifact.path.name, runtime=item.runtime, phase=item.phase, verdict=verdict,
        reason=f"canned {verdict}", rows=100, compared=100, drifted=22 if verdict is Verdict.FAIL else 0,
        findings=(finding(item),) if verdict is Verdict.FAIL else (),
    )


def pytest_configure(config):
    patch = pytest.MonkeyPatch()
    patch.setattr(pipeline, "run_item", run_item)
    patch.setattr(pipeline, "Workbench", Bench)
    config.add_cleanup(patch.undo)
"""


class Project:
    """A pytester folder with canned cases, each an artifact of the fake runtime."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.pytester = pytester
        pytester.makeconftest(CONFTEST)
        (pytester.path / "model.fake").write_text("age = 2.0\n")
        (pytester.path / "reference.joblib").write_bytes(b"never loaded: the pipeline is canned")

    def toml(self, *names: str, more: str = "") -> str:
        cases = "".join(
            f'[[case]]\nname = "{name}"\nreference = "reference.joblib"\nartifacts = ["model.fake"]\n{more}\n' for name in names
        )
        return f"schema = 1\n{cases}"

    def write(self, *names: str, more: str = "") -> None:
        (self.pytester.path / "parity.toml").write_text(self.toml(*names, more=more))

    def module(self, source: str, name: str = "test_cases.py") -> None:
        (self.pytester.path / name).write_text(textwrap.dedent(source))

    def run(self, *arguments: str) -> pytest.RunResult:
        return self.pytester.runpytest_inprocess("-p", "no:xdist", "--parity", *arguments)

    def seen(self, monkeypatch: pytest.MonkeyPatch, arguments: Sequence[str]) -> list[dict[str, str]]:
        """What reached the pipeline, one mapping per item."""
        import json

        path = self.pytester.path / "seen.jsonl"
        monkeypatch.setenv("PARITY_SEEN", str(path))
        self.run(*arguments)
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@pytest.fixture
def project(pytester: pytest.Pytester) -> Project:
    return Project(pytester)
