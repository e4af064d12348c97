"""What the project has to reach, one script per row of the table; `python -m benchmarks` runs them all. Linux only."""
