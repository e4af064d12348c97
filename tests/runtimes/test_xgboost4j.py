"""What only the XGBoost runtime has: its models say which release wrote them."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from parity.errors import ArtifactError
from parity.runtimes import find, open_session
from parity.values.case import Artifact


@pytest.fixture(scope="module", params=["json", "ubj"])
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    import xgboost

    data = np.arange(20.0).reshape(10, 2)
    path = tmp_path_factory.mktemp("xgboost") / f"model.{request.param}"
    booster = xgboost.train({"max_depth": 2}, xgboost.DMatrix(data, data[:, 0]), num_boost_round=2)
    booster.save_model(path)
    return path


def stamped(model: Path, folder: Path, version: tuple[int, int, int]) -> Artifact:
    """The same model, as if another release had written it."""
    text = b'"version":[%d,%d,%d]' % version
    binary = b"version[#L\0\0\0\0\0\0\0\x03i%ci%ci%c" % version
    content, json = re.subn(rb'"version":\[\d+,\d+,\d+\]', lambda _: text, model.read_bytes())
    content, ubj = re.subn(rb"version\[#L\0{7}\x03i.i.i.", lambda _: binary, content, flags=re.DOTALL)
    assert json + ubj == 1
    path = folder / model.name
    path.write_bytes(content)
    return Artifact(path)


@pytest.mark.parametrize("version", [(9, 1, 0), (3, 99, 2)])
def test_a_model_of_a_newer_release_is_an_error(model: Path, tmp_path: Path, version: tuple[int, int, int]) -> None:
    artifact = stamped(model, tmp_path, version)
    wanted = rf"model\.\w+: the model was written by XGBoost {version[0]}\.{version[1]}\.{version[2]}, newer than XGBoost4J 3\."
    with pytest.raises(ArtifactError, match=wanted):
        open_session(find()["xgboost4j"], artifact, folder=tmp_path / ".parity")


@pytest.mark.parametrize("version", [(1, 7, 6), (3, 0, 99)])
def test_a_model_of_an_older_release_is_opened(model: Path, tmp_path: Path, version: tuple[int, int, int]) -> None:
    session = open_session(find()["xgboost4j"], stamped(model, tmp_path, version), folder=tmp_path / ".parity")
    session.close()
    assert session.signature.inputs[0].width == 2
