"""What of a TensorFlow Lite file is quantised, read from its bytes; beside what the interpreter says of the same file."""

from __future__ import annotations

from pathlib import Path

import pytest

from parity.anatomy.tflite_graph import Quantised, Step, read

KEPT = Path(__file__).parents[1] / "fixtures" / "tflite"


def test_a_file_of_eight_bits_says_how_its_output_counts() -> None:
    assert read(KEPT / "int8.tflite") == Quantised(6, 6, (Step(1 / 256, -128, "int8"),))


@pytest.mark.parametrize(("name", "outputs"), [("numbers", 2), ("image", 1), ("mixed", 1)])
def test_files_of_floats_have_no_steps(name: str, outputs: int) -> None:
    found = read(KEPT / f"{name}.tflite")
    assert found is not None
    assert (found.tensors, found.outputs) == (0, (None,) * outputs)


@pytest.mark.parametrize("name", ["int8", "numbers"])
def test_the_interpreter_counts_alike(name: str) -> None:
    litert = pytest.importorskip("ai_edge_litert.interpreter", reason="ai-edge-litert is NOT INSTALLED: NOT TESTED")
    interpreter = litert.Interpreter(str(KEPT / f"{name}.tflite"), num_threads=1)
    quantised = [t for t in interpreter.get_tensor_details() if t["quantization_parameters"]["scales"].size]
    found = read(KEPT / f"{name}.tflite")
    assert found is not None
    assert found.tensors == len(quantised)
    for step, told in zip(found.outputs, interpreter.get_output_details(), strict=True):
        assert (0.0, 0) if step is None else (step.scale, step.zero) == told["quantization"]


def test_other_files_and_such_as_are_cut_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "cut.tflite"
    whole = (KEPT / "int8.tflite").read_bytes()
    for content in (b"", b"PK\x03\x04", whole[:8], whole[:40], whole[: len(whole) // 3]):
        path.write_bytes(content)
        assert read(path) is None
