"""The weights that the fake runtime reads."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.contract.artifacts import Made, array, columns_of, numbers


def weights(folder: Path) -> Made:
    path, batch = folder / "weights.fake", numbers()
    path.write_text("a = 0.5\nb = -1.25\nc = 3\n")
    expected = array(batch).astype(np.float64) @ [0.5, -1.25, 3.0]
    return Made(path, columns_of(batch), batch, "value", expected.reshape(-1, 1))


MAKERS = (weights,)
