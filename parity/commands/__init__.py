"""What the subcommands of `parity` do; `parity/cli.py` holds their options. Each returns an Answer and prints nothing."""
