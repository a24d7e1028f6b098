"""Takes from this process, for good, what the code of strangers must not have: the network, files, other processes.

Two locks of Linux do it. They need no privilege, hold for root as well and work inside containers: Landlock leaves only
the given folders readable, seccomp only the system calls that computing needs (`allowed_system_calls.tsv`), and opening a
file only to read it. So nothing can be written, no process or thread begun, no socket opened, no limit raised.
"""

import ctypes
import os
import platform
import struct
from collections.abc import Sequence
from importlib.resources import files

_AUDIT_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 38, 22, 2
# The same numbers on both architectures.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_RULE_PATH_BENEATH = 1
# Of Landlock's first version: thirteen rights, of which files and folders to read are granted.
_EVERY_FILE_RIGHT, _READ_FILE, _READ_DIRECTORY = 0x1FFF, 4, 8
# Operations of the filter's own machine, classic BPF.
_LOAD, _AND, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x54, 0x15, 0x06
_NUMBER_AT, _ARCHITECTURE_AT, _OPEN_FLAGS_AT = 0, 4, 32
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050000 | 1, 0x80000000  # 1 is EPERM
_WRITING = os.O_ACCMODE | os.O_CREAT | os.O_TRUNC


class IsolationMissing(Exception):
    """This machine cannot take it away, so no code of strangers may run here."""


def isolate(readable: Sequence[str]) -> None:
    """Of a process with one thread. Raises IsolationMissing."""
    libc = ctypes.CDLL(None, use_errno=True)
    if platform.machine() not in _AUDIT_ARCHITECTURES or platform.system() != "Linux":
        raise IsolationMissing(f"{platform.system()} on {platform.machine()}")
    program = _filter(platform.machine())
    _require(libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
    _leave_readable(libc, readable)
    _leave_computing(libc, program)


def _leave_readable(libc: ctypes.CDLL, readable: Sequence[str]) -> None:
    rights = struct.pack("=Q", _EVERY_FILE_RIGHT)
    rules = _require(libc.syscall(_CREATE_RULESET, rights, len(rights), 0), "landlock")
    for path in readable:
        folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
        rule = struct.pack("=Qi", _READ_FILE | _READ_DIRECTORY, folder)
        _require(libc.syscall(_ADD_RULE, rules, _RULE_PATH_BENEATH, rule, 0), "landlock")
        os.close(folder)
    _require(libc.syscall(_RESTRICT_SELF, rules, 0), "landlock")
    os.close(rules)


def _leave_computing(libc: ctypes.CDLL, program: bytes) -> None:
    code = ctypes.create_string_buffer(program, len(program))
    head = struct.pack("@HP", len(program) // 8, ctypes.addressof(code))
    _require(libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, head, 0, 0), "seccomp")


def _filter(machine: str) -> bytes:
    """Eight bytes a statement: operation, where to go when equal and when not, counted from the next one, and a value."""
    numbers = _allowed_numbers(machine)
    opening = numbers.pop("openat")
    count = len(numbers)
    statements = [
        (_LOAD, 0, 0, _ARCHITECTURE_AT),
        (_JUMP_IF_EQUAL, 0, count + 8, _AUDIT_ARCHITECTURES[machine]),
        (_LOAD, 0, 0, _NUMBER_AT),
        (_JUMP_IF_EQUAL, count + 1, 0, opening),
        *((_JUMP_IF_EQUAL, count + 4 - place, 0, number) for place, number in enumerate(numbers.values())),
        (_RETURN, 0, 0, _REFUSE),
        (_LOAD, 0, 0, _OPEN_FLAGS_AT),
        (_AND, 0, 0, _WRITING),
        (_JUMP_IF_EQUAL, 1, 0, 0),
        (_RETURN, 0, 0, _REFUSE),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _KILL),
    ]
    return b"".join(struct.pack("=HBBI", *statement) for statement in statements)


def _allowed_numbers(machine: str) -> dict[str, int]:
    table = (files("domain.exams") / "allowed_system_calls.tsv").read_text(encoding="utf-8").splitlines()
    column = table[0].split("\t").index(machine)
    rows = [line.split("\t") for line in table[1:]]
    return {row[0]: int(row[column]) for row in rows if row[column]}


def _require(result: int, part: str) -> int:
    if result < 0:
        raise IsolationMissing(f"{part}: {os.strerror(ctypes.get_errno())}")
    return result
