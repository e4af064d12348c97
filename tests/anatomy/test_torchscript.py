"""The example that a traced module keeps, read without running what the pickle names."""

from __future__ import annotations

import pickle
import zipfile
from pathlib import Path

import pytest

from parity.anatomy.torchscript import in_inference, in_training, traced_rows
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


# As torch 2.7.1 writes a trace: the numbers of batch_norm are momentum and epsilon, the last argument allows cuDNN.
TRACE = """
    input = torch.batch_norm(argument_1, weight, bias, running_mean, running_var, {mode}, 0.10000000000000001, 1.0e-05, True)
    input0 = torch.dropout(input, 0.40000000000000002, {mode})
    return torch.softmax(torch.feature_dropout(input0, 0.5, {mode}), 1, True)
"""


def test_a_trace_in_training_mode_says_so_and_can_be_had_in_inference_mode(tmp_path: Path) -> None:
    traced, changed = tmp_path / "traced.pt", tmp_path / "changed.pt"
    with zipfile.ZipFile(traced, "w") as made:
        made.writestr("traced/code/__torch__/net.py", TRACE.format(mode=True))
        made.writestr("traced/code/__torch__/net.py.debug_pkl", b"\x80True")
        made.writestr("traced/data/0", b"\x00\xffTrue")
    assert in_training(traced) == ("torch.batch_norm", "torch.dropout", "torch.feature_dropout")
    in_inference(traced, changed)
    assert in_training(changed) == ()
    with zipfile.ZipFile(traced) as before, zipfile.ZipFile(changed) as after:
        assert before.namelist() == after.namelist()
        assert after.read("traced/code/__torch__/net.py").decode() == TRACE.format(mode=False)
        assert all(before.read(name) == after.read(name) for name in before.namelist() if not name.endswith(".py"))


def test_a_trace_in_inference_mode_and_a_script_hold_nothing_in_training_mode() -> None:
    assert [in_training(KEPT / name) for name in ("numbers.pt", "image.pt", "mixed.pt")] == [(), (), ()]
