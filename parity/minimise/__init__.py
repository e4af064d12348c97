"""The smallest row that still shows a finding, found in a handful of batch calls."""

from parity.minimise.row import Minimised, minimise

__all__ = ["Minimised", "minimise"]
