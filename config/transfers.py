"""How many long bodies and files each client address has under way."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from django.utils.translation import gettext_lazy as _

from apps.core.client_network import client_network
from apps.core.errors import LimitExceeded

RETRY_SECONDS = 10.0


class Transfers:
    """The transfers under way on one event loop."""

    def __init__(self, *, most: int) -> None:
        self._most = most
        self._open: Counter[str] = Counter()

    @contextmanager
    def one(self, address: str) -> Iterator[None]:
        """Counts while the block runs. Raises LimitExceeded."""
        network = client_network(address)
        if self._open[network] >= self._most:
            raise LimitExceeded(
                _("Too many uploads or downloads from your network. Wait until some finish."),
                retry_after_seconds=RETRY_SECONDS,
            )
        self._open[network] += 1
        try:
            yield
        finally:
            self._open[network] -= 1
            if not self._open[network]:
                del self._open[network]
