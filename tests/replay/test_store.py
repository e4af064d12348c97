"""The store: bit for bit, whole or not at all, two runs at once, and clear words where the disk will not have it."""

from __future__ import annotations

import errno
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from parity.errors import StoreError
from parity.replay import Store, case_of, context_of, finding_id
from parity.replay.encode import finding_to_dict
from parity.replay.rows import row_bytes
from parity.values.case import Artifact, Case, ColumnRule
from parity.values.finding import Finding, Seen
from parity.values.plan import Phase
from parity.values.policy import Gate, Limit, OffDomain, Preset
from parity.values.settings import Item
from tests.report.samples import BRANCH_FLIP, MISSING, PAYLOAD_NAN, REFUSED

CONTEXT = {"case": "churn", "reference": "churn.joblib"}


def same(a: Finding, b: Finding) -> bool:
    return finding_to_dict(a) == finding_to_dict(b) and row_bytes(a.row) == row_bytes(b.row)


@pytest.mark.parametrize("finding", [BRANCH_FLIP, MISSING, REFUSED], ids=lambda f: f.kind)
def test_a_finding_comes_back_as_it_went(tmp_path: Path, finding: Finding) -> None:
    store = Store(tmp_path / ".parity")
    store.save(finding, CONTEXT)
    stored = store.load(finding.id)
    assert same(stored.finding, finding)
    assert stored.context == CONTEXT
    assert type(stored.finding.phase) is Phase


def test_payloads_and_scores_keep_their_bits(tmp_path: Path) -> None:
    row = pa.RecordBatch.from_arrays([pa.array([PAYLOAD_NAN])], names=["x"])
    seen = Seen({"p": [PAYLOAD_NAN, -0.0, float("inf"), None]}, {"p": [5e-324, 0.1, 2**60, "a"]})
    store = Store(tmp_path)
    store.save(replace(BRANCH_FLIP, row=row, seen=seen, tolerance=PAYLOAD_NAN), CONTEXT)
    found = store.load(BRANCH_FLIP.id).finding
    assert found.row.column(0).view(pa.uint64()).to_pylist() == [0x7FF8000000000001]
    assert finding_to_dict(found)["seen"] == finding_to_dict(replace(BRANCH_FLIP, seen=seen))["seen"]
    assert finding_to_dict(found)["tolerance"] == {"special": "nan", "bits": "7ff8000000000001"}


def test_people_find_hex_floats(tmp_path: Path) -> None:
    entry = Store(tmp_path).save(BRANCH_FLIP, CONTEXT)
    assert entry == tmp_path / "findings" / "a91f03c2d7e8"
    assert sorted(p.name for p in entry.iterdir()) == ["finding.json", "row.arrow"]
    assert json.loads((entry / "finding.json").read_text())["row"]["age"] == {
        "value": 41.50000000000001,
        "hex": "0x1.4c00000000001p+5",
    }


