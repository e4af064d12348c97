"""H2O: MOJO files and live models, scored by a cluster of one node that the first test starts."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import h2o
import numpy as np
import pandas as pd
import pytest

from parity.anatomy import read_model
from parity.anatomy.traverse import features, leaves, margins
from parity.errors import ReferenceLoadError
from parity.judge.verdict import case_verdict
from parity.pipeline import Workbench, items, run_item
from parity.references import h2o_
from parity.values.case import Artifact, Case, Configuration
from parity.values.plan import Phase
from parity.values.result import Verdict
from parity.values.settings import Settings
from parity.values.signature import OutputKind
from tests.references.models import batch, reference, refused, scores
from tests.references.test_lifetime import ended, gone, running

pytestmark = pytest.mark.slow

KEPT = Path(__file__).parents[1] / "fixtures" / "h2o_mojo"
OWNER = """\
import time, h2o
from parity.references.h2o_ import start
start()
print(h2o.cluster().nodes[0]["pid"], flush=True)
time.sleep(600)
"""
CITIES = ("Oslo", "Łódź", "Kyōto", "Lima", None)


def kept() -> pd.DataFrame:
    with np.load(KEPT / "rows.npz") as rows:
        sample = pd.DataFrame(rows["numbers"].astype(np.float64), columns=list("abc"))
        return sample.assign(city=pd.Series([CITIES[code] for code in rows["city"]], dtype="str"))


@pytest.mark.parametrize("name", ["gbm", "gbm_value", "drf", "glm", "glm_three", "xgboost"])
def test_a_mojo_scores_as_the_cluster_that_trained_it(name: str, tmp_path: Path) -> None:
    found = reference(str(KEPT / f"{name}.zip"), tmp_path)
    assert found.columns is not None
    assert sorted(found.columns) == ["a", "b", "c", "city"]
    got = scores(found, batch(kept()))
    with np.load(KEPT / f"{name}.npz") as expected:
        numbers = got["value"] if "value" in got else got["probability"]
        np.testing.assert_allclose(numbers, expected["scores"], rtol=0, atol=1e-12)
        if "label" in got:
            spec = next(spec for spec in found.signature.outputs if spec.kind == OutputKind.PROBABILITY)
            assert spec.classes is not None
            assert [spec.classes.index(label) for label in got["label"].ravel()] == expected["label"].tolist()


def test_doubles_reach_the_cluster_with_their_bits() -> None:
    """Those among them that H2O's own readers of numbers lose: steps beside 1, thirds, infinities, the smallest."""
    h2o_.start()
    odd = [1 / 3, 0.1 + 0.2, np.nextafter(1, 2), np.nextafter(1, 0), 5e-324, 1.7e308, 1e300, np.inf, -np.inf, 2.0**53, 0.0]
    drawn = np.random.default_rng(0).normal(size=5_000)
    values = np.concatenate([odd, drawn, drawn * 1e-300, drawn.astype(np.float32)])
    assert [value.hex() for value in arrived(values)] == [value.hex() for value in values.tolist()]
    assert np.isnan(arrived(np.array([np.nan, 1.0]))[0])


def arrived(values: np.ndarray) -> list[float]:
    """What the cluster holds of a column."""
    with h2o_.sent(batch(pd.DataFrame({"x": values}))) as frame:
        lines = frame.get_frame_data().splitlines()[1:]
    return [float(line.split(",")[-1] or "nan") for line in lines]


def test_a_live_model_and_its_mojo_in_java_agree(tmp_path: Path) -> None:
    """As a team would use it: trained in Python, exported, judged against the JVM; boundary rows included."""
    from h2o.estimators import H2OGradientBoostingEstimator

    h2o_.start()
    sample = kept()
    target = np.where(sample.a.fillna(0) + sample.c + (sample.city == "Lima") > 0.3, "yes", "no")
    frame = h2o.H2OFrame(sample.assign(y=target), column_types={"y": "enum", "city": "enum", **dict.fromkeys("abc", "numeric")})
    model = H2OGradientBoostingEstimator(ntrees=5, max_depth=3, seed=1)
    model.train(x=["a", "b", "c", "city"], y="y", training_frame=frame)
    artifact = model.save_mojo(str(tmp_path))
    case = Case("live", model, (Artifact(Path(artifact)),), tmp_path, data=sample.head(300), source="test")
    bench = Workbench()
    try:
        results = [
            run_item(item, Settings(folder=tmp_path / ".parity", profile="dev", rows=500), bench)
            for item in items(Configuration(tmp_path, (case,)), phases=[Phase.EXAMPLES, Phase.BOUNDARY])
        ]
    finally:
        bench.close()
    assert case_verdict(results)[0] == Verdict.PASS, [(r.phase, r.reason, r.findings[:1]) for r in results]
    assert sum(r.compared for r in results) > 300
    assert results[1].cuts == results[1].probed
    assert {r.runtime for r in results} == {"h2o-mojo"}


