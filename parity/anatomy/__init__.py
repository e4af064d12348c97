"""Reads a model's structure: cuts, trees, sums, categories. One file per library or format, none imported just to look."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from parity.anatomy import h2o_mojo
from parity.anatomy.assemble import assemble, reordered
from parity.anatomy.boosters import catboost_json, lightgbm_text, xgboost_json
from parity.anatomy.mleap import bundle as mleap_bundle
from parity.anatomy.models import held, library, read_last
from parity.anatomy.part import Part, unread
from parity.anatomy.pfa import document as pfa_document
from parity.anatomy.regions import with_regions
from parity.anatomy.scikit import histogram as sklearn_histogram
from parity.anatomy.scikit import pipelines
from parity.anatomy.scikit.blends import with_blend
from parity.anatomy.steps import Steps
from parity.anatomy.tribuo import model as tribuo
from parity.values.anatomy import Anatomy, Prefix

__all__ = ["read_artifact", "read_model", "unread_tensors"]


def read_model(model: Any, columns: Sequence[str]) -> Anatomy:
    """The anatomy of a reference in terms of the user's columns. Never raises: `unread` says what was not understood."""
    return _guarded(lambda names: with_regions(_blended(model, names), model), type(model).__name__, columns)


def read_artifact(path: Path, columns: Sequence[str], fed: Mapping[str, Sequence[str]] | None = None) -> Anatomy:
    """The anatomy of an exported file: ONNX, PMML, PFA, XGBoost's, LightGBM's, CatBoost's, MOJOs, Tribuo's, MLeap's, Spark's.

    Never raises. `fed` says which columns feed which input of the file, where names and widths do not tell.
    """
    return _guarded(lambda names: _artifact(path, names, fed), path.name, columns)


def unread_tensors(columns: Sequence[str]) -> Anatomy:
    """The anatomy of a model that takes tensors."""
    return _nothing(tuple(columns), "a network has no cuts")


def _guarded(read: Callable[[tuple[str, ...]], Anatomy], name: str, given: Sequence[str]) -> Anatomy:
    columns = tuple(given)
    try:
        return read(columns)
    except Exception as error:  # noqa: BLE001 - libraries are called on damaged files and foreign models
        return _nothing(columns, f"{name} ({type(error).__name__}: {str(error)[:160]})")


def _nothing(columns: Sequence[str], what: str) -> Anatomy:
    return assemble(unread(len(columns), what), columns, None)


def _blended(model: Any, columns: Sequence[str]) -> Anatomy:
    """A model, and those whose scores it mixes: each of them may mix others."""
    return with_blend(_model(held(model), columns), model, _blended)


def _model(model: Any, columns: Sequence[str]) -> Anatomy:
    if pipelines.is_pipeline(model):
        return _pipeline(model, columns)
    if library(model) == "h2o":
        return _mojo(*h2o_mojo.of_model(model), columns)
    if library(model) == "onnxruntime":
        return read_artifact(Path(model._model_path), columns)
    if sklearn_histogram.front(model) is not None:
        return _behind(model, columns)
    return _direct(read_last(model, len(columns)), columns)


def _behind(model: Any, columns: Sequence[str]) -> Anatomy:
    """A model with an encoder of its own in front, read as the pipeline that it is."""
    from sklearn.pipeline import Pipeline

    return _pipeline(Pipeline([("encoder", sklearn_histogram.front(model)), ("model", model)]), columns)


def _direct(part: Part, columns: Sequence[str]) -> Anatomy:
    """A model that reads the user's columns themselves."""
    if part.features != len(columns):
        return _nothing(columns, f"a model of {part.features} features, for {len(columns)} columns")
    return assemble(part, columns, reordered(part, columns))


def _pipeline(pipeline: Any, columns: Sequence[str]) -> Anatomy:
    last = held(pipeline.steps[-1][1])
    front = pipelines.read_front(pipeline, columns, absent_is_missing=library(last) == "xgboost")
    width = len(front.prefix.origin)
    part = unread(width, "a pipeline inside a pipeline") if pipelines.is_pipeline(last) else read_last(last, width)
    if part.features != width:
        part = unread(width, f"{width} features in front of a model of {part.features}")
    named = getattr(pipeline, "feature_names_in_", None) is not None
    facts = (front.jumps, front.ranges, front.categories, front.imputed, front.unread)
    return assemble(part, columns, front.prefix, *facts, named, front.words)


