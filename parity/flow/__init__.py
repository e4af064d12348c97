"""The steps that hold both sides at once, for `pipeline.py`: open and match them, examine rows, ask again, make findings."""
