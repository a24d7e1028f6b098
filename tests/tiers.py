"""Which tests need what: weights, a clock that nobody moved, an early start."""

import gc
import os
from pathlib import Path

import pytest

WEIGHTS = ("KONGMING_LLAMA_MODEL", "SPEECH_MODEL")
LONGEST_SECONDS = 600
BROWSER_TESTS = Path(__file__).with_name("e2e")


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("model") and not all(
        Path(os.environ.get(name, "-")).exists() for name in WEIGHTS
    ):
        pytest.skip("NO MODEL: the weights are not here, `./kongming test --all` fetches them")
    real_clock = item.get_closest_marker("real_clock")
    if real_clock and os.environ.get("FAKETIME", "").startswith("+"):
        pytest.skip(f"CLOCK AHEAD: {real_clock.kwargs['reason']}")


def pytest_collection_finish() -> None:
    """What was imported stays to the end: the collector of garbage, which `tests/parallel.py` held back, need not look
    through it again and again. A request leaves thousands of objects: 700, the default, is too few to look for."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest begin first, so that no process ends alone. The rest is mixed: where some wait for processes to start,
    others compute.
    """
    items.sort(key=lambda item: not _is_of_the_longest(item))


def _is_of_the_longest(item: pytest.Item) -> bool:
    """The browser's tests are one chain."""
    limit = item.get_closest_marker("timeout")
    return item.path.parent == BROWSER_TESTS or bool(limit and limit.args[0] >= LONGEST_SECONDS)
