"""Findings, policy and ledger to a verdict that could have been otherwise."""
