"""The Python side: loads a case's reference and sample, and scores batches with the model's own methods."""

from __future__ import annotations

from parity.references.frames import to_array, to_frame
from parity.references.loading import load
from parity.references.reference import Reference
from parity.references.sample import decoded, load_sample, select_columns

__all__ = ["Reference", "decoded", "load", "load_sample", "select_columns", "to_array", "to_frame"]
