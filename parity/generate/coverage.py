"""How many of the reachable cuts were probed on both sides."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from parity.generate.subject import Subject
from parity.generate.targets import targets_of
from parity.values.plan import Chunk, Phase


class Coverage:
    """Counts boundary rows that both sides of a comparison answered. In other phases there is nothing to count: None."""

    def __init__(self, phase: Phase, subject: Subject) -> None:
        self._targets = targets_of(subject) if phase == Phase.BOUNDARY else None
        cuts = 0 if self._targets is None else len(self._targets.column)
        self._met = np.zeros((cuts, 2), bool)

    def add(self, chunk: Chunk, answered: npt.NDArray[np.bool_]) -> None:
        """Counts the rows of a chunk that were `answered` (rows,). A value at the cut is on the side that its rule says."""
        if self._targets is None or chunk.cut is None or chunk.side is None:
            return
        counted = answered & (chunk.cut >= 0)
        cut, side = chunk.cut[counted], chunk.side[counted]
        above = (side > 0) | ((side == 0) & self._targets.strict[cut])
        self._met[cut, above.astype(np.int64)] = True

    @property
    def cuts(self) -> int | None:
        """Distinct cuts that some row can meet."""
        return None if self._targets is None else len(self._met)

    @property
    def probed(self) -> int | None:
        """Cuts of which a row within one float step was answered on each side."""
        return None if self._targets is None else int(self._met.all(axis=1).sum())

    @property
    def unreachable(self) -> int | None:
        """Cuts that no row can meet: their node's path contradicts itself."""
        return None if self._targets is None else self._targets.unreachable