def test_saving_again_replaces(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.save(BRANCH_FLIP, CONTEXT)
    store.save(replace(BRANCH_FLIP, rows=1, row=BRANCH_FLIP.row.slice(0, 0)), CONTEXT)
    assert (store.load(BRANCH_FLIP.id).finding.rows, store.load(BRANCH_FLIP.id).finding.row.num_rows) == (1, 0)


def test_phases_of_one_run_leave_the_worst_that_one_of_them_saw(tmp_path: Path) -> None:
    store, worse = Store(tmp_path), replace(BRANCH_FLIP, worst=0.75, rows=2)
    for finding in (replace(BRANCH_FLIP, worst=0.5, rows=9), worse, replace(BRANCH_FLIP, worst=0.25, rows=4)):
        store.save(finding, CONTEXT, run="first")
    assert same(store.load(BRANCH_FLIP.id).finding, replace(worse, rows=9))
    store.save(replace(BRANCH_FLIP, worst=0.1, rows=1, phase=Phase.EXAMPLES), CONTEXT, run=None)
    again = store.load(BRANCH_FLIP.id)
    assert (again.finding.worst, again.finding.rows, again.run) == (0.75, 9, "first"), "a row asked again takes nothing back"
    store.save(replace(BRANCH_FLIP, worst=0.25, rows=4), CONTEXT, run="second")
    assert (store.load(BRANCH_FLIP.id).finding.worst, store.load(BRANCH_FLIP.id).finding.rows) == (0.25, 4)


def test_all_in_order_and_by_case(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert store.all() == ()
    for finding in (BRANCH_FLIP, MISSING, replace(REFUSED, case="other")):
        store.save(finding, CONTEXT)
    assert [s.finding.id for s in store.all()] == [MISSING.id, BRANCH_FLIP.id, REFUSED.id]
    assert [s.finding.id for s in store.all("other")] == [REFUSED.id]


def test_ids_may_be_shortened(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for identity in ("aaaa11111111", "aaaa22222222"):
        store.save(replace(BRANCH_FLIP, id=identity), CONTEXT)
    assert store.load("aaaa2").finding.id == "aaaa22222222"
    with pytest.raises(StoreError, match=r"'aaaa' is ambiguous .*aaaa11111111, aaaa22222222; give more digits"):
        store.load("aaaa")
    for wrong in ("bbbb", "a", "../..", ""):
        with pytest.raises(StoreError, match=r"no finding '.*' in .*\(12 hex digits.*kept there: aaaa11111111, aaaa22222222"):
            store.load(wrong)


def test_nothing_kept_says_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="none is kept there"):
        Store(tmp_path / "absent").load("a91f03c2d7e8")


def test_remove(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.save(BRANCH_FLIP, CONTEXT)
    store.remove(BRANCH_FLIP.id[:6])
    assert store.all() == ()
    assert [p.name for p in store.findings.iterdir()] == [".lock"]
    with pytest.raises(StoreError, match="no finding"):
        store.remove(BRANCH_FLIP.id)


def break_document(entry: Path) -> None:
    (entry / "finding.json").write_text("{")


def break_row(entry: Path) -> None:
    (entry / "row.arrow").write_bytes(row_bytes(BRANCH_FLIP.row)[:-9])


def lose_row(entry: Path) -> None:
    (entry / "row.arrow").unlink()


def newer_layout(entry: Path) -> None:
    text = (entry / "finding.json").read_text()
    (entry / "finding.json").write_text(text.replace('"schema": 1', '"schema": 2'))


def unknown_kind(entry: Path) -> None:
    text = (entry / "finding.json").read_text()
    (entry / "finding.json").write_text(text.replace('"branch-flip"', '"of-tomorrow"'))


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (break_document, "finding.json is damaged"),
        (break_row, "row.arrow is not the row that finding.json beside it was written with"),
        (lose_row, "row.arrow is not there"),
        (newer_layout, "has layout 2, this version reads 1"),
        (unknown_kind, "is damaged .*of-tomorrow"),
    ],
)
def test_a_broken_entry_is_told_and_harms_no_other(tmp_path: Path, damage: object, words: str) -> None:
    store = Store(tmp_path)
    store.save(MISSING, CONTEXT)
    damage(store.save(BRANCH_FLIP, CONTEXT))  # type: ignore[operator]
    assert [s.finding.id for s in store.all()] == [MISSING.id]
    (broken,) = store.broken()
    assert broken.id == BRANCH_FLIP.id
    assert re.search(words, broken.reason)
    with pytest.raises(StoreError, match=words):
        store.load(BRANCH_FLIP.id)
    store.remove(BRANCH_FLIP.id)
    assert store.broken() == ()


def test_leftovers_of_a_killed_writer_are_no_findings_and_go(tmp_path: Path) -> None:
    store = Store(tmp_path)
    entry = store.save(BRANCH_FLIP, CONTEXT)
    (entry / ".writing-abc").write_bytes(b"half")
    (store.findings / "notes").mkdir()
    assert [s.finding.id for s in store.all()] == [BRANCH_FLIP.id]
    store.save(BRANCH_FLIP, CONTEXT)
    assert not (entry / ".writing-abc").exists()


def save_often(folder: Path, rows: int) -> None:
    for n in range(40):
        values = pa.RecordBatch.from_arrays([pa.array([float(rows)] * (n % 3 + 1))], names=["x"])
        Store(folder).save(replace(BRANCH_FLIP, rows=rows, row=values), CONTEXT)


def test_two_runs_at_once(tmp_path: Path) -> None:
    """Readers never see one run's row with the other's document, nor half a file."""
    store = Store(tmp_path)
    save_often(tmp_path, 1)
    with ProcessPoolExecutor(2) as pool:
        running = [pool.submit(save_often, tmp_path, rows) for rows in (1, 2)]
        while not all(r.done() for r in running):
            found = store.load(BRANCH_FLIP.id).finding
            assert found.row.column(0)[0].as_py() == found.rows
        assert [r.result() for r in running] == [None, None]
    assert store.broken() == ()


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / ".parity").write_text("")
    with pytest.raises(
        StoreError, match=r"cannot keep finding a91f03c2d7e8 in .*Not a directory. Make the folder writable.*--parity-out DIR"
    ):
        Store(tmp_path / ".parity").save(BRANCH_FLIP, CONTEXT)


