"""The example that a traced module keeps, read without running what the pickle names."""

from __future__ import annotations

import pickle
import zipfile
from pathlib import Path

import pytest

from parity.anatomy.torchscript import traced_rows
from tests.contract.artifacts import FIXTURES

KEPT = FIXTURES / "pytorch"


def archive(folder: Path, content: bytes) -> Path:
    path = folder / "made.pt"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("made/traced_inputs.pkl", content)
    return path


def test_a_traced_module_says_type_and_shape_of_a_row() -> None:
    assert traced_rows(KEPT / "numbers.pt") == (("float32", (3,)),)


def test_a_scripted_module_a_folder_and_a_file_of_another_kind_say_nothing(tmp_path: Path) -> None:
    assert traced_rows(KEPT / "image.pt") == ()
    assert traced_rows(tmp_path) == ()
    assert traced_rows(Path(__file__)) == ()


@pytest.mark.parametrize("example", [{}, {"forward": [1]}, {"forward": None}, [1]])
def test_an_example_that_is_not_made_of_tensors_says_nothing(tmp_path: Path, example: object) -> None:
    assert traced_rows(archive(tmp_path, pickle.dumps(example))) == ()


def test_a_pickle_that_would_call_something_is_not_obeyed(tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    assert traced_rows(archive(tmp_path, b"cos\nsystem\n(Vtouch " + str(ran).encode() + b"\ntR.")) == ()
    assert not ran.exists()
