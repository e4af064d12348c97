"""What the pytest front hands over to when `--parity` is given."""
