import os
import threading
from concurrent.futures import ThreadPoolExecutor

from apps.core.singleton import once_per_process


def test_threads_that_ask_at_the_same_time_share_one_object() -> None:
    together = threading.Barrier(8)

    @once_per_process
    def make() -> object:
        return object()

    def ask(_: int) -> object:
        together.wait(60)
        return make()

    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(ask, range(8)))) == 1


def test_a_forked_child_makes_its_own() -> None:
    @once_per_process
    def maker() -> int:
        return os.getpid()

    assert maker() == maker() == os.getpid()
    if child := os.fork():
        assert os.waitpid(child, 0)[1] == 0
    else:
        os._exit(maker() != os.getpid())


def test_a_forked_child_destroys_nothing_of_its_parents() -> None:
    """What ends a thread would wait there for one that only the parent has."""
    destroyed_in: set[int] = set()

    class Threads:
        def __del__(self) -> None:
            destroyed_in.add(os.getpid())

    make = once_per_process(Threads)
    make()
    if child := os.fork():
        assert os.waitpid(child, 0)[1] == 0
    else:
        make()
        os._exit(os.getpid() in destroyed_in)
