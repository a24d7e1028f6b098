"""Who may send logs without HTTP, and which folders are followed: what the operator says of it, as text and read."""

from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from uuid import UUID

SenderNetwork = tuple[IPv4Network | IPv6Network, UUID]


def listening_address(text: str) -> tuple[str, int] | None:
    """Host and port of "0.0.0.0:1514" or "[::]:1514"; None for an empty text. Raises ValueError."""
    if not text:
        return None
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) <= 65535:
        raise ValueError("write it as host:port, such as 0.0.0.0:1514")
    return host.strip("[]"), int(port)


def sender_networks(texts: list[str]) -> list[SenderNetwork]:
    """Pairs of "10.2.0.0/16=ID": lines without a token are taken from these addresses, for the log source with this id.
    Raises ValueError.
    """
    pairs = [text.partition("=") for text in texts]
    return [(ip_network(network.strip()), UUID(source.strip())) for network, _, source in pairs]


def allowed_folders(texts: list[str]) -> list[tuple[str, Path]]:
    """Pairs of "tea-house=/var/log/shop": this organisation may read what lies below this folder. Raises ValueError."""
    folders = [(text.partition("=")[0].strip(), Path(text.partition("=")[2].strip())) for text in texts]
    for organisation, folder in folders:
        if not organisation or not folder.is_absolute() or ".." in folder.parts:
            raise ValueError("write each as organisation=/folder, with the organisation's name in addresses")
    return folders
