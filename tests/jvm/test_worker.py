from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from parity.jvm.client import Client
from parity.jvm.process import WorkerLostError, WorkerProcess
from parity.values.outcome import Scores
from tests.jvm.sessions import fake_launch

ROOT = Path(__file__).parents[2]
OWNER = """
import os, sys, json, threading
from pathlib import Path
import pyarrow as pa
from parity.jvm.client import Client
from tests.jvm.sessions import fault_launch
client = Client(fault_launch(Path(sys.argv[1]), {"hang": 13}))
channel = client._link._channel
if sys.argv[2] == "hanging":
    threading.Thread(target=client.score, args=(pa.record_batch({"a": [13.0]}),), daemon=True).start()
print(json.dumps([channel.pid, channel.tmp]), flush=True)
sys.stdin.read()
"""


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z" if Path("/proc").exists() else True


def wait_until(done: Callable[[], bool], seconds: float = 15.0) -> bool:
    deadline = time.monotonic() + seconds
    while not done() and time.monotonic() < deadline:
        time.sleep(0.02)
    return done()


@pytest.mark.parametrize("state", ["idle", "hanging"])
def test_a_worker_ends_with_its_client_and_takes_its_folder_along(tmp_path: Path, state: str) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(tmp_path), state],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert owner.stdin is not None
    assert owner.stdout is not None
    pid, folder = json.loads(owner.stdout.readline())
    assert alive(pid)
    assert Path(folder).is_dir()
    if state == "hanging":
        assert wait_until(lambda: bool(list(tmp_path.rglob("*.block"))))
    owner.send_signal(signal.SIGKILL)
    owner.communicate()
    assert wait_until(lambda: not alive(pid))
    assert wait_until(lambda: not Path(folder).exists())


def test_a_client_that_is_never_closed_leaves_no_process_behind(tmp_path: Path) -> None:
    code = OWNER.replace("sys.stdin.read()", "")
    command = [sys.executable, "-c", code, str(tmp_path), "idle"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    pid, folder = json.loads(ended.stdout)
    assert not alive(pid)
    assert not Path(folder).exists()


def test_two_sessions_are_two_processes(tmp_path: Path) -> None:
    one, two = Client(fake_launch(tmp_path / "1", {"a": 1.0})), Client(fake_launch(tmp_path / "2", {"a": 2.0}))
    batch = pa.record_batch({"a": [3.0]})
    for _ in range(3):
        assert _scores(one.score(batch)).outputs[0].values.item() == 3.0
        assert _scores(two.score(batch)).outputs[0].values.item() == 6.0
    two.close()
    assert _scores(one.score(batch)).outputs[0].values.item() == 3.0
    one.close()


def _scores(outcome: object) -> Scores:
    assert isinstance(outcome, Scores), outcome
    return outcome


def test_a_worker_that_is_interrupted_in_a_request_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    process = WorkerProcess(fake_launch(tmp_path, {"a": 1.0}))

    def interrupted(*_: object) -> bytes:
        raise KeyboardInterrupt

    monkeypatch.setattr(process, "_receive", interrupted)
    with pytest.raises(KeyboardInterrupt):
        process.request({"op": "close", "archive": []}, 10.0)
    assert not alive(process.pid)


def test_how_a_worker_was_lost_is_said(tmp_path: Path) -> None:
    process = WorkerProcess(fake_launch(tmp_path, {"a": 1.0}))
    os.kill(process.pid, signal.SIGTERM)
    with pytest.raises(WorkerLostError, match=r"the worker of fake was killed by signal 15 \(SIGTERM\)") as lost:
        process.request({"op": "open"}, 10.0)
    assert lost.value.kind == "crash"


INLINE = """
import os, sys, warnings
from dataclasses import replace
from pathlib import Path
import pyarrow as pa
from parity.errors import JvmError
from parity.jvm.client import Client
from parity.jvm.inline import InlineChannel
from parity.values.outcome import Refusal
from tests.jvm.sessions import fake_launch, fault_launch
folder = Path(sys.argv[1])
batch = pa.record_batch({"a": [1.0, 2.0]})
first = Client(fake_launch(folder, {"a": 2.0}), InlineChannel)
print(first.score(batch).outputs[0].values.ravel().tolist())
second = Client(fault_launch(folder / "2", {"refuse": 2}), InlineChannel)
print(second.score(batch).kind, second.score(batch.slice(0, 1)).outputs[0].values.tolist())
print(first.score(batch).outputs[0].values.ravel().tolist())
try:
    Client(fake_launch(folder, {"a": 2.0}, class_path=(folder / "other.jar",)), InlineChannel)
except JvmError as error:
    print("inline mode serves one runtime per process" in str(error))
warnings.simplefilter("ignore")
child = os.fork()
if child == 0:
    try:
        Client(fake_launch(folder, {"a": 2.0}), InlineChannel)
    except JvmError as error:
        os._exit(17 if "a forked JVM hangs" in str(error) else 1)
    os._exit(2)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
first.close(); second.close()
print(list(folder.rglob("*.block")), list(folder.rglob("*.log")))
"""


def test_inline_is_the_same_session_over_this_process_s_jvm(tmp_path: Path) -> None:
    ran = subprocess.run([sys.executable, "-c", INLINE, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines() == ["[2.0, 4.0]", "invalid-value [[1.0]]", "[2.0, 4.0]", "True", "17", "[] []"]
