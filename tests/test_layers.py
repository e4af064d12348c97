"""Imports point one way: a module uses only what stands before it (DESIGN section 3, ARCHITECTURE.md)."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

BASE = ("values", "errors", "config", "numeric", "anatomy", "references", "jvm", "runtimes", "generate", "compare")
ABOVE = ("minimise", "diagnose", "judge", "replay", "report", "bench", "flow", "pipeline", "strategies", "selftest")
TOP = ("plugin", "commands", "demo", "cli")
ORDER = BASE + ABOVE + TOP
RANK = {name: rank for rank, name in enumerate(ORDER)}
ROOT = Path(__file__).parents[1] / "parity"
MODULES = sorted(p for p in ROOT.rglob("*.py") if p != ROOT / "__init__.py")


def layer(module: Path) -> str:
    return module.relative_to(ROOT).parts[0].removesuffix(".py")


def imported(module: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("parity."):
            found.add(node.module.split(".")[1])
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("parity.")}
    return found


@pytest.mark.parametrize("module", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_module_imports_only_what_stands_before_it(module: Path) -> None:
    here = layer(module)
    wrong = sorted(name for name in imported(module) if name != here and RANK[name] > RANK[here])
    assert not wrong, f"{module.name} in {here} imports {wrong}, which stand after it"


def test_every_layer_is_named_and_exists() -> None:
    there = {layer(m) for m in MODULES}
    assert there == set(ORDER)


def test_runtimes_know_no_tolerance_no_case_and_no_pytest() -> None:
    for module in (ROOT / "runtimes").glob("*.py"):
        text = module.read_text()
        assert "pytest" not in text and "Gate" not in text and "tolerance" not in text.lower(), module.name
