"""`parity jars`: what is said before and after, as text and as JSON, and the exit codes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from parity.cli import main
from tests.jvm.maven import CONTENT, Machine, Repository, a_jar, a_machine, serving

JAR = a_jar("jpmml", licence="AGPL-3.0-only")


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = a_machine(tmp_path, monkeypatch)
    (tmp_path / "lib/parity-jpmml.jar").touch()
    made.locks(jpmml=[JAR])
    return made


@pytest.fixture
def online(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Repository]:
    with serving() as repository:
        repository.offer(JAR)
        monkeypatch.setenv("PARITY_MAVEN_REPO_URL", repository.url)
        yield repository


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["jars", *arguments], catch_exceptions=False)


def document(result: Result) -> Any:
    return json.loads(result.stdout)


def test_a_missing_jar_is_one_sentence_with_the_command(machine: Machine) -> None:
    result = call("verify")
    assert result.exit_code == 3
    (line,) = [line for line in result.stdout.splitlines() if line.startswith("jpmml: ")]
    assert "jpmml-1.0.jar" in line and "run `parity jars fetch jpmml`" in line


def test_size_and_licence_are_said_before_anything_is_fetched(machine: Machine, online: Repository) -> None:
    online.files.clear()
    result = call("fetch", "jpmml")
    assert result.exit_code == 3
    size, licence, error = result.stderr.splitlines()
    assert size == f"1 jar for jpmml, 0.5 MB, into {machine.store}"
    assert licence == "note: jpmml is under AGPL-3.0-only (jpmml-1.0.jar)"
    assert error.startswith("error: jpmml-1.0.jar (org.jpmml:jpmml:1.0) cannot be had")


def test_fetch_then_verify(machine: Machine, online: Repository) -> None:
    result = call("fetch")
    assert result.exit_code == 0
    path = machine.store / JAR.path
    assert result.stdout.splitlines() == [f"{path} ({online.url})", "brought 1 jar; 0 were here already; all are as locked"]
    again = call("fetch", "jpmml")
    assert (again.stdout, again.stderr) == ("brought 0 jars; 1 were here already; all are as locked\n", "")
    assert "jpmml: 3 jars, sizes and SHA-256 as locked\n" in call("verify").stdout
    path.write_bytes(CONTENT[::-1])
    verified = call("verify")
    assert verified.exit_code == 3
    assert "is not the jar that was locked" in verified.stdout


def test_fetch_as_json(machine: Machine, online: Repository) -> None:
    (fetched,) = document(call("fetch", "--json"))["fetched"]
    assert fetched["coordinate"] == JAR.coordinate and fetched["sha256"] == JAR.sha256
    assert (fetched["path"], fetched["source"]) == (str(machine.store / JAR.path), online.url)
    assert [one["file"] for one in document(call("fetch", "--json"))["here"]] == [JAR.file]


def test_fetch_into_a_folder(machine: Machine, online: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    there = machine.folder / "there"
    assert call("fetch", "--dest", str(there)).stdout.splitlines()[-1] == f"to use them, set PARITY_JARS={there}"
    assert call("verify").exit_code == 3
    monkeypatch.setenv("PARITY_JARS", str(there))
    assert call("verify").exit_code == 0


def test_offline(machine: Machine, online: Repository) -> None:
    result = call("fetch", "--offline")
    assert (result.exit_code, online.asked) == (3, [])
    assert "the network may not be used" in result.stderr


def test_a_runtime_that_is_not_known(machine: Machine) -> None:
    result = call("fetch", "jpml")
    assert result.exit_code == 2
    assert "no jars are locked for jpml; there are jpmml" in result.stderr


def test_a_runtime_that_needs_none(machine: Machine, online: Repository) -> None:
    assert call("fetch", "fake").stdout == "fake: no jars of others are needed\n"
    assert call("fetch", "fake", "jpmml").exit_code == 0
    assert len(online.asked) == 1


def test_from_a_bundle(machine: Machine, online: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = machine.folder / "b.zip"
    call("fetch")
    made = call("bundle", str(bundle))
    assert made.stdout.splitlines() == [f"{bundle}: 1 jar, 0.5 MB", "there: parity jars fetch --from b.zip"]
    assert made.stderr == "note: jpmml is under AGPL-3.0-only (jpmml-1.0.jar)\n"
    monkeypatch.setenv("XDG_DATA_HOME", str(machine.folder / "elsewhere"))
    assert document(call("fetch", "--from", str(bundle), "--json"))["fetched"][0]["source"] == str(bundle)
    assert call("fetch", "--from", "no.zip").exit_code == 2


def test_sbom_holds_what_is_here(machine: Machine, online: Repository) -> None:
    assert document(call("sbom", "--json"))["components"] == []
    missing = call("sbom", "jpmml")
    assert missing.exit_code == 3 and "run `parity jars fetch jpmml`" in missing.stdout
    call("fetch")
    made = document(call("sbom", "jpmml"))
    assert [one["purl"] for one in made["components"]] == ["pkg:maven/org.jpmml/jpmml@1.0?type=jar"]
    out = machine.folder / "sbom.json"
    assert call("sbom", "--out", str(out)).stdout == f"{out}: 1 jar\n"
    assert json.loads(out.read_text()) == made
    assert call("sbom", "--out", str(machine.folder / "no/sbom.json")).exit_code == 2
