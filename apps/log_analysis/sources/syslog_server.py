"""Syslog over TCP, TLS and UDP. A line is only looked at so far as to know whose it is; a worker reads it.

See docs/decisions/log-analysis.md for why a token says whose a line is.
"""

import asyncio
import logging
import socket
import ssl
import time
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import cast
from uuid import UUID

from django.conf import settings
from django.db import Error as DatabaseError

from apps.log_analysis.sources.line_buffers import LineBuffer, in_thread
from apps.log_analysis.sources.models import LogSource
from apps.log_analysis.sources.syslog_framing import FramingBroken, MessageFrames, encode_message, part_token
from apps.log_analysis.sources.syslog_places import ConnectionPlaces
from config.log_senders import SenderNetwork

logger = logging.getLogger(__name__)

# Whoever sends no line that is anybody's is not kept.
UNKNOWN_SECONDS = 60.0
MAX_STRANGERS = 1000
# What was sent before the end is still read for so long.
DRAIN_SECONDS = 0.5
HANDSHAKE_SECONDS = 10.0
RECEIVE_BUFFER_BYTES = 4 * 2**20

Address = tuple[str, int]


class Senders:
    """Whose a line is: of the token in it; without one, of its address, where the operator names that."""

    def __init__(self, networks: Sequence[SenderNetwork]) -> None:
        self._networks = networks
        self._by_token: dict[str, UUID] = {}
        self._source_ids: set[UUID] = set()
        self._source_of_address = lru_cache(4096)(self._find_address)

    def load(self) -> None:
        sources = LogSource.objects.filter(kind=LogSource.Transport.SYSLOG)
        self._by_token = {source.sender_token: source.pk for source in sources}
        self._source_ids = set(self._by_token.values())

    def find(self, message: bytes, address: str) -> tuple[UUID | None, bytes]:
        """The source, None for a line of nobody, and the line without its token."""
        token, message = part_token(message)
        if token:
            return self._by_token.get(token), message
        source_id = self._source_of_address(address)
        return (source_id if source_id in self._source_ids else None), message

    def _find_address(self, text: str) -> UUID | None:
        address = ip_address(text)
        return next((source for network, source in self._networks if address in network), None)


class SyslogServer:
    """The ports, the connections, and a buffer for each source that lines come for."""

    def __init__(self, senders: Senders) -> None:
        self.open: set[Connection] = set()
        self.places = ConnectionPlaces(
            settings.SYSLOG_MAX_CONNECTIONS, settings.SYSLOG_MAX_CONNECTIONS_PER_ADDRESS
        )
        self._handshakes: set[asyncio.Task[None]] = set()
        self._senders = senders
        self._buffers: dict[UUID, LineBuffer] = {}
        self._storing: set[asyncio.Task[None]] = set()
        self._servers: list[asyncio.Server] = []
        self._datagrams: list[asyncio.DatagramTransport] = []
        self._strangers: Counter[str] = Counter()
        self._strangers_told_at = 0.0

    async def start(self, address: Address | None, tls_address: Address | None, tls_file: str) -> None:
        """Listens by TCP and UDP on `address`, by TLS on the other. Raises OSError where a port is taken."""
        loop = asyncio.get_running_loop()
        await in_thread(self._senders.load)
        if address:
            self._servers.append(await loop.create_server(lambda: Connection(self), *address))
            transport, _ = await loop.create_datagram_endpoint(lambda: Datagrams(self), local_addr=address)
            receiving = transport.get_extra_info("socket")
            # What does not fit into the kernel's buffer is lost, and nobody can count whose it was.
            receiving.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
            self._datagrams.append(transport)
        if tls_address:
            tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            tls.load_cert_chain(tls_file)
            self._servers.append(await loop.create_server(lambda: TlsConnection(self, tls), *tls_address))

    async def stop(self) -> None:
        """Still reads what was sent before, and stores everything."""
        for server in self._servers:
            server.close()
        for connection in self.open:
            connection.ask_to_end()
        await asyncio.sleep(DRAIN_SECONDS)
        for connection in list(self.open):
            connection.end()
        for transport in self._datagrams:
            transport.close()
        for handshake in self._handshakes:
            handshake.cancel()
        for buffer in self._buffers.values():
            buffer.end()
        await asyncio.gather(*self._storing)

    def shake_hands(self, connection: "TlsConnection") -> None:
        """Begins with TLS; who does not end that in time is gone."""
        handshake = asyncio.create_task(connection.shake_hands())
        self._handshakes.add(handshake)
        handshake.add_done_callback(self._handshakes.discard)

    async def refresh(self) -> None:
        """Learns of new sources and tokens, and tells of strangers once a minute."""
        try:
            await in_thread(self._senders.load)
        except DatabaseError as error:
            logger.warning("log sources are not refreshed", extra={"reason": type(error).__name__})
        if self._strangers and time.monotonic() > self._strangers_told_at + UNKNOWN_SECONDS:
            addresses = [address for address, _ in self._strangers.most_common(5)]
            logger.warning(
                "lines without a token", extra={"lines": self._strangers.total(), "addresses": addresses}
            )
            self._strangers.clear()
            self._strangers_told_at = time.monotonic()

    def find_buffer(
        self, message: bytes, address: str, *, before: LineBuffer | None = None
    ) -> tuple[LineBuffer | None, bytes]:
        """Whose buffer a line belongs into, None for a line of nobody, and the line without its token.

        A line that does not begin as a message does goes on with the one `before` it on its connection.
        """
        message = message.rstrip(b"\r\n\0")
        if not message:
            return before, b""
        source_id, line = self._senders.find(message, address)
        if source_id is None and before is not None and not message.startswith(b"<"):
            source_id = before.source_id
        if source_id is None:
            if len(self._strangers) < MAX_STRANGERS:
                self._strangers[address] += 1
            return None, b""
        if source_id not in self._buffers:
            self._buffers[source_id] = LineBuffer(source_id)
            storing = asyncio.create_task(self._buffers[source_id].store_until_end())
            self._storing.add(storing)
            # One that broke makes way for a new one; asyncio logs why.
            storing.add_done_callback(lambda _: self._buffers.pop(source_id))
        return self._buffers[source_id], line


