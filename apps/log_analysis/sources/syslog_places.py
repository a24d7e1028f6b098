"""How many connections senders of syslog may hold: in all, and each address, so that nobody keeps others out."""

from typing import Protocol

from apps.core.client_network import client_network


class Holder(Protocol):
    """A connection. A stranger is one that has sent no line yet that is anybody's."""

    address: str

    @property
    def is_stranger(self) -> bool: ...

    def refuse(self) -> None:
        """Closes it at once."""


class ConnectionPlaces:
    """When all are taken, the stranger that came first makes way for the next one."""

    def __init__(self, most: int, most_of_address: int) -> None:
        self._most, self._most_of_address = most, most_of_address
        self._networks: dict[Holder, str] = {}

    def take(self, holder: Holder) -> bool:
        """Whether there is a place for it."""
        network = client_network(holder.address)
        if sum(each == network for each in self._networks.values()) >= self._most_of_address:
            return False
        if len(self._networks) >= self._most:
            stranger = next((each for each in self._networks if each.is_stranger), None)
            if stranger is None:
                return False
            self.give_back(stranger)
            stranger.refuse()
        self._networks[holder] = network
        return True

    def give_back(self, holder: Holder) -> None:
        """Nothing happens where it has none."""
        self._networks.pop(holder, None)
