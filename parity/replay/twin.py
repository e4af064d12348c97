"""`repro.py`: the same row, scored by the reference. The Python twin of `Repro.java`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from parity.replay.python import as_python, can_be_said, needs_numpy, row_lines
from parity.replay.wiring import Wiring, pair_of
from parity.values.finding import Finding

FILE = "repro.py"


def repro_python(finding: Finding, context: Mapping[str, Any], wiring: Wiring) -> str | None:
    """The script's text; None where the reference was an object, which only the file that declared the case can build again."""
    if context["reference"] is None or not can_be_said(finding.row):
        return None
    lines = [
        *_head(finding),
        "from pathlib import Path",
        "",
        *(["import numpy as np"] if needs_numpy(finding.row) else []),
        "import pyarrow as pa",
        "",
        "from parity.references import load",
        "from parity.references.sample import load_sample",
        "from parity.values.case import Case",
        "",
        *row_lines(finding.row),
        "",
        *_case(context),
        "outcome = load(CASE, load_sample(CASE)).score(ROW)",
        'values = {output.spec.name: output.values[0].tolist() for output in getattr(outcome, "outputs", ())}',
        f"print(values[{pair_of(wiring, finding.output).name!r}] if values else outcome)",
    ]
    return "\n".join(lines) + "\n"


def _head(finding: Finding) -> list[str]:
    told = f"Finding {finding.id} of case {finding.case}: {finding.kind} in {finding.runtime}. Its twin in Java is Repro.java."
    return [f"# {ascii(told)[1:-1]}", "# Prints what the reference answers to the row."]


def _case(context: Mapping[str, Any]) -> list[str]:
    data = "None" if context["data"] is None else as_python(context["data"])
    inputs = {name: tuple(columns) for name, columns in context["inputs"].items()}
    return [
        "CASE = Case(",
        f"    name={as_python(context['case'])},",
        f"    reference={as_python(context['reference'])},",
        "    artifacts=(),",
        f"    root=Path({as_python(context['root'])}),",
        f"    data={data},",
        f"    inputs={inputs!a},",
        ")",
    ]
