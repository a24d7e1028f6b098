"""Which of our files a visitor's message meets, and from how many others of them each is entered.

An entry is another of our files whose code called something in this one, whatever stood between them (Django, the ORM,
DRF, Celery); however often it calls is one entry, so neither the length of a text, the speed of a machine nor how a file is
cut into functions changes the count. What nothing of ours has called enters from outside, once: by Django, Celery or the
event loop. Returning is no entry, and a generator or a coroutine is entered when it begins, not each time that it goes
on. Nothing is exempt: methods of a `models.py`, decorators and caches count as any other file does. Only that a pattern is
compiled at its first use is none of the way: which tests ran before would decide where.
"""

import sys
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from opcode import opmap
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from apps.core import ttl_cache
from llm_backend import event_loop
from llm_backend.patterns import UncompiledPattern

ROOT = Path(__file__).resolve().parents[2]
OURS = tuple(f"{ROOT / folder}/" for folder in ("apps", "domain", "llm_backend", "config"))
PACKAGES = ("apps.", "domain.", "llm_backend.")
OUTSIDE = "outside"
RESUME = opmap["RESUME"]
COMPILES = UncompiledPattern.__getattr__.__code__


class Trip:
    """`entries`: of each file, in the order of first entries, the files that called into it."""

    def __init__(self) -> None:
        self.entries: dict[str, set[str]] = defaultdict(set)
        self._paths: dict[CodeType, str] = {}

    @contextmanager
    def followed(self) -> Iterator[None]:
        """In this thread, in those that begin meanwhile, and on the event loop of the process."""
        loop = event_loop.running_loop()
        threading.setprofile(self._note)
        loop.call_soon_threadsafe(sys.setprofile, self._note)
        sys.setprofile(self._note)
        try:
            yield
        finally:
            sys.setprofile(None)
            threading.setprofile(None)  # type: ignore[arg-type]
            loop.call_soon_threadsafe(sys.setprofile, None)

    def counts(self) -> dict[str, int]:
        return {path: len(callers) for path, callers in self.entries.items()}

    def _note(self, frame: FrameType, event: str, _argument: Any) -> None:
        if event != "call" or not (path := self._path(frame.f_code)) or not _begins(frame):
            return
        caller = frame.f_back
        while caller and not self._path(caller.f_code):
            caller = caller.f_back
        if caller is None:
            self.entries[path].add(OUTSIDE)
        elif (other := self._path(caller.f_code)) != path:
            self.entries[path].add(other)

    def _path(self, code: CodeType) -> str:
        """Of one of our files, relative to the checkout; else nothing."""
        if code not in self._paths:
            is_ours = (
                code.co_filename.startswith(OURS) and code.co_name != "<module>" and code is not COMPILES
            )
            self._paths[code] = str(Path(code.co_filename).relative_to(ROOT)) if is_ours else ""
        return self._paths[code]


def forget_texts() -> None:
    """Empties what this process remembers of texts that came by: what lasts for seconds, and caches of a bounded size.
    What is loaded once for good (word lists, weights) stays.
    """
    ttl_cache.clear_all()
    ours = [module for name, module in sys.modules.items() if name.startswith(PACKAGES)]
    for cached in {each for module in ours for each in vars(module).values() if hasattr(each, "cache_clear")}:
        if cached.cache_parameters()["maxsize"]:
            cached.cache_clear()


def _begins(frame: FrameType) -> bool:
    """The instruction at which a frame takes up its work says by its argument whether it begins or goes on."""
    code = frame.f_code.co_code
    return code[frame.f_lasti] == RESUME and code[frame.f_lasti + 1] == 0