def test_splits_on_more_levels_than_a_word_has_bits_are_read(tmp_path: Path) -> None:
    """The kept models have four levels. Here the sets of a split stand in another layout, and a level goes missing from it."""
    from h2o.estimators import H2OGradientBoostingEstimator

    h2o_.start()
    random = np.random.default_rng(8)
    codes = random.integers(0, 90, 4_000)
    rows = pd.DataFrame({"x": random.normal(size=4_000), "city": [f"city{code:02}" for code in codes]})
    rows.loc[random.random(4_000) < 0.05, "city"] = None
    y = np.sin(codes) + 0.3 * rows.x + random.normal(size=4_000) * 0.1
    frame = h2o.H2OFrame(rows.assign(y=y), column_types={"x": "numeric", "city": "enum", "y": "numeric"}, na_strings=[""])
    model = H2OGradientBoostingEstimator(ntrees=8, max_depth=5, nbins_cats=100, seed=1)
    model.train(x=["x", "city"], y="y", training_frame=frame)
    anatomy = read_model(model, ["x", "city"])
    assert anatomy.trees is not None, anatomy.unread
    assert anatomy.trees.sets is not None
    assert anatomy.trees.sets.members.max() > 31
    got = margins(anatomy.trees, leaves(anatomy.trees, features(anatomy, rows)))
    expected = scores(reference(model, tmp_path), batch(rows))["value"]
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-12)


def test_the_cluster_ends_with_a_process_that_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", OWNER], stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        node = int(owner.stdout.readline())
        assert running(node)
        owner.kill()
    assert ended(node)


STARTING = """\
import os, signal, subprocess, sys, tempfile, threading, time
from parity.references import h2o_
made = tempfile.mkdtemp
def told(*args, **keys):
    folder = made(*args, **keys)
    print(folder, flush=True)
    return folder
tempfile.mkdtemp = told
h2o_.start()
"""


def servers(folder: str) -> list[int]:
    """The processes that were started with this folder, by their command lines."""
    found = []
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = line.read_bytes().split(b"\0")
        except OSError:
            continue
        if os.fsencode(folder) in command:
            found.append(int(line.parent.name))
    return found


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="command lines are read in /proc")
@pytest.mark.parametrize("seconds", [0.0, 0.3, 1.0])
def test_a_cluster_that_is_starting_ends_with_a_process_that_is_killed(seconds: float) -> None:
    """Killed while Java starts, before anybody was told its process id: 0 s after its process is there, and later."""
    with subprocess.Popen([sys.executable, "-c", STARTING], stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        folder = os.fsdecode(owner.stdout.readline().rstrip(b"\n"))
        until = time.monotonic() + 60
        while not (found := servers(folder)) and time.monotonic() < until:
            time.sleep(0.01)
        assert found, "the server was never started"
        time.sleep(seconds)
        assert owner.poll() is None
        owner.kill()
    assert all(ended(pid) for pid in found)
    assert gone(Path(folder))
    assert servers(folder) == []


def test_what_h2o_does_not_take_is_refused(tmp_path: Path) -> None:
    found = reference(str(KEPT / "gbm.zip"), tmp_path)
    rows = batch(kept().head(5))
    assert refused(found, rows.slice(0, 0)).kind == "empty-batch"
    assert refused(found, batch(kept().head(5).assign(city=0.5))).kind == "type"
    assert refused(found, rows.select([]).append_column("id", rows.column(0))).kind == "column-absent"
    text = found.score(batch(kept().head(5).assign(a="abc")))
    assert text.kind in ("type", "other"), text


def test_a_damaged_mojo_is_an_error_that_names_it(tmp_path: Path) -> None:
    cut = tmp_path / "cut.zip"
    cut.write_bytes((KEPT / "gbm.zip").read_bytes()[:2_000])
    with pytest.raises(ReferenceLoadError, match=r"cut\.zip cannot be opened by H2O"):
        reference(str(cut), tmp_path)
