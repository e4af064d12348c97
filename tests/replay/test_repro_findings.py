"""A real finding of each of three engines: `Repro.java` and `repro.py` print the numbers that the report shows."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
from click.testing import CliRunner

from parity.cli import main
from parity.config import read
from parity.jvm.find import find_jvm
from parity.jvm.lock import read_lock
from parity.jvm.places import locate
from parity.pipeline import Workbench, items, run_item
from parity.values.plan import Phase
from parity.values.settings import Settings
from tests.contract import artifacts
from tests.contract.artifacts import Made
from tests.contract.makers import onnx, pmml, xgboost_native

pytestmark = pytest.mark.slow


def other_target(batch: pa.RecordBatch) -> Any:
    """Not what the artifacts were fitted to: so a score differs on nearly every row."""
    return (batch.column("c").to_numpy() > 0).astype(np.int64)


def another_logistic(batch: pa.RecordBatch, folder: Path) -> str:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression().fit(batch.to_pandas(), other_target(batch))
    joblib.dump(model, folder / "reference.joblib")
    return "reference.joblib"


def another_pipeline(batch: pa.RecordBatch, folder: Path) -> str:
    model = artifacts.pipeline(batch)
    joblib.dump(model.fit(batch.to_pandas(), other_target(batch)), folder / "reference.joblib")
    return "reference.joblib"


def another_booster(batch: pa.RecordBatch, folder: Path) -> str:
    from xgboost import XGBClassifier

    model = XGBClassifier(n_estimators=5, max_depth=2, n_jobs=1).fit(artifacts.array(batch), other_target(batch))
    joblib.dump(model, folder / "reference.joblib")
    return "reference.joblib"


CASES: list[tuple[str, Callable[[Path], Made], Callable[[pa.RecordBatch, Path], str]]] = [
    ("onnxruntime", onnx.one_tensor, another_logistic),
    ("jpmml", pmml.text_fields, another_pipeline),
    ("xgboost4j", xgboost_native.json, another_booster),
]


def finding_of(folder: Path, runtime: str, made: Made, reference: str) -> str:
    """The id of the first numeric finding, kept in `.parity`."""
    pa.parquet.write_table(pa.Table.from_batches([made.rows]), folder / "sample.parquet")
    config = f'schema = 1\n[[case]]\nname = "model"\nreference = "{reference}"\ndata = "sample.parquet"\n'
    config += f'artifacts = [{{ path = "{made.path.name}", runtimes = ["{runtime}"] }}]\n'
    (folder / "parity.toml").write_text(config)
    bench = Workbench()
    try:
        item = items(read(folder), phases=[Phase.EXAMPLES])[0]
        findings = run_item(item, Settings(folder=folder / ".parity"), bench).findings
        return next(f.id for f in findings if f.kind in ("value", "branch-flip"))
    finally:
        bench.close()


def printed(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(("runtime", "maker", "reference"), CASES, ids=[c[0] for c in CASES])
def test_both_twins_say_what_the_report_says(
    tmp_path: Path, runtime: str, maker: Callable[[Path], Made], reference: Callable[[pa.RecordBatch, Path], str]
) -> None:
    made = maker(tmp_path)
    identity = finding_of(tmp_path, runtime, made, reference(made.rows, tmp_path))
    answer = CliRunner().invoke(main, ["replay", identity, "--json", "--folder", str(tmp_path / ".parity")])
    assert answer.exit_code == 1, answer.output
    told = json.loads(answer.stdout)
    entry = Path(told["files"]["Repro.java"]).parent
    jars = ":".join(str(locate(jar, runtime)) for jar in read_lock()[runtime])
    java = printed([str(find_jvm().home / "bin" / "java"), "-cp", jars, "Repro.java"], entry)
    engine = [float.fromhex(h) for h in re.findall(r"engine \S+ \((\S+)\)", java)]
    ours = [float.fromhex(h) for h in re.findall(r"reference \S+ \((\S+)\)", java)]
    assert engine and engine in shown(told["seen"]["runtime"], len(engine))
    assert ours in shown(told["seen"]["reference"], len(ours))
    assert float(java.split("largest difference ")[1]) == max(abs(a - b) for a, b in zip(ours, engine, strict=True)) > 0
    python = json.loads(printed([sys.executable, "repro.py"], entry).splitlines()[-1])
    assert set(ours) <= set(python)


def shown(seen: dict[str, list[Any]], width: int) -> list[list[Any]]:
    """The outputs of the answer; where Java shows one of two classes, it is the last."""
    return [values[-width:] for values in seen.values()]
