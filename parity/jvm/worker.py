"""The worker: `python -m parity.jvm.worker REQUESTS REPLIES LIFELINE TMP CRASHES`, one JVM that serves one client.

The first three are descriptors inherited from the client, TMP is a folder of the worker's own, its java.io.tmpdir, and CRASHES
the file that the JVM writes its report to where a native library crashes.
Standard output and error, Java's included, go to the log that the client opened. The worker imports jpype, which imports
numpy, and nothing else of weight.
"""

from __future__ import annotations

import gc
import os
import resource
import shutil
import sys
import threading
from typing import Any, NoReturn

from parity.jvm import protocol
from parity.jvm.desk import Desk


def main(arguments: list[str]) -> NoReturn:
    """Serve until the client says close, or is gone."""
    requests, replies, lifeline = (int(number) for number in arguments[:3])
    folder, crashes = arguments[3:5]
    for descriptor in (requests, replies, lifeline):
        os.set_inheritable(descriptor, False)  # a child of the JVM must not hold the client's pipes open
    # Without core files; the JVM's own flag for that would hide the signal behind an exit status.
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    threading.Thread(target=_watch, args=(lifeline, folder), daemon=True).start()
    last = _serve(requests, replies, _own_flags(folder, crashes))
    if last is None:
        shutil.rmtree(folder, ignore_errors=True)  # the client is gone, so nobody else removes it
    elif last.get("archive"):
        _end_normally(last["archive"])
    # The shutdown hooks of native runtimes race with each other; the private folder is removed by the client, if it lives.
    sys.stdout.flush()
    os._exit(0)


def _own_flags(folder: str, crashes: str) -> list[str]:
    """What keeps a JVM that ends without its shutdown hooks from leaving files in shared places, and its log from noise."""
    return [
        f"-Djava.io.tmpdir={folder}",
        "-XX:-UsePerfData",
        f"-XX:ErrorFile={crashes}",
        "-Xlog:cds*=error",  # which classes an archive leaves out
    ]


def _serve(requests: int, replies: int, own_flags: list[str]) -> dict[str, Any] | None:
    """Answer one line after another. Returns the request to close, or None where the client went away."""
    desk = Desk(own_flags)
    with os.fdopen(requests, "rb") as lines:
        for line in lines:
            message = protocol.decode(line)
            reply = protocol.encode(desk.answer(message))
            while reply:
                reply = reply[os.write(replies, reply) :]
            if message["op"] == "open":
                # JPype lets Python's collector run after each of the JVM's; what lives from here on need not be walked each time.
                gc.collect()
                gc.freeze()
            if message["op"] == "close":
                return message
    return None


def _watch(lifeline: int, folder: str) -> None:
    """End this process when the client is gone, also where the main thread is inside Java and will not come back."""
    os.read(lifeline, 1)
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)


def _end_normally(archive: list[str]) -> None:
    """End the JVM by the rules, because only then it writes its archive of classes; then give it its name."""
    import jpype

    temporary, final = archive
    jpype.shutdownJVM()
    if os.path.exists(temporary):
        _sync(temporary)  # a name that outlives a power cut, on a file that did not, would kill every JVM that maps it
        os.replace(temporary, final)


def _sync(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


if __name__ == "__main__":
    main(sys.argv[1:])
