"""Projects that `pytest --parity` judges as a user would, made of the contract's artifacts, and what it said of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet

from tests.contract.artifacts import Made

REFERENCE = '''\
"""Answers with the scores that the artifact's maker expects of its rows, and with NaN for all others."""

import os, pathlib, signal
import numpy as np, pandas as pd

ROWS = pd.read_parquet("good.parquet")
EXPECTED = np.load("expected.npy")


def score(frame):
    known = {text(row): place for place, row in enumerate(ROWS.itertuples(index=False))}
    places = np.array([known.get(text(row), -1) for row in frame[list(ROWS)].itertuples(index=False)], int)
    return np.where(places[:, None] < 0, np.nan, EXPECTED[places])


def text(row):
    return repr([None if cell is None or cell != cell else cell.item() if hasattr(cell, "item") else cell for cell in row])


class Named:
    """With the columns of the rows as its own; by `kills` it ends the worker with the call of this number, as the kernel does."""

    def __init__(self, kills=0):
        self.parity_columns, self.kills = list(ROWS), kills

    def __call__(self, frame):
        self.kills -= 1
        if self.kills == 0:
            workers = [pid for pid in children() if b"parity.jvm.worker" in command(pid)]
            assert workers, "no worker is running"
            os.kill(workers[0], signal.SIGKILL)
        return score(frame)


def children():
    found = pathlib.Path(f"/proc/{os.getpid()}/task").glob("*/children")
    return [int(pid) for file in found for pid in file.read_text().split()]


def command(pid):
    return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()


def named():
    return Named()


def killing():
    return Named(kills=7)
'''


@dataclass(frozen=True)
class Asked:
    """One case: an artifact beside rows of its own, and further lines of its `[[case]]`."""

    name: str
    artifact: Path
    data: pa.RecordBatch
    reference: str = "ref:named()"
    outputs: str = ""
    options: str = ""
    lines: str = ""


@dataclass(frozen=True)
class Said:
    """What a run ended with. `errors` are the lines of its usage errors by case, `cases` those of its JSON."""

    status: int
    text: str
    errors: dict[str, str] = field(default_factory=dict)
    cases: dict[str, Any] = field(default_factory=dict)


def project(where: Path, runtime: str, made: Made, ignored: list[str], cases: list[Asked]) -> None:
    """Writes the files of a project. `ignored` are the artifact's outputs beside the one that `made` expects."""
    where.mkdir(parents=True, exist_ok=True)
    (where / "ref.py").write_text(REFERENCE)
    parquet.write_table(pa.Table.from_batches([made.rows]), where / "good.parquet")
    np.save(where / "expected.npy", made.expected)
    (where / "parity.toml").write_text("schema = 1\n" + "".join(_case(where, runtime, made, ignored, one) for one in cases))


def _case(where: Path, runtime: str, made: Made, ignored: list[str], one: Asked) -> str:
    parquet.write_table(pa.Table.from_batches([one.data]), where / f"{one.name}.parquet")
    options = one.options or _inline(made.options)
    outputs = one.outputs or f'outputs = {{ value = "{made.output}" }}\nignore-outputs = {json.dumps(ignored)}\n'
    return (
        f'[[case]]\nname = "{one.name}"\nreference = "{one.reference}"\ndata = "{one.name}.parquet"\n'
        f'artifacts = [{{ path = {json.dumps(str(one.artifact))}, runtimes = ["{runtime}"], options = {options} }}]\n'
        f"{outputs}{one.lines}"
        '[case.gate]\nmax-abs = { error = 2e-6, reason = "as the contract compares" }\n'
    )


def _inline(options: Any) -> str:
    """A mapping of texts and mappings as an inline table of TOML."""
    cells = [f"{json.dumps(k)} = {_inline(v) if isinstance(v, dict) else json.dumps(v)}" for k, v in options.items()]
    return f"{{ {', '.join(cells)} }}" if cells else "{}"


def run(where: Path, *arguments: str) -> Said:
    """`pytest --parity` in the project, in a process of its own."""
    command = [sys.executable, "-m", "pytest", "--parity", "--parity-json=said.json", "-q", "-p", "no:cacheprovider", *arguments]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "200"}
    done = subprocess.run(command, cwd=where, capture_output=True, text=True, check=False, env=environment)
    errors: dict[str, str] = {}
    for line in done.stdout.splitlines():
        if line.startswith("ERROR: ") and line.count(": ") > 1:
            errors[line.split(": ", 2)[1]] = line
    written = where / "said.json"
    cases = {one["case"]: one for one in json.loads(written.read_text())["cases"]} if written.exists() else {}
    written.unlink(missing_ok=True)
    return Said(done.returncode, done.stdout + done.stderr, errors, cases)
