"""TorchScript: what is recognised, how its inputs become known, what DJL refuses, and the call as Java."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from parity.errors import ArtifactError, ConfigurationError
from parity.runtimes import check_artifact, find, open_session, runtime_for
from parity.runtimes.repro import Call, Cell, Fed
from parity.values.case import Artifact
from parity.values.columns import ColumnType
from parity.values.outcome import Refusal
from parity.values.signature import InputSpec, OutputSpec
from tests.contract.artifacts import FIXTURES, NUMBERS
from tests.runtimes.opened import Opener, answers, opener
from tests.runtimes.printed import printed

KEPT = FIXTURES / "pytorch"
PYTORCH = find()["pytorch"]
MIXED = {"inputs": {"x": "float64[3]", "shop": "int64[]"}}
needs_natives = pytest.mark.heavy(jars="pytorch")


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opener]:
    with opener("pytorch", tmp_path) as opens:
        yield opens


def rows() -> pa.RecordBatch:
    with np.load(KEPT / "rows.npz") as kept:
        columns = {name: kept["numbers"][:, i] for i, name in enumerate(NUMBERS)}
        return pa.record_batch({**columns, "shop": kept["shops"]})


def test_an_archive_with_code_is_torchscript_and_one_of_weights_is_not(tmp_path: Path) -> None:
    assert runtime_for(KEPT / "numbers.pt") is PYTORCH
    assert not PYTORCH.recognises(KEPT)
    weights = tmp_path / "weights.pt"
    with zipfile.ZipFile(weights, "w") as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02}.")
        archive.writestr("archive/data/0", b"\0" * 8)
    with pytest.raises(ArtifactError, match=r"pytorch loads TorchScript, but the content of .*weights\.pt is a ZIP archive"):
        check_artifact(PYTORCH, weights)


@pytest.mark.parametrize(
    "options",
    [
        {"threads": 0},
        {"optimizer": True},
        {"inputs": {}},
        {"inputs": "float32[3]"},
        {"inputs": {"x": "float[3]"}},
        {"inputs": {"x": "float32[0]"}},
        {"inputs": {"x": "float32[?]"}},
    ],
)
def test_options_are_checked(options: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError, match=r"option \w+ of numbers.pt for pytorch is"):
        PYTORCH.options(Artifact(KEPT / "numbers.pt", options=options))


def test_a_traced_module_holds_the_sizes_of_its_example() -> None:
    assert PYTORCH.options(Artifact(KEPT / "numbers.pt")) == {"traced": "float32:3"}
    assert PYTORCH.options(Artifact(KEPT / "mixed.pt")) == {}
    declared = {"inputs": {"input": "float32[3]", "n": "int64[]"}, "optimizer": "off", "threads": 2}
    written = {"inputs": "input:float32:3;n:int64:", "optimizer": "false", "threads": "2"}
    assert PYTORCH.options(Artifact(KEPT / "numbers.pt", options=declared)) == written


def changed(folder: Path, edit: Callable[[str, bytes], bytes | None]) -> Path:
    """The traced module with other entries: what `edit` makes of them, none where it makes None."""
    path = folder / "changed.pt"
    with zipfile.ZipFile(KEPT / "numbers.pt") as old, zipfile.ZipFile(path, "w") as new:
        for entry in old.infolist():
            content = edit(entry.filename.partition("/")[2], old.read(entry))
            if content is not None:
                new.writestr(entry.filename, content)
    return path


@needs_natives
def test_the_width_of_one_matrix_is_found(opened: Opener, tmp_path: Path) -> None:
    # As a torch that does not write the example down has it, and as every scripted module is.
    session = opened(changed(tmp_path, lambda name, content: None if name.startswith("traced_inputs") else content))
    assert session.signature.inputs == (InputSpec("input", "float32", 3, None, (3,)),)
    session.bind({"input": NUMBERS})
    with np.load(KEPT / "scores.npz") as said:
        np.testing.assert_allclose(answers(session.score(rows()))["output"], said["numbers"], rtol=0, atol=2e-6)


@needs_natives
@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("image", {}, r"the shape of the input image is not known, and rows of 4, 3 numbers, its parameters' sizes, are refused"),
        ("mixed", {}, r'the inputs x, shop are not known: .* options = \{ inputs = \{ x = "float32\[8\]", shop = "float32\[8\]"'),
        ("mixed", {"inputs": {"x": "float64[3]"}}, "the inputs shop are not known"),
        ("mixed", {"inputs": {**MIXED["inputs"], "z": "bool[]"}}, "names z, but forward takes x, shop, scale"),
        ("mixed", {"inputs": {**MIXED["inputs"], "scale": "float32[]"}}, "takes scale: float, which rows cannot fill"),
        ("mixed", {"inputs": {**MIXED["inputs"], "x": "float64[4]"}}, "a row of the declared inputs is refused: .*mat1 and mat2"),
    ],
)
def test_inputs_that_stay_unknown_are_an_error_that_says_what_to_write(
    tmp_path: Path, name: str, options: dict[str, object], words: str
) -> None:
    with pytest.raises(ArtifactError, match=words):
        open_session(PYTORCH, Artifact(KEPT / f"{name}.pt", options=options), folder=tmp_path)


@needs_natives
@pytest.mark.slow
@pytest.mark.parametrize(
    ("entry", "old", "new", "words"),
    [
        ("version", b"3", b"99", "version 99, but the maximum supported version for reading is 10"),
        ("code/__torch__/torch/nn/modules/linear.py", b"torch.linear", b"torch.novel", "Unknown builtin op: aten::novel"),
        ("code/__torch__/torch/nn/modules/container.py", b"def forward", b"def further", "has no method forward"),
    ],
)
def test_a_newer_archive_is_an_error_in_the_engines_words(tmp_path: Path, entry: str, old: bytes, new: bytes, words: str) -> None:
    path = changed(tmp_path, lambda name, content: content.replace(old, new) if name == entry else content)
    with pytest.raises(ArtifactError, match=rf"changed\.pt: .*{words}"):
        open_session(PYTORCH, Artifact(path), folder=tmp_path)


@needs_natives
def test_what_the_engine_refuses_has_a_kind_and_its_words(opened: Opener) -> None:
    session = opened(KEPT / "mixed.pt", **MIXED)
    session.bind({"x": NUMBERS, "shop": ("shop",)})
    unseen = session.score(rows().set_column(3, "shop", pa.array([9] * 40)))
    assert isinstance(unseen, Refusal)
    assert (unseen.kind, unseen.message) == ("invalid-value", "RuntimeError: index out of range in self")
    session.bind({"x": NUMBERS[:2], "shop": ("shop",)})
    narrow = session.score(rows())
    assert isinstance(narrow, Refusal)
    assert (narrow.kind, narrow.message.partition(":")[0]) == ("shape", "RuntimeError")
    session.bind({"x": NUMBERS, "shop": ()})
    absent = session.score(rows())
    assert isinstance(absent, Refusal)
    assert (absent.kind, absent.message) == ("column-absent", "no column feeds the input shop")


@needs_natives
def test_the_libraries_lie_in_the_users_cache_and_nothing_in_the_home_folder(tmp_path: Path) -> None:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "parity" / "djl"
    session = open_session(PYTORCH, Artifact(KEPT / "numbers.pt"), folder=tmp_path)
    session.close()
    assert list(cache.glob("pytorch/*/libtorch_cpu.so"))
    assert not (Path.home() / ".djl.ai").exists()


@needs_natives
@pytest.mark.slow
@pytest.mark.parametrize("name", ["numbers", "mixed"])
def test_the_call_as_java_gives_the_same_scores(tmp_path: Path, name: str) -> None:
    batch, artifact = rows(), Artifact(KEPT / f"{name}.pt", options=MIXED if name == "mixed" else {})
    cells = {n: Cell(n, ColumnType.FLOAT32, batch.column(n)[0].as_py()) for n in NUMBERS}
    shop = Cell("shop", ColumnType.INT64, batch.column("shop")[0].as_py())
    if name == "mixed":
        fed = (
            Fed(InputSpec("x", "float64", 3, shape=(3,)), tuple(cells.values())),
            Fed(InputSpec("shop", "int64", 1, shape=()), (shop,)),
        )
    else:
        fed = (Fed(InputSpec("input", "float32", 3, shape=(3,)), tuple(cells.values())),)
    output = OutputSpec("output_1" if name == "mixed" else "output", "float64", width=2)
    java = PYTORCH.repro(Call(artifact.path, PYTORCH.options(artifact), fed, output))  # type: ignore[attr-defined]
    assert printed("pytorch", java, artifact.path, tmp_path) == pytest.approx(scores(name)[0].tolist(), abs=2e-6)


def scores(name: str) -> np.ndarray:
    with np.load(KEPT / "scores.npz") as said:
        return np.asarray(said[name])
