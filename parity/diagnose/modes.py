"""A network whose reference is still in training mode."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from parity.diagnose.evidence import Evidence, Floats, Hypothesis


def hypotheses(evidence: Evidence) -> Iterator[Hypothesis]:
    """One, for modules of PyTorch: the reference itself, asked in inference mode, and put back as each part was."""
    model = evidence.model
    if getattr(model, "training", None) is not True or not callable(getattr(model, "eval", None)):
        return

    def predict(batch: pa.RecordBatch) -> Floats:
        parts = [(part, part.training) for part in model.modules()]
        model.eval()
        try:
            return evidence.ask_reference(batch.slice(0))  # answers are remembered by batch: to this one, of the other mode
        finally:
            for part, training in parts:
                part.training = training

    text = "the reference in inference mode (eval()) answers what the runtime answers"
    yield Hypothesis("training-mode", predict, evidence.ask_runtime, text)
