"""The other side of `apps.core.bounded`: answers calls until its standard input ends. Knows no settings.

python -m apps.core.bounded_child MEMORY_BYTES CPU_SECONDS
"""

import json
import os
import pkgutil
import resource
import sys
from typing import IO, Any

NICENESS = 7


def main(memory_bytes: int, cpu_seconds: int) -> None:
    calls, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    # Whoever asks for it waits for a file to be read; others wait for their page.
    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    # Neither a core dump nor a file: nothing of a stranger's content reaches the disk.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    while head := calls.readline():
        usage = resource.getrusage(resource.RUSAGE_SELF)
        spent_seconds = int(usage.ru_utime + usage.ru_stime)
        # The limit counts from the start of the process, so what earlier calls used is added, and a second for the
        # rounding. The hard limit stays open, or the next call could not raise the soft one.
        resource.setrlimit(resource.RLIMIT_CPU, (spent_seconds + cpu_seconds + 1, resource.RLIM_INFINITY))
        try:
            call = json.loads(head)
            content = [] if call["content"] is None else [calls.read(call["content"])]
            value = pkgutil.resolve_name(call["function"])(*content, *call["arguments"])
        except BaseException as error:
            _answer(answers, {"raised": type(error).__name__})
            raise
        _answer(answers, {"value": value})


def _answer(answers: IO[bytes], answer: dict[str, Any]) -> None:
    """One line: JSON escapes the line breaks inside."""
    answers.write(json.dumps(answer, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n")
    answers.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
