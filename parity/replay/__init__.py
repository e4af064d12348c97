"""A finding to disk and back, bit for bit, with what a fresh process needs to ask again."""

from parity.replay.context import case_of, context_of
from parity.replay.identity import finding_id
from parity.replay.store import Broken, Store, Stored

__all__ = ["Broken", "Store", "Stored", "case_of", "context_of", "finding_id"]
