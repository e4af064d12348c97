"""What a user reads of each finding, compared with the files in golden/ to the letter.

After a change that is meant: `pytest tests/report/test_golden.py --write-golden`, then read the difference.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from parity.report.findings import MOST_LINES, finding_lines, off_domain_lines
from parity.report.lines import WIDTH, Line
from parity.values.plan import Phase
from tests.report.golden_findings import GOLDEN, Golden
from tests.report.samples import phase_result
from tests.report.test_json_report import valid

FOLDER = Path(__file__).parent / "golden"


def shown(golden: Golden) -> list[Line]:
    if golden.finding.off_domain:
        return off_domain_lines([golden.finding])
    return finding_lines(golden.finding, golden.formula)


@pytest.mark.parametrize("name", GOLDEN)
def test_golden(name: str, pytestconfig: pytest.Config) -> None:
    path, lines = FOLDER / f"{name}.txt", shown(GOLDEN[name])
    assert len(lines) <= MOST_LINES
    assert all(len(line.text) <= WIDTH and line.text.isprintable() for line in lines)
    text = "".join(f"{line.text}\n" for line in lines)
    if pytestconfig.getoption("--write-golden"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", GOLDEN)
def test_golden_as_json(name: str) -> None:
    finding = GOLDEN[name].finding
    (case,) = valid(phase_result(finding.phase, findings=(finding,)))["cases"]
    (written,) = case["findings"]
    assert (written["id"], written["kind"], written["rows"]) == (finding.id, str(finding.kind), finding.rows)


def test_no_file_is_left_over_and_phases_differ() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(GOLDEN)
    assert {g.finding.phase for g in GOLDEN.values()} == {Phase.EXAMPLES, Phase.BOUNDARY, Phase.SPECIAL, Phase.RANDOM}
