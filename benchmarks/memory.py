"""Peak memory of all processes together: 10,000,000 rows judged against 100,000.

Logistic regression in JPMML, phase random of the pipeline with its number of rows. The high-water marks (VmHWM) of every process
of the tree are added up (JVM heap, metaspace and the mapped block included), looked at every 50 ms.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

from benchmarks import models
from benchmarks.clocks import memory
from benchmarks.result import Figure, Result, method_of, publish

FEW, MANY = 100_000, 10_000_000
FORKS_FEW = 3
WANTED_MIB = 64
_POLL_SECONDS = 0.05


def measure() -> Result:
    models.artifact("lr")
    few = [_peak(FEW) for _ in range(FORKS_FEW)]
    many = _peak(MANY)
    largest_few = min(peak["high_water_mib"] for peak in few)
    grown = many["high_water_mib"] - largest_few
    figures = (
        Figure(
            "growth of the sum of high-water marks",
            grown,
            "MiB",
            at_most=WANTED_MIB,
            note=f"against the smallest of {FORKS_FEW} runs",
        ),
        *(Figure(f"{FEW:,} rows: sum of high-water marks", p["high_water_mib"], "MiB", note=_parts(p)) for p in few),
        Figure(f"{MANY:,} rows: sum of high-water marks", many["high_water_mib"], "MiB", note=_parts(many)),
        Figure(f"{FEW:,} rows: largest sum at one time", few[0]["resident_mib"], "MiB"),
        Figure(f"{MANY:,} rows: largest sum at one time", many["resident_mib"], "MiB"),
        Figure(f"{MANY:,} rows: wall time", many["seconds"], "s"),
    )
    return Result("memory", figures, method_of(__doc__), raw={"few": few, "many": many})


def _parts(peak: dict[str, float]) -> str:
    return f"judging process {peak['own_mib']:.0f} MiB, worker {peak['high_water_mib'] - peak['own_mib']:.0f} MiB"


def _peak(rows: int) -> dict[str, float]:
    started = time.monotonic()
    child = subprocess.Popen([sys.executable, "-m", "benchmarks.memory", "--one", str(rows)], stdout=subprocess.PIPE, text=True)
    high_water = resident = own = 0
    while child.poll() is None:
        sizes = memory(child.pid)
        high_water = max(high_water, sum(high for high, _ in sizes.values()))
        resident = max(resident, sum(now for _, now in sizes.values()))
        own = max(own, sizes.get(child.pid, (0, 0))[0])
        time.sleep(_POLL_SECONDS)
    assert child.stdout is not None
    said = child.stdout.read()
    judged = json.loads(said.splitlines()[-1]) if child.returncode == 0 else None
    if judged is None or judged["compared"] != rows or judged["verdict"] != "pass":
        raise RuntimeError(f"{rows:,} rows were not judged: exit status {child.returncode}, {judged}")
    kib = 1 / 1024
    return {
        "high_water_mib": high_water * kib,
        "resident_mib": resident * kib,
        "own_mib": own * kib,
        "seconds": time.monotonic() - started,
    }


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        from benchmarks.judging import judge

        print(json.dumps(judge("lr", int(sys.argv[2]))), flush=True)
        os._exit(0)
    publish(measure)
