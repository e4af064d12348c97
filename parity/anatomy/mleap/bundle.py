"""MLeap's bundles in JSON, zipped or as folders, as MLeap's runtime reads them; MLeap is not imported."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from parity.anatomy.fields import NotUnderstoodError
from parity.anatomy.mleap import models, stages
from parity.anatomy.mleap.models import Reader
from parity.anatomy.part import Part, unread
from parity.anatomy.steps import Steps, coded
from parity.values.anatomy import Prefix

_FILES = {"bundle.json", "root/model.json"}


def recognises(path: Path) -> bool:
    """Whether a ZIP archive or a folder is a bundle in JSON."""
    if path.is_dir():
        return all((path / name).is_file() for name in _FILES)
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return set(archive.namelist()) >= _FILES


def read(path: Path, columns: Sequence[str], fed: Mapping[str, Sequence[str]] | None) -> tuple[Part, Prefix | None, Steps]:
    """The last stage in terms of the features in front of it; without structure the part says what was met instead."""
    try:
        if path.is_dir():
            return _read(lambda name: (path / name).read_text("utf-8"), Steps(tuple(columns), fed or {}))
        with zipfile.ZipFile(path) as archive:
            return _read(lambda name: archive.read(name).decode("utf-8"), Steps(tuple(columns), fed or {}))
    except NotUnderstoodError as reason:
        return unread(len(columns), str(reason)), None, Steps(tuple(columns))


def _read(text: Reader, steps: Steps) -> tuple[Part, Prefix | None, Steps]:
    root = json.loads(text("root/model.json"))
    names = root["attributes"]["nodes"]["string"] if root["op"] == "pipeline" else [""]
    for name in names:
        folder = f"root/{name}.node" if name else "root"
        model, node = json.loads(text(f"{folder}/model.json")), json.loads(text(f"{folder}/node.json"))
        kind, attributes = str(model["op"]), dict[str, Any](model.get("attributes", {}))
        if kind in models.MODELS:
            features = steps.of(_port(node, "features"))
            part = models.MODELS[kind](text, folder, attributes, len(features))
            if part.features != len(features):
                raise NotUnderstoodError(f"{len(features)} features in front of an MLeap model that has {part.features}")
            return coded(part, features), steps.front(features), steps
        stages.apply(kind, attributes, node["shape"], steps)
    raise NotUnderstoodError("a bundle without a model")


def _port(node: Any, port: str) -> str:
    """The column that feeds a port, or the only one."""
    inputs = node["shape"]["inputs"]
    found = [one["name"] for one in inputs if one["port"] == port] or [one["name"] for one in inputs]
    if len(found) != 1:
        raise NotUnderstoodError(f"an MLeap model with {len(inputs)} inputs")
    return str(found[0])
