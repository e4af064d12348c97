"""What a `[[known]]` entry may say, and two entries for one finding."""

from __future__ import annotations

from pathlib import Path

import pytest

from parity.config import read
from parity.errors import ConfigurationError

CASE = '[[case]]\nname = "churn"\nreference = "m.joblib"\nartifacts = ["m.onnx"]\n'
KNOWN = '[[known]]\nmatch = { case = "churn" }\nreason = "r"\nowner = "o"\nexpires = 2027-01-01\n'


def written(folder: Path, text: str) -> Path:
    for name in ("m.joblib", "m.onnx"):
        (folder / name).touch()
    (folder / "parity.toml").write_text(CASE + text)
    return folder


def test_recorded_size_and_rows_are_optional(tmp_path: Path) -> None:
    first, second = KNOWN, KNOWN.replace('case = "churn"', 'kind = "value"') + "max-abs = 0.5\nrows = 3\n"
    found = read(written(tmp_path, first + second)).known
    assert [(k.max_abs, k.rows) for k in found] == [(None, None), (0.5, 3)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (KNOWN + "max-abs = -1e-6\n", r"known\[0\].max-abs: -1e-06 was given, a tolerance from 0 on is wanted"),
        (KNOWN + "max-abs = nan\n", r"known\[0\].max-abs: nan was given, a number is wanted"),
        (KNOWN + "max-abs = inf\n", r"known\[0\].max-abs: inf was given: nothing could fail"),
        (KNOWN + "rows = -1\n", r"known\[0\].rows: -1 \(an integer\) was given, a whole number from 0 on is wanted"),
        (KNOWN + KNOWN, r'known\[1\].match: \{ case = "churn" \} is accepted by known\[0\] already'),
        (
            KNOWN + KNOWN.replace('case = "churn"', 'case = "churn", kind = "value"'),
            r'known\[1\].match: \{ case = "churn", kind = "value" \} is accepted by known\[0\] already',
        ),
    ],
)
def test_bad_entries(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        read(written(tmp_path, text))
