from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from parity.errors import ArtifactError, DataError, JarsError, JvmError
from parity.jvm.block import LARGEST
from parity.jvm.client import Client
from parity.jvm.launch import Launch
from parity.jvm.link import _short
from parity.values.outcome import Outcome, Refusal, Scores
from parity.values.signature import InputSpec, OutputKind, OutputSpec
from parity.values.timing import TimingPlan
from tests.jvm.sessions import echo_launch, fake_launch, fault_launch

PATTERNS = 2_000_000
NUMERIC = {"float32": np.uint32, "float64": np.uint64, "int32": np.uint32, "int64": np.uint64}
TYPES = ("float32", "float64", "int32", "int64", "bool", "string")


@pytest.fixture(scope="module")
def echo(tmp_path_factory: pytest.TempPathFactory, echo_classes: Path) -> Iterator[Client]:
    client = Client(echo_launch(tmp_path_factory.mktemp("echo"), {t: t for t in TYPES}, echo_classes, timeout=120.0))
    yield client
    client.close()


@pytest.fixture(scope="module")
def fake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    client = Client(fake_launch(tmp_path_factory.mktemp("fake"), {"a": 2.0, "b": -1.0}))
    yield client
    client.close()


def echoed(echo: Client, columns: dict[str, pa.Array]) -> Scores:
    """Scores of a batch in which the columns that a test does not care for are missing."""
    rows = len(next(iter(columns.values())))
    kinds = {"float32": pa.float32(), "float64": pa.float64(), "int32": pa.int32(), "int64": pa.int64(), "bool": pa.bool_()}
    batch = pa.record_batch({t: columns[t] if t in columns else pa.nulls(rows, kinds.get(t, pa.string())) for t in TYPES})
    return answered(echo.score(batch))


def answered(outcome: Outcome) -> Scores:
    assert isinstance(outcome, Scores), outcome
    return outcome


def values(scores: Scores, name: str) -> np.ndarray:
    return next(output for output in scores.outputs if output.spec.name == name).values[:, 0]


def missing(scores: Scores, name: str) -> list[bool]:
    mask = next(output for output in scores.outputs if output.spec.name == name).missing
    return [False] * scores.rows if mask is None else mask[:, 0].tolist()


def test_two_million_random_bit_patterns_of_each_number_come_out_as_they_went_in(echo: Client) -> None:
    rng = np.random.default_rng(20261125)
    sent = {t: rng.integers(0, np.iinfo(bits).max, PATTERNS, bits, endpoint=True) for t, bits in NUMERIC.items()}
    scores = echoed(echo, {t: pa.array(bits.view(t)) for t, bits in sent.items()})
    for t, bits in sent.items():
        got = values(scores, t)
        assert got.dtype == np.dtype(t)
        assert np.array_equal(got.view(bits.dtype), bits), t
    assert np.isnan(values(scores, "float32")).sum() > 5_000, "NaN payloads were among them"


@pytest.mark.parametrize(
    ("name", "bits"),
    [
        ("float64", [0x8000000000000000, 0x7FF8000000000001, 0xFFF8DEADBEEF0001, 0x7FF0000000000001, 1, 0x4340000000000001]),
        ("float32", [0x80000000, 0x7FC00001, 0xFFC0BEEF, 0x7F800001, 1, 0x00800000]),
        ("int64", [2**53 + 1, 2**63, 2**64 - 1, 0, 2**63 - 1, 7]),
    ],
)
def test_special_bits(echo: Client, name: str, bits: list[int]) -> None:
    sent = np.array(bits, NUMERIC[name])
    assert values(echoed(echo, {name: pa.array(sent.view(name))}), name).view(sent.dtype).tolist() == bits


def test_missing_is_not_nan_and_not_empty_text(echo: Client) -> None:
    scores = echoed(echo, {"float64": pa.array([None, float("nan"), 1.0]), "string": pa.array(["", None, "x"])})
    assert missing(scores, "float64") == [True, False, False]
    assert np.isnan(values(scores, "float64")[1])
    assert missing(scores, "string") == [False, True, False]
    assert values(scores, "string")[[0, 2]].tolist() == ["", "x"]


