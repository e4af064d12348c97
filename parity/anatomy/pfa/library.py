"""Functions of PFA's library (0.8.1, section 5) on values that may depend on the row. What is not here is said by its name."""

from __future__ import annotations

from parity.anatomy.pfa.arithmetic import ARITHMETIC
from parity.anatomy.pfa.arrays import ARRAYS
from parity.anatomy.pfa.calls import Functions
from parity.anatomy.pfa.models import MODELS

CHAINED = ("+", "la.add")
FUNCTIONS: Functions = {**ARITHMETIC, **MODELS, **ARRAYS}