FULL = """
import resource, signal, sys
from pathlib import Path
from parity.errors import StoreError
from parity.replay import Store
from tests.report.samples import BRANCH_FLIP
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300))
try:
    Store(Path(sys.argv[1])).save(BRANCH_FLIP, {})
except StoreError as error:
    print(error)
"""


def test_no_room_for_the_file_leaves_nothing_half_done(tmp_path: Path) -> None:
    """A limit of 300 bytes on every file of the process stops the write as a full disk does, in the middle."""
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", FULL, str(tmp_path)], cwd=root, capture_output=True, text=True, check=True)
    assert re.search(
        r"cannot keep finding a91f03c2d7e8 in .*File too large. Make the folder writable, on a disk with room left", done.stdout
    )
    assert [p.name for p in (tmp_path / "findings").iterdir()] == [".lock"]


@pytest.mark.parametrize(("number", "words"), [(errno.ENOSPC, "No space left on device"), (errno.EROFS, "Read-only file system")])
def test_a_full_or_read_only_disk_keeps_the_old_entry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    store = Store(tmp_path)
    store.save(BRANCH_FLIP, CONTEXT)

    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(StoreError, match=words):
        store.save(replace(BRANCH_FLIP, rows=1), CONTEXT)
    monkeypatch.undo()
    assert same(store.load(BRANCH_FLIP.id).finding, BRANCH_FLIP)
    assert sorted(p.name for p in (store.findings / BRANCH_FLIP.id).iterdir()) == ["finding.json", "row.arrow"]


CASE = Case(
    name="churn",
    reference="models.churn:build()",
    artifacts=(Artifact(Path("churn.ubj"), options={"missing": -999.0}), Artifact(Path("churn.onnx"))),
    root=Path("/home/me/project"),
    data=Path("sample.parquet"),
    inputs={"num": ("age", "income")},
    outputs={"probability": "probabilities"},
    ignore_outputs=("leaf",),
    columns={"age": ColumnRule(minimum=18.0, maximum=float("inf"), categories=("a", "b")), "city": ColumnRule(unseen=True)},
    gate=Gate(Preset.BITWISE, Limit(1e-7, 1e-5, "four digits"), label_flips=2, off_domain=OffDomain.ERROR),
    source="/home/me/project/parity.toml",
)


def test_a_fresh_process_gets_the_case_back(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.save(BRANCH_FLIP, Item(CASE, CASE.artifacts[0], "xgboost4j", Phase.RANDOM, "xgboost4j-random"))
    context = store.load(BRANCH_FLIP.id).context
    found = case_of(context)
    assert found == replace(
        CASE,
        data="sample.parquet",
        artifacts=(Artifact(Path("/home/me/project/churn.ubj"), ("xgboost4j",), {"missing": -999.0}),),
    )
    assert (context["source"], context["runtime"]) == ("/home/me/project/parity.toml", "xgboost4j")


def test_an_object_of_the_process_cannot_come_back() -> None:
    context = context_of(
        Item(replace(CASE, reference=object(), data={"x": [1]}), CASE.artifacts[1], "onnxruntime", Phase.RANDOM, "")
    )
    assert (context["reference"], context["data"], case_of(context)) == (None, None, None)


def test_ids_are_stable_and_tell_everything_apart() -> None:
    parts = ["churn", "churn.onnx", "onnxruntime", "probability", "value", "edge"]
    assert finding_id(*parts) == finding_id(*parts) == "053b7150e0f5"
    others = {finding_id(*[*parts[:i], parts[i] + "x", *parts[i + 1 :]]) for i in range(6)}
    assert len(others | {finding_id(*parts)}) == 7
    assert finding_id("a", "bc", "", "", "", "") != finding_id("ab", "c", "", "", "", "")
