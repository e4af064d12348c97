"""Real data that comes inside installed packages; nothing is downloaded.

Tumours (Wisconsin breast cancer) and diabetes come with scikit-learn; the Palmer penguins (Gorman, Williams and Fraser 2014, CC0)
come with the package palmerpenguins: two penguins were never measured, and the sex of eleven is not known.
"""

from __future__ import annotations

import re
from typing import Any

MEASURES = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]


def tumours() -> tuple[Any, Any]:
    """569 tumours: 30 numbers, malignant or benign."""
    from sklearn.datasets import load_breast_cancer

    data = load_breast_cancer(as_frame=True)
    return data.data.rename(columns=lambda name: re.sub(r"\W+", "_", name)), data.target.to_numpy()


def diabetes() -> tuple[Any, Any]:
    """442 patients: 10 numbers, progression after a year."""
    from sklearn.datasets import load_diabetes

    data = load_diabetes(as_frame=True)
    return data.data, data.target.to_numpy()


def penguins(known_sex: bool) -> tuple[Any, Any]:
    """344 penguins: four measures (missing for two), island and sex as text, and the species.

    `known_sex` drops the eleven penguins whose sex is missing, as people do before they train.
    """
    from palmerpenguins import load_penguins

    data = load_penguins()
    data = data[data.sex.notna()] if known_sex else data
    text = data[["island", "sex"]].astype(object)
    frame = text.join(data[MEASURES]) if known_sex else data[MEASURES]
    return frame.reset_index(drop=True), data.species.astype(object).to_numpy()