class Connection(asyncio.Protocol):
    """One sender over TCP or TLS. It is not read while the lines it sends cannot be stored."""

    def __init__(self, server: SyslogServer) -> None:
        self._server = server
        self._frames = MessageFrames()
        self._buffer: LineBuffer | None = None
        self.address = ""

    @property
    def is_stranger(self) -> bool:
        return self._buffer is None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self.take_place(transport):
            self.begin(transport)

    def take_place(self, transport: asyncio.BaseTransport) -> bool:
        self._transport = cast(asyncio.Transport, transport)
        self.address = sender_address(transport)
        if not self._server.places.take(self):
            self._transport.abort()
            return False
        # A sender that went without a word would hold one of the connections for ever.
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        return True

    def begin(self, transport: asyncio.BaseTransport) -> None:
        """From now on lines come."""
        self._transport = cast(asyncio.Transport, transport)
        self._server.open.add(self)
        asyncio.get_running_loop().call_later(UNKNOWN_SECONDS, self._close_stranger)

    def refuse(self) -> None:
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        try:
            self._take(self._frames.feed(data))
        except FramingBroken:
            self._transport.abort()

    def connection_lost(self, _error: Exception | None) -> None:
        self._server.places.give_back(self)
        if self in self._server.open:
            self._server.open.remove(self)
            self._take(self._frames.end())

    def ask_to_end(self) -> None:
        if self._transport.can_write_eof():
            self._transport.write_eof()

    def end(self) -> None:
        self._take(self._frames.end())
        self._server.open.discard(self)
        self._transport.abort()

    def _take(self, messages: Sequence[bytes]) -> None:
        now = time.time_ns() // 1_000_000
        for message in messages:
            buffer, line = self._server.find_buffer(message, self.address, before=self._buffer)
            if buffer is not None and line:
                self._buffer = buffer
                buffer.add(encode_message(line, self.address, now))
                if buffer.is_full and self._transport.is_reading():
                    self._transport.pause_reading()
                    buffer.when_there_is_room(self._transport.resume_reading)

    def _close_stranger(self) -> None:
        if self._buffer is None:
            self._transport.abort()


class TlsConnection(Connection):
    """One that holds its place from the first packet on: asyncio's own servers say nothing before the handshake is over."""

    def __init__(self, server: SyslogServer, tls: ssl.SSLContext) -> None:
        super().__init__(server)
        self._tls = tls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self.take_place(transport):
            # What comes before the handshake belongs to it.
            self._transport.pause_reading()
            self._server.shake_hands(self)

    async def shake_hands(self) -> None:
        plain = self._transport
        try:
            transport = await asyncio.get_running_loop().start_tls(
                plain, self, self._tls, server_side=True, ssl_handshake_timeout=HANDSHAKE_SECONDS
            )
        except OSError:
            # What is no TLS, or none that is allowed, and whoever went meanwhile.
            transport = None
        if transport is None:
            plain.abort()
            self._server.places.give_back(self)
        else:
            self.begin(transport)


class Datagrams(asyncio.DatagramProtocol):
    """Senders over UDP. They cannot be made to wait: what comes too fast is dropped, and counted."""

    def __init__(self, server: SyslogServer) -> None:
        self._server = server

    def datagram_received(self, data: bytes, peer: tuple[str, int]) -> None:
        address = plain_address(peer[0])
        buffer, line = self._server.find_buffer(data, address)
        if buffer is not None and line:
            if buffer.is_full:
                buffer.drop()
            else:
                # A datagram is a message of its own: one without a priority is given that of RFC 3164.
                line = line if line.startswith(b"<") else b"<13>" + line
                buffer.add(encode_message(line, address, time.time_ns() // 1_000_000))


def sender_address(transport: asyncio.BaseTransport) -> str:
    peer = transport.get_extra_info("peername")
    return plain_address(peer[0]) if peer else ""


def plain_address(text: str) -> str:
    """An address of IPv4 that came by a socket of IPv6 as what it is, and none with its zone."""
    address = ip_address(text.partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)
