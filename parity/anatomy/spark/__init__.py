"""Reader of what Spark saves."""