def test_text_of_all_planes_and_bools_with_missing(echo: Client) -> None:
    text = ["", "a", "é", "Łódź", "日本語", "😀𝔘", "a\0b", '\n\t\\"', "\ufeff", "\U0010ffff", "e\u0301", " "] * 50 + [None]
    text += [chr(c) for c in range(0, 0x110000, 97) if not 0xD800 <= c < 0xE000]
    flags = [True, False, None] * (len(text) // 3) + [True] * (len(text) % 3)
    scores = echoed(echo, {"string": pa.array(text), "bool": pa.array(flags)})
    assert [None if m else v for v, m in zip(values(scores, "string"), missing(scores, "string"), strict=True)] == text
    assert [None if m else bool(v) for v, m in zip(values(scores, "bool"), missing(scores, "bool"), strict=True)] == flags


def test_a_slice_and_an_empty_batch_cross_like_any_other(echo: Client) -> None:
    column = pa.array(np.arange(100.0))
    assert values(echoed(echo, {"float64": column.slice(37, 13)}), "float64").tolist() == list(range(37, 50))
    assert echoed(echo, {"float64": column.slice(0, 0)}).rows == 0


def test_a_batch_that_does_not_fit_goes_in_parts_and_one_long_text_gets_a_larger_block(echo: Client) -> None:
    texts = pa.array([str(i) * 200_000 for i in range(10)] * 60)
    assert texts.nbytes > LARGEST
    scores = echoed(echo, {"string": texts})
    assert values(scores, "string").tolist() == texts.to_pylist()
    long = "x" * (LARGEST + 5)
    assert values(echoed(echo, {"string": pa.array([long])}), "string").tolist() == [long]


def test_the_signature_is_what_the_artifact_says(fake: Client) -> None:
    assert fake.signature.inputs == (InputSpec("a", "float64"), InputSpec("b", "float64"))
    assert fake.signature.outputs == (OutputSpec("value", "float64", OutputKind.VALUE, 1),)
    assert fake.environment["versions"]["engine"] == "fake"


def test_scores_are_copies(fake: Client) -> None:
    first = answered(fake.score(pa.record_batch({"a": [1.0, 2.0], "b": [0.0, 0.0]})))
    answered(fake.score(pa.record_batch({"a": [9.0, 9.0], "b": [9.0, 9.0]})))
    assert first.outputs[0].values.tolist() == [[2.0], [4.0]]


def test_columns_are_fed_as_bound_whatever_their_names_and_order(tmp_path: Path) -> None:
    client = Client(fake_launch(tmp_path, {"a": 2.0, "b": -1.0}))
    client.bind({"a": ("alpha",), "b": ("beta",)})
    batch = pa.record_batch({"id": ["x"], "beta": [3.0], "alpha": [5.0]})
    assert answered(client.score(batch)).outputs[0].values.tolist() == [[7.0]]
    client.bind({"a": ("beta",), "b": ("alpha",)})
    assert answered(client.score(batch)).outputs[0].values.tolist() == [[1.0]]
    client.close()


def test_schemas_may_alternate(fake: Client) -> None:
    wide, narrow = pa.record_batch({"a": [1.0], "b": [1.0]}), pa.record_batch({"b": pa.array([1], pa.int8()), "a": [1.0]})
    for _ in range(3):
        assert answered(fake.score(wide)).outputs[0].values.tolist() == [[1.0]]
        assert answered(fake.score(narrow)).outputs[0].values.tolist() == [[1.0]]


def test_refusals_of_the_batch_and_of_rows_carry_the_runtime_s_text(tmp_path: Path, fake: Client) -> None:
    absent = fake.score(pa.record_batch({"a": [1.0]}))
    assert absent == Refusal("column-absent", "column b was not given")
    foreign = fake.score(pa.record_batch({"a": [1.0], "b": pa.array([0], pa.timestamp("s"))}))
    assert isinstance(foreign, Refusal)
    assert foreign.kind == "type"
    client = Client(fault_launch(tmp_path, {"refuse-row": 13}))
    scores = answered(client.score(pa.record_batch({"a": [1.0, 13.0, 2.0, 13.0]})))
    assert scores.refused == dict.fromkeys((1, 3), Refusal("invalid-value", "refused on purpose"))
    client.close()


def test_what_java_prints_goes_to_the_log_and_not_into_the_protocol(tmp_path: Path) -> None:
    client = Client(fault_launch(tmp_path, {"print": 13}))
    answered(client.score(pa.record_batch({"a": [13.0]})))
    client.close()
    logs = list((tmp_path / ".parity" / "logs").iterdir())
    assert [log.read_text().strip() for log in logs] == ["printed on purpose"]


def test_timing_is_taken_inside_and_the_crossing_apart(fake: Client) -> None:
    batch = pa.record_batch({"a": np.arange(100.0), "b": np.arange(100.0)})
    plan = TimingPlan(batch_rows=10, warmup_rows=1000, samples=50)
    timing = fake.time(batch, plan)
    assert timing.batch_rows == 10
    assert 1 <= len(timing.nanoseconds) <= 50
    assert min(timing.nanoseconds) > 0
    assert timing.crossing_ns is not None
    assert timing.crossing_ns > 0
    with pytest.raises(DataError, match="batches of 1000 rows are to be timed, but only 100 were given"):
        fake.time(batch, TimingPlan(batch_rows=1000))


def test_a_clean_close_leaves_no_file_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    client = Client(fake_launch(tmp_path / "here", {"a": 1.0}))
    answered(client.score(pa.record_batch({"a": [1.0]})))
    assert [path.suffix for path in (tmp_path / "here" / ".parity" / "journal").iterdir()] == [".block"]
    assert list(tmp_path.glob("parity-*"))
    client.close()
    client.close()
    assert [str(path) for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".fake"] == []
    assert not list(tmp_path.glob("parity-*"))
    assert client.score(pa.record_batch({"a": [1.0]})) == Refusal("other", "the session of fake is closed")


def test_an_archive_of_classes_is_written_once_and_used(tmp_path: Path) -> None:
    names = tmp_path / "new.tmp", tmp_path / "new.jsa"
    writing, using = f"-XX:ArchiveClassesAtExit={names[0]}", f"-XX:SharedArchiveFile={names[1]}"
    client = Client(fake_launch(tmp_path, {"a": 1.0}, archive=names, flags=("-XX:+UseSerialGC", writing)))
    answered(client.score(pa.record_batch({"a": [1.0]})))
    client.close()
    assert names[1].stat().st_size > 100_000
    assert not names[0].exists()
    used = Client(fake_launch(tmp_path, {"a": 1.0}, flags=("-XX:+UseSerialGC", "-Xshare:on", using)))
    answered(used.score(pa.record_batch({"a": [1.0]})))
    used.close()


def test_errors_of_opening_name_what_is_wrong(tmp_path: Path) -> None:
    bad = tmp_path / "bad.fake"
    bad.write_text("a = heavy\n")
    with pytest.raises(ArtifactError, match=r"fake cannot load .*bad\.fake: .*heavy"):
        Client(fake_launch(tmp_path, {"a": 1.0}, artifact=bad))
    with pytest.raises(JarsError, match=r"the jars of fake are incomplete: .*NoSuchScorer.*`make java`"):
        Client(fake_launch(tmp_path, {"a": 1.0}, scorer="parity.harness.NoSuchScorer"))
    with pytest.raises(JvmError, match=r"the JVM .*libjvm would not start"):
        Client(fake_launch(tmp_path, {"a": 1.0}, jvm=tmp_path / "libjvm"))
    assert not list((tmp_path / ".parity").rglob("*.block"))


def test_a_damaged_archive_of_classes_is_removed_and_the_session_opens_without_it(tmp_path: Path) -> None:
    archive = tmp_path / "new.jsa"
    writing = ("-XX:+UseSerialGC", f"-XX:ArchiveClassesAtExit={tmp_path / 'new.tmp'}")
    Client(fake_launch(tmp_path, {"a": 1.0}, archive=(tmp_path / "new.tmp", archive), flags=writing)).close()
    with archive.open("r+b") as file:
        file.truncate(archive.stat().st_size // 3)  # what a full disk or a power cut leaves: the JVM dies of SIGBUS
    using = ("-XX:+UseSerialGC", "-Xshare:auto", "-XX:+VerifySharedSpaces", f"-XX:SharedArchiveFile={archive}")
    client = Client(fake_launch(tmp_path, {"a": 1.0}, flags=using, environment={"class-data-sharing": "archive"}))
    answered(client.score(pa.record_batch({"a": [1.0]})))
    client.close()
    assert not archive.exists()
    assert client.environment["flags"] == ["-XX:+UseSerialGC", "-Xshare:auto", "-XX:+VerifySharedSpaces"]
    assert client.environment["class-data-sharing"] == "JDK's own; the archive was damaged and is removed"


class Replies:
    """A channel that answers as it is told, in place of a worker."""

    log: Path | None = None

    def __init__(self, _launch: Launch) -> None:
        self.asked = 0

    def request(self, message: dict[str, Any], _timeout: float, /) -> dict[str, Any]:
        if message["op"] == "open":
            return {"signature": {"inputs": [], "outputs": [], "facts": {}}, "versions": {}, "flags": []}
        return {"error": "invalid-value", "message": "[22:14:08] /workspace/src/data.cc:1234: Check failed: inf"}

    def kill(self) -> None: ...
    def close(self, _archive: tuple[str, ...], /) -> None: ...


def test_the_clock_in_front_of_a_refusal_is_left_out(tmp_path: Path) -> None:
    client = Client(fake_launch(tmp_path, {"a": 1.0}), Replies)
    refusal = client.score(pa.record_batch({"a": [1.0]}))
    client.close()
    assert refusal == Refusal("invalid-value", "/workspace/src/data.cc:1234: Check failed: inf")


def test_places_in_c_sources_are_no_part_of_why_an_artifact_does_not_load() -> None:
    said = (
        "Load model from a.onnx failed:/ort/core/graph/model.cc:192 ort::Model::Model(onnx::ModelProto&&, const int*) "
        "Unsupported model IR version: 99, max supported IR version: 13\n"
    )
    assert _short(said) == "Load model from a.onnx failed:Unsupported model IR version: 99, max supported IR version: 13"
    assert _short('[22:14:08] /workspace/src/common/json.cc:434: Expecting: """') == 'Expecting: """'


def test_a_slow_batch_is_not_scored_31_times_for_the_cost_of_the_crossing(fake: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    batch, calls = pa.record_batch({"a": [1.0], "b": [1.0]}), []
    assert isinstance(fake.score(batch), Scores)
    score = fake.score

    def slow(given: pa.RecordBatch) -> Outcome:
        calls.append(given)
        time.sleep(0.12)
        return score(given)

    monkeypatch.setattr(fake, "score", slow)
    assert fake._crossing_ns(batch) > 0.1e9
    assert len(calls) == 3
