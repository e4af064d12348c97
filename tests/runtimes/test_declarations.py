"""A runtime is one Python file, one Maven module and declarations: nothing else in the package or in the Java side names it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from parity.jvm.lock import read_lock
from parity.runtimes import find

ROOT = Path(__file__).parents[2]
PYTHON_TOO = {"onnxruntime", "catboost"}
"""Names that the Python library has too: references and reports speak of that."""
WITHOUT_JARS = {"java-source"}


def own(file: Path, name: str) -> bool:
    stem = name.replace("-", "_")
    return file.stem == stem or file.stem.startswith(f"{stem}_")


@pytest.mark.parametrize("name", sorted(set(find()) - PYTHON_TOO - {"fake"}))
def test_no_other_file_of_the_package_names_it(name: str) -> None:
    quoted = re.compile(rf"""["']{name}["']""")
    files = [f for f in (ROOT / "parity").rglob("*.py") if "demo" not in f.parts and not own(f, name)]  # the demo is a user
    assert [str(f.relative_to(ROOT)) for f in files if quoted.search(f.read_text())] == []


@pytest.mark.parametrize("name", sorted(set(find()) - {"fake"}))
def test_its_scorer_lies_in_a_module_of_its_own_that_no_other_module_names(name: str) -> None:
    scorer = find()[name].scorer
    module = ROOT / "java-harness" / name
    assert (module / "src" / "main" / "java" / Path(*scorer.split("."))).with_suffix(".java").is_file()
    package = scorer.rpartition(".")[0]
    others = [f for f in (ROOT / "java-harness").glob("*/src/**/*.java") if module not in f.parents]
    assert [str(f.relative_to(ROOT)) for f in others if package in f.read_text()] == []


@pytest.mark.parametrize("name", sorted(set(find()) - {"fake"}))
def test_it_is_declared_once_in_the_parent_pom_and_in_the_lock(name: str) -> None:
    assert (ROOT / "java-harness" / "pom.xml").read_text().count(f"<module>{name}</module>") == 1
    assert (name in read_lock()) != (name in WITHOUT_JARS)
