"""TensorFlow Lite: what is recognised, what the engine refuses in its own words, and the call as Java."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from parity.errors import ArtifactError, ConfigurationError
from parity.numeric.tensors import column_of
from parity.runtimes import find, open_session, runtime_for
from parity.runtimes.repro import Call, Cell, Fed
from parity.values.case import Artifact
from parity.values.columns import ColumnType
from parity.values.outcome import Refusal, Scores
from parity.values.signature import InputSpec, OutputSpec
from tests.contract.artifacts import FIXTURES, NUMBERS
from tests.runtimes.opened import Opener, answers, opener
from tests.runtimes.printed import printed

KEPT = FIXTURES / "tflite"
TFLITE = find()["tflite"]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opener]:
    with opener("tflite", tmp_path) as opens:
        yield opens


def rows() -> pa.RecordBatch:
    with np.load(KEPT / "rows.npz") as kept:
        columns = {name: kept["numbers"][:, i] for i, name in enumerate(NUMBERS)}
        return pa.record_batch({**columns, "shop": kept["shops"].astype(np.int64)})


def test_a_file_is_known_by_its_identifier(tmp_path: Path) -> None:
    assert runtime_for(KEPT / "numbers.tflite") is TFLITE
    assert not TFLITE.recognises(KEPT)
    short = tmp_path / "short.tflite"
    short.write_bytes(b"TFL3")
    assert not TFLITE.recognises(short)


@pytest.mark.parametrize("options", [{"signature": 3}, {"signature": " "}, {"threads": 0}])
def test_options_are_checked(options: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError, match=r"option \w+ of numbers.tflite for tflite is"):
        TFLITE.options(Artifact(KEPT / "numbers.tflite", options=options))


def test_an_unknown_signature_is_an_error(tmp_path: Path) -> None:
    artifact = Artifact(KEPT / "numbers.tflite", options={"signature": "nope"})
    with pytest.raises(ArtifactError, match="has no signature nope: it has serving_default; name one of them as the option"):
        open_session(TFLITE, artifact, folder=tmp_path)


def test_what_the_engine_refuses_has_a_kind_and_its_words(opened: Opener) -> None:
    session = opened(KEPT / "mixed.tflite")
    said = {
        9: ("invalid-value", "gather index out of bounds"),
        -1: ("invalid-value", "tensorflow/lite/kernels/gather.cc:"),
        2**31: ("type", "input shop takes INT32, which cannot hold 2147483648 of column shop"),
    }
    session.bind({"row": NUMBERS, "shop": ("shop",)})
    for shop, (kind, words) in said.items():
        refused = session.score(rows().set_column(3, "shop", pa.array([shop] * 40)))
        assert isinstance(refused, Refusal)
        assert (refused.kind, refused.message[: len(words)]) == (kind, words)
    session.bind({"row": NUMBERS[:2], "shop": ("shop",)})
    narrow = session.score(rows())
    assert isinstance(narrow, Refusal)
    assert narrow.kind == "shape"
    assert "Attempting to resize dimension 1 of tensor" in narrow.message
    session.bind({"row": NUMBERS, "shop": ()})
    absent = session.score(rows())
    assert isinstance(absent, Refusal)
    assert (absent.kind, absent.message) == ("column-absent", "no column feeds the input shop")
    session.bind({"row": NUMBERS, "shop": ("shop",)})
    assert isinstance(session.score(rows()), Scores)


def test_a_wrong_rank_is_refused_by_the_engine(opened: Opener) -> None:
    session = opened(KEPT / "image.tflite")
    with np.load(KEPT / "rows.npz") as kept:
        flat = session.score(pa.record_batch({"image": column_of(kept["images"], pa.float32(), (30,))}))
    assert isinstance(flat, Refusal)
    assert flat.kind == "shape"
    assert "tensor->dims->size != dims.size() (4 != 2)" in flat.message


def test_nan_goes_through_floats_and_is_swallowed_by_eight_bits(opened: Opener) -> None:
    holed = rows().set_column(0, "a", pa.array([float("nan")] * 40, pa.float32()))
    floats, whole = opened(KEPT / "numbers.tflite"), opened(KEPT / "int8.tflite")
    for session in (floats, whole):
        session.bind({"features": NUMBERS})
    assert np.isnan(answers(floats.score(holed))["probability"]).all()
    assert np.isfinite(answers(whole.score(holed))["probability"]).all()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["numbers", "mixed", "int8"])
def test_the_call_as_java_gives_the_same_scores(tmp_path: Path, name: str) -> None:
    batch = rows()
    cells = tuple(Cell(n, ColumnType.FLOAT32, batch.column(n)[0].as_py()) for n in NUMBERS)
    fed: tuple[Fed, ...] = (Fed(InputSpec("features", "float32", 3, shape=(3,)), cells),)
    if name == "mixed":
        shop = Cell("shop", ColumnType.INT64, batch.column("shop")[0].as_py())
        fed = (
            Fed(InputSpec("row", "float32", 3, shape=(3,)), cells),
            Fed(InputSpec("shop", "int32", 1, shape=()), (shop,)),
        )
    output = OutputSpec("value" if name == "mixed" else "probability", "float32")
    java = TFLITE.repro(Call(KEPT / f"{name}.tflite", {}, fed, output))  # type: ignore[attr-defined]
    with np.load(KEPT / "scores.npz") as said:
        expected = np.atleast_1d(said[name][0]).tolist()
    unpacked = f"-Dorg.bytedeco.javacpp.cachedir={tmp_path}"
    assert printed("tflite", java, KEPT / f"{name}.tflite", tmp_path, unpacked) == pytest.approx(expected, abs=2e-6)
