"""Damaged files: every reader says that it did not read one, or reads what is still sound, and neither raises nor runs on."""

from __future__ import annotations

import json
import shutil
import time
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pytest
import xgboost
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parity.anatomy import read_artifact
from parity.anatomy.sound import contradiction
from parity.values.anatomy import Anatomy
from tests.anatomy import pfa_documents as documents
from tests.contract.artifacts import FIXTURES

COLUMNS = ("a", "b", "c", "city")
# Far above what any of them takes (0.2 s of CPU at most), far below what one takes that runs on.
MOST_SECONDS = 10.0
WHOLE = ("pfa/*.pfa", "tribuo/*.tribuo", "h2o_mojo/gbm*.zip", "mleap/forest.zip", "old_xgboost/*.ubj")
ZIPPED = ("h2o_mojo/*.zip", "mleap/*.zip", "spark/kinds_*.zip", "spark/logistic.zip")

quickly = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def files(patterns: tuple[str, ...]) -> list[Path]:
    return [path for pattern in patterns for path in sorted(FIXTURES.glob(pattern))]


@cache
def text_of_lightgbm() -> bytes:
    X = np.random.default_rng(1).normal(size=(200, 3))
    options = {"objective": "regression", "linear_tree": True, "verbose": -1, "num_threads": 1}
    return bytes(lightgbm.train(options, lightgbm.Dataset(X, X[:, 0]), num_boost_round=3).model_to_string().encode())


@cache
def json_of_xgboost() -> bytes:
    X = np.random.default_rng(1).normal(size=(200, 3))
    model = xgboost.train({"max_depth": 3, "nthread": 1}, xgboost.DMatrix(X, label=X[:, 0]), num_boost_round=3)
    return bytes(model.save_raw("json"))


@st.composite
def damage(draw: st.DrawFn) -> Callable[[bytes], bytes]:
    """Cut off, overwritten, shortened or doubled somewhere."""
    how, where, size = draw(st.sampled_from(["cut", "over", "less", "more"])), draw(st.floats(0, 1)), draw(st.integers(1, 40))
    new = draw(st.binary(min_size=1, max_size=4))

    def done(data: bytes) -> bytes:
        at = int(where * max(len(data) - 1, 0))
        if how == "cut":
            return data[:at]
        if how == "over":
            return data[:at] + new + data[at + len(new) :]
        return data[:at] + data[at + size :] if how == "less" else data[: at + size] + data[at:]

    return done


def read(path: Path) -> Anatomy:
    started = time.process_time()
    found = read_artifact(path, COLUMNS)
    assert time.process_time() - started < MOST_SECONDS
    if found.trees is not None:  # what is read can be walked
        width = int(found.trees.feature.max(initial=0)) + 1
        assert not contradiction(found.trees, width if found.prefix is None else len(found.prefix.origin))
    elif found.linear is None:
        assert found.unread and all(found.unread)
    return found


@quickly
@given(st.sampled_from(files(WHOLE)), damage())
def test_bytes_of_a_file(tmp_path: Path, kept: Path, done: Callable[[bytes], bytes]) -> None:
    path = tmp_path / f"damaged{kept.suffix}"
    path.write_bytes(done(kept.read_bytes()))
    read(path)


@quickly
@given(st.sampled_from(["lightgbm", "xgboost"]), damage())
def test_bytes_of_a_model_of_this_minute(tmp_path: Path, which: str, done: Callable[[bytes], bytes]) -> None:
    path = tmp_path / ("damaged.lightgbm" if which == "lightgbm" else "damaged.json")
    path.write_bytes(done(text_of_lightgbm() if which == "lightgbm" else json_of_xgboost()))
    read(path)


@quickly
@given(st.sampled_from(files(ZIPPED)), st.integers(0, 1000), damage())
def test_one_file_of_an_archive_or_folder(tmp_path: Path, kept: Path, place: int, done: Callable[[bytes], bytes]) -> None:
    with zipfile.ZipFile(kept) as archive:
        names = archive.namelist()
        contents = {name: archive.read(name) for name in names}
    victim = names[place % len(names)]
    contents[victim] = done(contents[victim])
    if kept.parent.name == "spark":
        folder = tmp_path / "damaged"
        shutil.rmtree(folder, ignore_errors=True)
        for name, content in contents.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        read(folder)
        return
    with zipfile.ZipFile(tmp_path / "damaged.zip", "w") as made:
        for name, content in contents.items():
            made.writestr(name, content)
    read(tmp_path / "damaged.zip")


def places(node: Any) -> list[tuple[Any, Any]]:
    """All places of a JSON document: what holds them, and their key."""
    found, todo = [], [node]
    while todo:
        one = todo.pop()
        keys = list(one) if isinstance(one, dict) else list(range(len(one))) if isinstance(one, list) else []
        found += [(one, key) for key in keys]
        todo += [one[key] for key in keys]
    return found


ODD = st.one_of(st.none(), st.booleans(), st.integers(-3, 10), st.floats(), st.sampled_from(["", "input", "a", "double", "<"]))


@settings(quickly, max_examples=150)
@given(
    st.sampled_from(files(("pfa/*.pfa",))),
    st.integers(0, 10**6),
    st.sampled_from(["drop", "odd", "empty", "copy"]),
    ODD,
    st.data(),
)
def test_a_document_that_is_json_and_wrong(tmp_path: Path, kept: Path, at: int, how: str, odd: Any, data: st.DataObject) -> None:
    document = json.loads(kept.read_text())
    known = places(document)
    holder, key = known[at % len(known)]
    if how == "drop":
        del holder[key]
    elif how == "odd":
        holder[key] = odd
    elif how == "empty":
        holder[key] = data.draw(st.sampled_from([{}, [], [[]], {"do": []}]))
    else:
        other, there = known[data.draw(st.integers(0, len(known) - 1))]
        holder[key] = json.loads(json.dumps(other[there]))
    path = tmp_path / "wrong.pfa"
    path.write_text(json.dumps(document))
    read(path)


@pytest.mark.slow
def test_a_hundred_thousand_nodes_are_read_in_seconds(tmp_path: Path) -> None:
    """PFA worked out node by node: 6 s of CPU where it was measured, beside other work, and 42 MiB for a file of 8."""
    rng = np.random.default_rng(0)

    def grown(depth: int) -> Any:
        if not depth:
            return {"double": float(rng.normal())}
        split = {"field": "abc"[depth % 3], "operator": "<=", "value": {"double": float(rng.normal())}}
        return {"TreeNode": {**split, "pass": grown(depth - 1), "fail": grown(depth - 1)}}

    trees = [grown(15)["TreeNode"] for _ in range(2)]
    node = documents.tree_node(COLUMNS[:3], ["double"], "double")
    cells = {"forest": {"type": {"type": "array", "items": node}, "init": trees}}
    each = {"params": [{"tree": "TreeNode"}], "ret": "double", "do": [{"model.tree.simpleTree": ["input", "tree"]}]}
    action = [{"a.mean": [{"a.map": [{"cell": "forest"}, each]}]}]
    path = tmp_path / "large.pfa"
    path.write_text(json.dumps(documents.document([(c, "double") for c in COLUMNS[:3]], "double", action, cells)))
    started = time.process_time()
    found = read_artifact(path, COLUMNS)
    assert found.trees is not None and len(found.trees.left) == 2 * (2**16 - 1)
    assert time.process_time() - started < 60
