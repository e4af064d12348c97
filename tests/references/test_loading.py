"""Where references come from: files, modules, objects; and everything that can be wrong with them."""

from __future__ import annotations

import pickle
import sys

import joblib
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from parity.errors import ReferenceLoadError
from parity.references.native import tried
from tests.references.models import batch, equal_bits, numbers, reference, scores, target


@pytest.fixture
def model():
    frame = numbers()
    return LogisticRegression().fit(frame, target(frame))


@pytest.fixture(autouse=True)
def own_path(monkeypatch):
    """What a test makes importable is gone after it."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield
    for name in [n for n in sys.modules if n.startswith("refs_")]:
        del sys.modules[name]


@pytest.mark.parametrize("name", ["model.joblib", "model.pkl", "model.pickle"])
def test_pickles(tmp_path, model, name):
    (joblib.dump if name.endswith("joblib") else lambda m, p: p.write_bytes(pickle.dumps(m)))(model, tmp_path / name)
    found = reference(name, tmp_path)
    assert equal_bits(scores(found, batch(numbers()))["probability"], model.predict_proba(numbers()))


def test_paths_may_be_absolute_or_path_objects(tmp_path, model):
    joblib.dump(model, tmp_path / "model.joblib")
    assert reference(tmp_path / "model.joblib", tmp_path / "elsewhere").columns == ("age", "income", "debt")
    assert reference(str(tmp_path / "model.joblib"), tmp_path / "elsewhere").width == 3


def test_module_beside_the_configuration(tmp_path, model):
    joblib.dump(model, tmp_path / "model.joblib")
    (tmp_path / "refs_one.py").write_text(
        "from pathlib import Path\nimport joblib\n"
        "MODEL = joblib.load(Path(__file__).with_name('model.joblib'))\n"
        "def make():\n    return MODEL\n"
        "class Space:\n    inner = MODEL\n"
        "def score(frame):\n    return frame.age * 2\n"
    )
    for address in ("refs_one:MODEL", "refs_one:make()", "refs_one:Space.inner"):
        assert reference(address, tmp_path).facts["model"] == "LogisticRegression"
    called = reference("refs_one:score", tmp_path)
    assert called.facts["model"] == "score"
    assert equal_bits(scores(called, batch(numbers()))["value"], numbers().age.to_numpy() * 2)


def test_two_folders_with_modules_of_one_name(tmp_path):
    for folder, factor in (("a", 2), ("b", 3)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "refs_twin.py").write_text(f"def score(frame):\n    return frame.age * {factor}\n")
    for folder, factor in (("a", 2), ("b", 3), ("a", 2)):
        found = reference("refs_twin:score", tmp_path / folder)
        assert equal_bits(scores(found, batch(numbers()))["value"], numbers().age.to_numpy() * factor)


def test_class_saved_with_the_model_is_found_beside_the_configuration(tmp_path):
    (tmp_path / "refs_own.py").write_text("class Own:\n    def predict(self, X):\n        return X.age.to_numpy()\n")
    sys.path.insert(0, str(tmp_path))
    import refs_own  # type: ignore[import-not-found]

    joblib.dump(refs_own.Own(), tmp_path / "own.joblib")
    sys.path.remove(str(tmp_path))
    del sys.modules["refs_own"]
    found = reference("own.joblib", tmp_path)
    assert [s.name for s in found.signature.outputs] == ["value"]
    assert equal_bits(scores(found, batch(numbers()))["value"], numbers().age.to_numpy())


BROKEN = {
    "refs_raises.py": "raise RuntimeError('no data base')\n",
    "refs_needs.py": "import refs_not_there\n",
    "refs_exits.py": "import sys; sys.exit(3)\n",
    "refs_names.py": "MODEL = 3\ndef make():\n    raise ValueError('no weights')\ndef none():\n    return None\n",
    "refs_syntax.py": "def (:\n",
}


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("refs_absent:MODEL", "there is no module 'refs_absent', neither installed nor in .*"),
        ("refs_absent.sub:MODEL", "there is no module 'refs_absent.sub'"),
        ("refs_raises:MODEL", "importing 'refs_raises' raised RuntimeError: no data base"),
        ("refs_needs:MODEL", "importing 'refs_needs' raised ModuleNotFoundError: No module named 'refs_not_there'"),
        ("refs_exits:MODEL", "importing 'refs_exits' raised SystemExit: 3"),
        ("refs_syntax:MODEL", "importing 'refs_syntax' raised SyntaxError"),
        ("refs_names:MODLE", r"refs_names \(.*refs_names.py\) has no 'MODLE'; did you mean 'MODEL'\?"),
        ("refs_names:MODEL.x", "has no 'x'"),
        ("refs_names:MODEL", "is a int, which has no method that scores"),
        ("refs_names:MODEL()", r'it is a int and cannot be called; leave out the "\(\)"'),
        ("refs_names:make()", "calling it raised ValueError: no weights"),
        ("refs_names:none()", "is a NoneType, which has no method that scores"),
        ("refs-names:x", 'is neither a file nor "package.module:name" nor'),
        ("refs_names:", "is neither a file nor"),
        ("models:/churn@challenger", "lies in MLflow, which is not read here; download it and give the model file"),
        ("absent.joblib", r'the reference .*absent.joblib: there is no such file; give a model file, or "package.module:name"'),
    ],
)
def test_addresses_that_lead_nowhere(tmp_path, address, words):
    for name, text in BROKEN.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(ReferenceLoadError, match=words):
        reference(address, tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("m.joblib", b"", r"m.joblib is empty \(0 bytes\); write it again"),
        (
            "m.joblib",
            pickle.dumps(np.arange(1000.0))[:200],
            "cannot be unpickled: .*; is it complete, and a pickle or joblib file",
        ),
        ("m.pkl", b"hello, world", "cannot be unpickled: .*is it complete"),
        ("m.pkl", b"crefs_gone\nThing\n.", "cannot be unpickled: ModuleNotFoundError: .*; install 'refs_gone', or put it beside"),
        ("m.pkl", b"csklearn.linear_model\nGone\n.", "AttributeError: .*; a class that it was saved with is not there any more"),
        ("m.pkl", pickle.dumps([1, 2]), "is a list, which has no method that scores"),
        ("m.onnx", b"", "m.onnx is empty"),
        ("m.weights", b"abc", "is of no known format; known are .joblib, .pkl, .json, .ubj"),
    ],
)
def test_files_that_hold_no_model(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ReferenceLoadError, match=words):
        reference(name, tmp_path)


def test_folder_is_no_reference(tmp_path):
    (tmp_path / "m.joblib").mkdir()
    with pytest.raises(ReferenceLoadError, match="is a folder, but no SavedModel; a file is wanted"):
        reference("m.joblib", tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("m.json", b'{"learner": {"attributes": {}, ', "cannot be opened by XGBoost: "),
        ("m.ubj", b"{L\x00\x00\x00\x00\x00\x00\x00\x07learner{L", "cannot be opened by XGBoost: "),
        ("m.txt", b"tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\n", "cannot be opened by LightGBM: "),
        ("m.onnx", b"\x08\x08\x12\x04skl2 and then nothing", "cannot be opened by ONNX: "),
    ],
)
def test_damaged_native_files(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ReferenceLoadError, match=words) as raised:
        reference(name, tmp_path)
    assert "Traceback" not in str(raised.value)
    assert "Stack trace" not in str(raised.value)
    assert str(raised.value).endswith("is it complete, and not of a newer version?")


def test_library_that_aborts_ends_its_own_process_only():
    assert tried("import os; os.abort()", "x", 0, 0) == "it ended the process (signal 6, SIGABRT)"
    assert tried("import os; os._exit(9)", "x", 0, 0) == "it ended the process (exit status 9)"
    assert tried("import refs_absent", "x", 0, 0) == "ModuleNotFoundError: No module named 'refs_absent'"
    assert tried("pass", "x", 0, 0) == ""


def test_child_gets_what_it_cannot_do_without(tmp_path):
    (tmp_path / "distributed.py").touch()
    sys.path.insert(0, str(tmp_path))
    assert tried("import distributed", "x", 0, 0) == ""


def test_warning_of_another_version_becomes_a_fact(tmp_path, model):
    state = model.__getstate__()
    model.__class__ = type("LogisticRegression", (LogisticRegression,), {"__reduce__": lambda self: (rebuilt, (state,))})
    joblib.dump(model, tmp_path / "m.joblib")
    assert "0.24.1" in reference("m.joblib", tmp_path).facts["loading"]


def rebuilt(state):
    fresh = LogisticRegression()
    fresh.__setstate__({**state, "_sklearn_version": "0.24.1"})
    return fresh
