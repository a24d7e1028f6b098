"""Runs the program of a model's answer with its tests, in a process that is given up for it.

What is isolated is the machine. The program shares the process with its tests, so one that is written to deceive them can:
an object that equals everything passes. What merely ends, or never says that it passed, does not.
"""

import builtins
import os
import sys
import sysconfig
import traceback
from types import CodeType, TracebackType
from typing import Any

from domain.exams import code_answers
from domain.exams.isolation import isolate

# Beside Python's own library: what its compiled modules are linked with.
SHARED_LIBRARIES = ("/lib", "/lib64", "/usr/lib")
MAX_DETAIL_CHARACTERS = 200
NO_CODE = "no_code"


def judge(question: str, answer: str, tests: str, entry_point: str, proof: str) -> dict[str, str]:
    """`proof` where all tests passed, `problem` where they did not. Raises IsolationMissing; else the process cannot do
    anything but this any more.

    Tests are Python: statements that assert, or a function `check` that is called with what was asked for.
    """
    library = list(dict.fromkeys(sysconfig.get_path(name) for name in ("stdlib", "platstdlib")))
    sys.path[:] = [path for path in sys.path if path.startswith(tuple(library)) and "-packages" not in path]
    # What reads from the keyboard finds nothing there, and does not wait.
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    isolate([*library, *filter(os.path.isdir, SHARED_LIBRARIES)])
    program = code_answers.program(question, answer, entry_point)
    if not code_answers.code_of(answer, entry_point):
        return {"problem": NO_CODE}
    before, names, kept = dict(vars(builtins)), {"__name__": "answer"}, _KeptError()
    with kept:
        _run(compile(program, "answer", "exec"), names)
        # A program that changed them for its own use has not changed them for the tests.
        vars(builtins).update(before)
        if entry_point not in names:
            raise NameError(f"{entry_point} is not defined")
        _run(compile(tests, "tests", "exec"), names)
        if callable(check := names.get("check")):
            check(names[entry_point])
    return {"problem": _words(kept.error, tests)} if kept.error is not None else {"proof": proof}


class _KeptError:
    """Keeps what the code of strangers raises, whatever it is."""

    error: BaseException | None = None

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> bool:
        self.error = error
        return True


def _run(code: CodeType, names: dict[str, Any]) -> None:
    exec(code, names)  # noqa: S102  this is what the process was isolated for


def _words(error: BaseException, tests: str) -> str:
    """The test that failed, else what was raised."""
    steps = [step for step in traceback.extract_tb(error.__traceback__) if step.filename == "tests"]
    if isinstance(error, AssertionError) and steps and steps[-1].lineno:
        return tests.splitlines()[steps[-1].lineno - 1].strip()[:MAX_DETAIL_CHARACTERS]
    said = error.args[0] if error.args and type(error.args[0]) is str else ""
    return f"{type(error).__name__}: {said}".rstrip(": ")[:MAX_DETAIL_CHARACTERS]
