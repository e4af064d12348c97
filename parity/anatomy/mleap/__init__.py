"""Reader of MLeap's bundles."""
