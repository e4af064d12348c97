"""Outcomes and tolerance to drift. Pure: nothing is scored here."""
