"""A reference that draws is found before anything is compared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from parity.errors import UnmeasurableError
from parity.pipeline import Workbench
from tests.test_pipeline import bench, honest, run

__all__ = ["bench"]
RNG = np.random.default_rng(0)


def drawing(rows: pd.DataFrame) -> Any:
    return honest(rows) + RNG.normal(size=len(rows))


def test_a_reference_that_disagrees_with_itself_is_said(tmp_path: Path, bench: Workbench) -> None:
    with pytest.raises(UnmeasurableError, match=r"churn: the reference disagrees with itself: asked twice for the same .* rows"):
        run(tmp_path, bench, drawing)
