"""The child of `bounded_calls`: one call after the other until its parent goes."""

import pickle
import resource
import signal
import sys
from collections.abc import Callable
from importlib import import_module
from multiprocessing.connection import Connection

# Of data alone: the address space of a process with these libraries is larger and says little.
MEMORY_BYTES = 2 * 2**30
# Its parent stops it at the limit; this is for a child whose parent is gone.
GRACE_SECONDS = 2.0


def main() -> None:
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
    connection = Connection(int(sys.argv[1]))
    while True:
        try:
            request = connection.recv_bytes()
        except EOFError:
            # The parent is gone or has closed its end.
            return
        seconds, function, args = pickle.loads(request)  # noqa: S301  (from the parent)
        _load_libraries(function)
        # From here on the parent counts the call's own time.
        connection.send(None)
        # No handler: the signal ends the process even inside C code, where Python would not look at a flag.
        signal.setitimer(signal.ITIMER_REAL, seconds + GRACE_SECONDS)
        try:
            result = function(*args)
        except Exception as error:
            connection.send((True, error))
            raise
        signal.setitimer(signal.ITIMER_REAL, 0)
        connection.send((False, result))


def _load_libraries(function: Callable[..., object]) -> None:
    """Unpickling has imported the function's module. What that leaves to whoever calls it, it names in LIBRARIES: on a cold
    disk loading takes as long as a call may.
    """
    module = sys.modules.get(getattr(function, "__module__", ""))
    for name in getattr(module, "LIBRARIES", ()):
        import_module(name)


if __name__ == "__main__":
    main()
