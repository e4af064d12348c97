"""Pure functions over arrays: ULPs, error bounds, statistics."""
