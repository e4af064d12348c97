"""What making a row smaller costs in a real run: calls of the worker, counted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.linear_model import LinearRegression

import parity.flow.findings
from parity.jvm.client import Client
from parity.minimise import Minimised
from parity.pipeline import Workbench, items, run_item
from parity.values.case import Artifact, Case, Configuration
from parity.values.outcome import Outcome
from parity.values.plan import Phase
from parity.values.settings import Settings

NAMES = [f"x{i}" for i in range(30)]


def case(folder: Path) -> Case:
    """Two of thirty weights are exported wrongly."""
    rng = np.random.default_rng(0)
    columns = {name: rng.permutation(np.arange(-100.0, 101.0)) for name in NAMES}  # typical is 0, where both sides agree
    sample = pd.DataFrame(columns)
    weights = np.linspace(1.0, 2.0, len(NAMES))
    model = LinearRegression(fit_intercept=False).fit(sample, sample.to_numpy() @ weights)
    model.coef_ = weights
    wrong = {3: 0.25, 17: 0.5}
    (folder / "model.fake").write_text(
        "".join(f"{n} = {w + wrong.get(i, 0.0)}\n" for i, (n, w) in enumerate(zip(NAMES, weights, strict=True)))
    )
    return Case("linear", model, (Artifact(folder / "model.fake"),), folder, data=sample, source="test")


def test_at_most_twenty_calls_of_the_worker_for_each_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    spent: list[tuple[int, int, tuple[str, ...]]] = []
    score, minimise = Client.score, parity.flow.findings.minimise

    def counted(self: Client, batch: pa.RecordBatch) -> Outcome:
        asked.append(batch.num_rows)
        return score(self, batch)

    def watched(*arguments: Any) -> Minimised:
        before = len(asked)
        found = minimise(*arguments)
        spent.append((len(asked) - before, found.calls, found.off_typical))
        return found

    monkeypatch.setattr(Client, "score", counted)
    monkeypatch.setattr(parity.flow.findings, "minimise", watched)
    bench = Workbench()
    todo = items(Configuration(tmp_path, (case(tmp_path),)), phases=[Phase.EXAMPLES, Phase.RANDOM])
    for item in todo:
        assert run_item(item, Settings(folder=tmp_path / ".parity", rows=500), bench).findings
    bench.close()
    assert spent
    for calls, told, off_typical in spent:
        assert calls == told <= 20
        assert len(off_typical) == 1 and off_typical[0] in ("x3", "x17")
