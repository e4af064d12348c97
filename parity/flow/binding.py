"""The columns of a case bound to an opened artifact: which feed which input, and which of them go as codes."""

from __future__ import annotations

from collections.abc import Sequence

from parity.runtimes.codes import coded, codes_of
from parity.runtimes.inputs import Match, match_inputs
from parity.runtimes.session import Session
from parity.values.anatomy import Anatomy
from parity.values.case import Case
from parity.values.columns import Column


def bound(session: Session, columns: Sequence[Column], reference: Anatomy, case: Case) -> tuple[Session, Match]:
    """The session, fed as a Java caller would feed it, and the columns of each input.

    Raises MatchingError where the columns do not fit the inputs.
    """
    inputs = match_inputs(columns, session.signature, case.inputs)
    session.bind(inputs)
    codes = codes_of(columns, reference.coding, inputs, session.signature)
    return (coded(session, codes) if codes else session), inputs
