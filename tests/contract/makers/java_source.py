"""Java that m2cgen generates."""

from __future__ import annotations

from pathlib import Path

from tests.contract.artifacts import Made, array, columns_of, numbers, target


def forest(folder: Path) -> Made:
    import m2cgen
    from sklearn.ensemble import RandomForestClassifier

    path, batch = folder / "forest.java", numbers()
    model = RandomForestClassifier(n_estimators=5, max_depth=3, random_state=1).fit(array(batch), target(batch))
    path.write_text(m2cgen.export_to_java(model))
    return Made(path, columns_of(batch), batch, "score", model.predict_proba(array(batch)))


MAKERS = (forest,)
