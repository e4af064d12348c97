"""Workers that really die, hang and run out of memory: the batch is kept, the session goes on, nothing stays behind."""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from parity.errors import JvmError, StoreError
from parity.jvm import stillness
from parity.jvm.block import read_journal
from parity.jvm.client import Client
from parity.runtimes import find, open_session
from parity.runtimes.isolate import Allowance, score_rows
from parity.values.case import Artifact
from parity.values.outcome import Outcome, Refusal, Scores
from tests.jvm.sessions import QUICK, fault_launch

GOOD = pa.record_batch({"a": [1.0, 2.0]})
BAD = pa.record_batch({"a": [1.0, 13.0, 2.0]})
FEW = (*QUICK, "-Xmx64m")


@pytest.fixture
def clients() -> Iterator[list[Client]]:
    opened: list[Client] = []
    yield opened
    for client in opened:
        client.close()


def refused(outcome: Outcome, kind: str) -> Refusal:
    assert isinstance(outcome, Refusal), outcome
    assert outcome.kind == kind
    return outcome


def assert_scores(client: Client) -> None:
    outcome = client.score(GOOD)
    assert isinstance(outcome, Scores), outcome
    assert outcome.outputs[0].values.ravel().tolist() == [1.0, 2.0]


def journals(folder: Path) -> list[Path]:
    return sorted((folder / ".parity" / "journal").iterdir())


def pid(client: Client) -> int:
    channel = client._link._channel
    assert channel is not None
    return int(channel.pid)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("fault", "kind", "message", "changes"),
    [
        ("crash", "crash", r"was killed by signal \d+ \(SIG\w+\) after SIG(SEGV|BUS) in \[libjvm\S*\] Unsafe_\w+;", {}),
        ("halt", "crash", "ended with exit status 12", {}),
        ("hang", "timeout", "gave no answer within 2 s and was ended", {"timeout": 2.0}),
        ("oom", "out-of-memory", "Java heap space", {"flags": FEW}),
    ],
)
def test_a_worker_that_is_lost_is_an_outcome(
    tmp_path: Path, clients: list[Client], fault: str, kind: str, message: str, changes: dict[str, object]
) -> None:
    client = Client(fault_launch(tmp_path, {fault: 13}, **changes))
    clients.append(client)
    assert_scores(client)
    first = pid(client)

    refusal = refused(client.score(BAD), kind)
    with pytest.raises(ProcessLookupError):
        os.kill(first, 0)
    (journal,) = journals(tmp_path)
    assert read_journal(journal).equals(BAD), "the batch is in the journal"
    assert str(journal) in refusal.message
    assert re.search(message, refusal.message), refusal.message

    assert_scores(client)
    assert pid(client) != first
    client.close()
    assert journals(tmp_path) == [journal], "what a crash left is kept, what a clean end left is not"


def test_a_worker_that_stands_still_is_not_waited_for_as_long_as_one_that_computes(
    tmp_path: Path, clients: list[Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stillness, "STILL_SECONDS", 2.0)
    client = Client(fault_launch(tmp_path, {"hang": 13}, timeout=100.0))
    clients.append(client)
    start = time.monotonic()
    refusal = refused(client.score(BAD), "timeout")
    assert time.monotonic() - start < 50
    assert "the worker of fake computed nothing for " in refusal.message
    assert_scores(client)


def test_a_worker_that_is_killed_in_a_batch(tmp_path: Path, clients: list[Client]) -> None:
    client = Client(fault_launch(tmp_path, {"hang": 13}))
    clients.append(client)

    def kill_when_scoring() -> None:
        while not list(tmp_path.rglob("*.block")):
            time.sleep(0.01)
        time.sleep(0.2)
        os.kill(pid(client), signal.SIGKILL)

    killer = threading.Thread(target=kill_when_scoring)
    killer.start()
    refusal = refused(client.score(BAD), "crash")
    killer.join()
    assert refusal.message.startswith("the worker of fake was killed by signal 9 (SIGKILL); the batch is kept in ")
    assert read_journal(journals(tmp_path)[0]).equals(BAD)
    assert_scores(client)


def test_a_worker_that_died_between_batches_is_noticed_at_the_next(tmp_path: Path, clients: list[Client]) -> None:
    client = Client(fault_launch(tmp_path, {}))
    clients.append(client)
    os.kill(pid(client), signal.SIGKILL)
    refused(client.score(GOOD), "crash")
    assert_scores(client)


def test_the_row_that_kills_is_found_and_the_others_are_scored(tmp_path: Path, clients: list[Client]) -> None:
    client = Client(fault_launch(tmp_path, {"crash": 13}))
    clients.append(client)
    scores = score_rows(client.score, pa.record_batch({"a": [float(i) for i in range(20)]}), Allowance())
    assert {row: refusal.kind for row, refusal in scores.refused.items()} == {13: "crash"}
    assert scores.outputs[0].values[[0, 12, 14, 19], 0].tolist() == [0.0, 12.0, 14.0, 19.0]


def test_a_row_that_makes_the_batch_be_refused_is_found(tmp_path: Path, clients: list[Client]) -> None:
    client = Client(fault_launch(tmp_path, {"refuse": 13}))
    clients.append(client)
    scores = score_rows(client.score, pa.record_batch({"a": [float(i) for i in range(1000)]}), Allowance())
    assert scores.refused == {13: Refusal("invalid-value", "refused on purpose because of one row")}


def test_a_hang_is_ended_and_so_is_its_process_group(tmp_path: Path) -> None:
    client = Client(fault_launch(tmp_path, {"hang": 13}, timeout=1.0))
    worker, start = pid(client), time.monotonic()
    refused(client.score(BAD), "timeout")
    assert time.monotonic() - start < 5
    client.close()
    with pytest.raises(ProcessLookupError):
        os.killpg(worker, 0)


def test_a_crash_report_stays_with_the_log_and_not_in_the_current_folder(
    tmp_path: Path, clients: list[Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    client = Client(fault_launch(tmp_path, {"crash": 13}))
    clients.append(client)
    refused(client.score(BAD), "crash")
    assert list(here.iterdir()) == []
    assert [path.suffix for path in sorted((tmp_path / ".parity" / "logs").iterdir())] == [".crash", ".log"]


def test_a_folder_that_cannot_be_written_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / ".parity").write_text("a file in the way")
    with pytest.raises(StoreError, match=r"cannot be written.*make the folder writable"):
        Client(fault_launch(tmp_path, {}))


def test_a_java_home_that_points_nowhere_is_a_jvm_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "nowhere"))
    (tmp_path / "m.fake").write_text("a = 1\n")
    with pytest.raises(JvmError, match=r"JAVA_HOME is .*nowhere, which does not exist"):
        open_session(find()["fake"], Artifact(tmp_path / "m.fake"), folder=tmp_path)
    assert not (tmp_path / "journal").exists()
