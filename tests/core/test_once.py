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
