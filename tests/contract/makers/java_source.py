"""Java that m2cgen generates."""

from __future__ import annotations

import re
from pathlib import Path

from tests.contract.artifacts import Made, array, columns_of, numbers, target
from tests.contract.newer import replaced


def forest(folder: Path) -> Made:
    import m2cgen
    from sklearn.ensemble import RandomForestClassifier

    path, batch = folder / "forest.java", numbers()
    model = RandomForestClassifier(n_estimators=5, max_depth=3, random_state=1).fit(array(batch), target(batch))
    path.write_text(m2cgen.export_to_java(model))
    return Made(path, columns_of(batch), batch, "score", model.predict_proba(array(batch)))


MAKERS = (forest,)


def newer(path: Path, folder: Path) -> Path:
    """Source for Java 21: a switch over patterns."""
    later = b"""{
    static String later(Object given) {
        return switch (given) { case Integer number when number > 0 -> "more"; default -> "other"; };
    }
"""
    return replaced(path, folder, re.compile(rb"\{\n"), later)


NEWER = (newer,)