def _artifact(path: Path, columns: Sequence[str], fed: Mapping[str, Sequence[str]] | None) -> Anatomy:
    suffix = path.suffix.lower()
    if suffix == ".onnx":
        return _onnx(path, columns, fed)
    if path.is_file() and suffix in (".pfa", ".json", "") and pfa_document.recognises(path):
        return _pfa(path, columns, fed)
    if suffix in (".json", ".ubj", ".xgb"):
        return _direct(_of_document(_document(path)), columns)
    if suffix == ".cbm":
        return _catboost(path, columns)
    if suffix == ".pmml":
        return _pmml(path, columns)
    if suffix == ".tribuo" or (path.is_file() and tribuo.recognises(path)):
        return _direct(tribuo.read(path), columns)
    if path.is_dir():
        return _folder(path, columns, fed)
    if lightgbm_text.recognises(path):
        return _direct(lightgbm_text.read(path.read_text()), columns)
    if suffix in (".zip", ".mojo") and h2o_mojo.is_mojo(path):
        return _mojo(*h2o_mojo.read(path), columns)
    if suffix == ".zip" and mleap_bundle.recognises(path):
        return _stepped(*mleap_bundle.read(path, columns, fed), columns)
    return _nothing(columns, f"{suffix or 'files without a suffix'}")


def _folder(path: Path, columns: Sequence[str], fed: Mapping[str, Sequence[str]] | None) -> Anatomy:
    from parity.anatomy.spark import pipeline

    if mleap_bundle.recognises(path):
        return _stepped(*mleap_bundle.read(path, columns, fed), columns)
    if not pipeline.recognises(path):
        return _nothing(columns, "folders of this kind")
    return _stepped(*pipeline.read(path, columns, fed), columns)


def _stepped(part: Part, front: Prefix | None, steps: Steps, columns: Sequence[str]) -> Anatomy:
    """A model behind steps that were read into features of the user's columns."""
    known = {column: tuple(labels) for column, labels in steps.categories.items()}
    imputed = frozenset(column for column in steps.imputed if column >= 0)
    return assemble(part, columns, front, steps.jumps(), categories=known, imputed=imputed, named=True)


def _of_document(document: Any) -> Part:
    """XGBoost's, or CatBoost's own JSON."""
    if catboost_json.recognises(document):
        return catboost_json.read_document(document)
    return xgboost_json.read_document(document)


def _catboost(path: Path, columns: Sequence[str]) -> Anatomy:
    import catboost

    model = catboost.CatBoost()
    model.load_model(str(path))
    return _direct(catboost_json.read(model), columns)


def _mojo(part: Part, front: Prefix | None, columns: Sequence[str]) -> Anatomy:
    """A GLM's coefficients have a front of their own; its columns are taken to be in the MOJO's order."""
    if front is None:
        return _direct(part, columns)
    return assemble(part, columns, front, imputed=frozenset(range(len(columns))))


def _onnx(path: Path, columns: Sequence[str], fed: Mapping[str, Sequence[str]] | None) -> Anatomy:
    import onnx

    from parity.anatomy.onnx.model import read_graph

    part, prefix = read_graph(onnx.load(str(path)), columns, fed)
    return assemble(part, columns, prefix, named=len(columns) > 0 and prefix is not None)


def _pfa(path: Path, columns: Sequence[str], fed: Mapping[str, Sequence[str]] | None) -> Anatomy:
    found = pfa_document.read(path, columns, fed)
    return assemble(found.part, columns, found.prefix, found.jumps, imputed=found.imputed, named=True)


def _document(path: Path) -> Any:
    """XGBoost's own two formats, told apart by content: UBJSON starts with an object whose first key has a length."""
    from parity.anatomy.boosters.ubjson import parse

    data = path.read_bytes()
    if data[:1] == b"{" and data[1:2] not in (b'"', b" ", b"\n", b"\r", b"\t", b"}"):
        return parse(data)
    return json.loads(data)


def _pmml(path: Path, columns: Sequence[str]) -> Anatomy:
    from parity.anatomy.pmml.cuts import read_cuts
    from parity.anatomy.pmml.document import read
    from parity.anatomy.pmml.precision import precision_of

    part, prefix = read(path, columns)
    if part.trees is not None or part.linear is not None:
        return replace(assemble(part, columns, prefix, named=True), precision=precision_of(path))
    cuts, notes = read_cuts(path, columns)
    return replace(assemble(part, columns, None), cuts=cuts, unread=(*part.unread, *notes), precision=precision_of(path))
