"""The smallest row that still shows a finding, found in a handful of batch calls."""

from parity.minimise.pools import places_off
from parity.minimise.row import Minimised, minimise
from parity.minimise.same_cut import cut_of, same_cut

__all__ = ["Minimised", "cut_of", "minimise", "places_off", "same_cut"]
