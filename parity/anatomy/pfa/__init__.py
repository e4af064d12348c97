"""Reader of PFA documents."""
