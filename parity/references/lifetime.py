"""Processes that must not outlive this one, however it ends."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_SECONDS = 10
"""How long the watcher looks: a process that was being started when its owner was killed gets its command line late."""

_WATCH = """\
import os, shutil, signal, subprocess, sys, time

folder = os.environ["PARITY_WATCHED"]  # not an argument, which would be a mark on the watcher itself
if not os.path.isabs(folder) or not os.path.isdir(folder) or len(os.path.basename(folder)) < 8:
    sys.exit(f"{folder!r} is no private folder: whatever names it must be ours")
sys.stdin.read()  # ends when the writing end is closed: by the kernel, where its process is killed

def commands():
    if not os.path.exists("/proc/self/cmdline"):
        listed = subprocess.run(["ps", "-axww", "-o", "pid=,command="], capture_output=True, text=True, errors="replace").stdout
        for line in listed.splitlines():
            pid, *arguments = line.split()
            yield pid, arguments
        return
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", errors="replace") as file:
                yield pid, file.read().split("\\0")
        except OSError:  # it has ended
            pass

until = time.monotonic() + float(sys.argv[1])
while time.monotonic() < until:
    for pid, arguments in commands():
        if folder in arguments:
            try:
                os.kill(int(pid), signal.SIGKILL)
            except OSError:
                pass
    time.sleep(0.2)
shutil.rmtree(folder, ignore_errors=True)
"""

_watching: list[subprocess.Popen[bytes]] = []
"""Held, because the pipe closes with them."""


def ends_with_us(folder: Path) -> None:
    """Whatever process has `folder` for one of its arguments is killed once this one has ended, and the folder is removed.

    Whether by itself, by a signal or by the kernel: what hooks at exit do is lost on SIGKILL; a watcher with a pipe to this
    process is not. To be called before the process is started, as nobody knows its number while it starts; so the folder has to
    be a private one, whose name nothing else has (`tempfile.mkdtemp`). It works on Linux and macOS alike.
    """
    quiet = subprocess.DEVNULL
    command = [sys.executable, "-I", "-S", "-c", _WATCH, str(_SECONDS)]
    told = {**os.environ, "PARITY_WATCHED": str(folder)}
    _watching.append(
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=quiet, stderr=quiet, start_new_session=True, env=told)
    )
