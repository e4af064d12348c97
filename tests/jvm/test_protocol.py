from __future__ import annotations

import subprocess
import sys

import pytest

from parity.jvm import protocol


def test_refusal_lines_are_undone_as_java_wrote_them() -> None:
    text = "3\tinvalid-value\ta\\nb\\tc\\\\n\n17\tother\t\n"
    assert list(protocol.refusal_lines(text)) == [(3, "invalid-value", "a\nb\tc\\n"), (17, "other", "")]


def test_a_message_is_one_line_whatever_text_it_holds() -> None:
    message = {"op": "score", "text": "line\nbreak \u2028 Łódź 𝔘 \ud800"}
    line = protocol.encode(message)
    assert line.count(b"\n") == 1
    assert protocol.decode(line) == message


def test_what_is_no_object_is_no_message() -> None:
    with pytest.raises(ValueError, match="must be a JSON object"):
        protocol.decode(b"[1]")


def test_the_worker_imports_nothing_of_weight() -> None:
    heavy = ("pyarrow", "pandas", "sklearn", "parity.values")
    code = f"import parity.jvm.worker, sys; print([m for m in {heavy} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
