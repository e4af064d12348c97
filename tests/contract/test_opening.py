"""Opening, two at once, and closing, for every runtime; and what becomes of files that are no artifacts."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path

import pytest

from parity.errors import ArtifactError, ConfigurationError
from parity.runtimes import find, open_session
from parity.values.case import Artifact
from parity.values.outcome import Refusal
from tests.contract.artifacts import Made
from tests.contract.conftest import Opener, open_bound
from tests.contract.test_scoring import bits, scores_of


def open_file(runtime: str, path: Path, folder: Path) -> None:
    open_session(find()[runtime], Artifact(path), folder=folder / ".parity", timeout=60.0).close()


def test_two_sessions_at_once_do_not_disturb_each_other(
    runtime: str, artifacts: tuple[Made, ...], opened: Opener, tmp_path: Path
) -> None:
    made = artifacts[0]
    first, second = opened(runtime, made), open_bound(runtime, made, tmp_path / ".parity")
    assert bits(scores_of(first.score(made.rows))) == bits(scores_of(second.score(made.rows)))
    second.close()
    scores_of(first.score(made.rows))


def test_closing_ends_the_process_and_removes_every_file(
    runtime: str, artifacts: tuple[Made, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    session = open_bound(runtime, artifacts[-1], tmp_path / ".parity")
    scores_of(session.score(artifacts[-1].rows))
    pid: int = session._link._channel.pid  # type: ignore[attr-defined]
    os.kill(pid, 0)
    session.close()
    session.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert all(path.suffix == ".log" and path.stat().st_size for path in left), "only what the engine itself printed may stay"
    assert list(tmp_path.glob("parity-*")) == []
    assert isinstance(session.score(artifacts[-1].rows), Refusal)


def test_a_truncated_artifact_is_an_error_that_names_it(runtime: str, artifacts: tuple[Made, ...], tmp_path: Path) -> None:
    for made in artifacts:
        cut = truncated(made.path, tmp_path)
        with pytest.raises(ArtifactError, match=re.escape(cut.name)) as error:
            open_file(runtime, cut, tmp_path)
        assert len(str(error.value)) < 1_000
        assert "\tat " not in str(error.value), "no stack trace"


def truncated(path: Path, folder: Path) -> Path:
    """A copy without its end; of a folder its first large file is cut."""
    copy = folder / path.name
    if path.is_dir():
        shutil.copytree(path, copy)
    else:
        shutil.copyfile(path, copy)
    file = (
        max((part for part in copy.rglob("*") if part.is_file()), key=lambda part: part.stat().st_size) if path.is_dir() else copy
    )
    content = file.read_bytes()
    file.write_bytes(content[: len(content) * 2 // 3].rstrip(b"0123456789.=- \n"))
    return copy


def test_an_empty_an_absent_and_a_foreign_file_are_errors_before_a_jvm_starts(
    runtime: str, artifacts: tuple[Made, ...], made: tuple[Made, ...], tmp_path: Path
) -> None:
    suffix = artifacts[0].path.suffix
    empty = tmp_path / f"empty{suffix}"
    empty.touch()
    with pytest.raises(ArtifactError, match=r"is empty \(0 bytes\)"):
        open_file(runtime, empty, tmp_path)
    with pytest.raises(ArtifactError, match="does not exist"):
        open_file(runtime, tmp_path / f"absent{suffix}", tmp_path)
    foreign = tmp_path / f"foreign{suffix}"
    for content in [one.path.read_bytes() for one in made if one not in artifacts and one.path.is_file()] + [
        b"PK\x03\x04" + b"\0" * 99,
        b"\xff" * 99,
    ]:
        foreign.write_bytes(content)
        with pytest.raises(ArtifactError, match=re.escape(foreign.name)):
            open_file(runtime, foreign, tmp_path)
    assert not (tmp_path / ".parity").exists()


def test_an_unknown_option_is_an_error(runtime: str, artifacts: tuple[Made, ...], tmp_path: Path) -> None:
    artifact = Artifact(artifacts[0].path, options={"colour": "red"})
    with pytest.raises(ConfigurationError, match=f"{runtime} does not know the option 'colour'"):
        open_session(find()[runtime], artifact, folder=tmp_path)
