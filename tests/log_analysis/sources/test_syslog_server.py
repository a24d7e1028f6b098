"""Syslog over TCP, TLS and UDP: from the system's `logger` and real sockets into the spool of the right source."""

import asyncio
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from psycopg.conninfo import make_conninfo

from apps.accounts.actors import Actor
from apps.log_analysis.records.syslog import read_syslog
from apps.log_analysis.sources import line_buffers, services, spool, syslog_server
from apps.log_analysis.sources.models import LogSource
from apps.log_analysis.sources.syslog_places import ConnectionPlaces
from apps.log_analysis.sources.syslog_server import Senders, SyslogServer
from config.log_senders import SenderNetwork
from stack.ports import free_port
from tests.log_analysis.sources.conftest import MakeSource
from tests.loopback_server import self_signed
from tests.scripted_engine_fixture import ROOT

pytestmark = pytest.mark.django_db(transaction=True)
HOST = "127.0.0.1"


class Running:
    """A server in a thread, with a loop of its own."""

    def __init__(self, networks: list[SenderNetwork], tls_file: str) -> None:
        self.port, self.tls_port = free_port(), free_port()
        self._is_ready, self._networks, self._tls_file = threading.Event(), networks, tls_file
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))
        self._thread.start()
        assert self._is_ready.wait(20)

    async def _serve(self) -> None:
        self.loop, self._is_ending = asyncio.get_running_loop(), asyncio.Event()
        self.server = SyslogServer(Senders(self._networks))
        tls_address = (HOST, self.tls_port) if self._tls_file else None
        await self.server.start((HOST, self.port), tls_address, self._tls_file)
        self._is_ready.set()
        await self._is_ending.wait()
        await self.server.stop()

    def stop(self) -> None:
        if self._thread.is_alive():
            self.loop.call_soon_threadsafe(self._is_ending.set)
            self._thread.join(30)


@contextmanager
def receiving(*networks: SenderNetwork, tls_file: str = "") -> Iterator[Running]:
    running = Running(list(networks), tls_file)
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture
def source(make_source: MakeSource, monkeypatch: pytest.MonkeyPatch) -> LogSource:
    """Whose lines are stored at once, where others wait a second for more."""
    monkeypatch.setattr(line_buffers, "FLUSH_SECONDS", 0.1)
    return make_source(kind="syslog")


def wait_until(is_so: Callable[[], object], *, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def records(source: LogSource) -> list[dict[str, Any]]:
    """What lies in the spool, read as a worker does."""
    rows: list[dict[str, Any]] = []
    while folder := spool.take(source):
        for name in spool.names(folder):
            batch = spool.read(folder / name)
            assert batch.form == "syslog"
            rows += [row for table in read_syslog(batch.content, "UTC") for row in table.to_pylist()]
        spool.remove(folder)
    return rows


def message(source: LogSource, text: str, *, token: str = "") -> bytes:
    token = token or source.sender_token
    return f'<13>1 - web1 shop - - [kongming@32473 token="{token}"] {text}'.encode()


def send(port: int, content: bytes) -> None:
    with socket.create_connection((HOST, port)) as sender:
        sender.sendall(content)


@pytest.mark.parametrize("transport", [["--tcp"], ["--tcp", "--octet-count"], ["--udp"]], ids=" ".join)
def test_what_logger_sends_in_the_form_of_rfc_5424_is_stored(source: LogSource, transport: list[str]) -> None:
    with receiving() as running:
        command = ["logger", *transport, "--server", HOST, "--port", str(running.port), "--rfc5424"]
        sd = ["--sd-id", "kongming@32473", "--sd-param", f'token="{source.sender_token}"']
        subprocess.run([*command, *sd, "-p", "user.err", "-t", "shop", "tea is out"], check=True)
        wait_until(lambda: spool.is_waiting(source))

    [row] = records(source)
    assert (row["message"], row["level"], row["service"]) == ("tea is out", "error", "shop")
    assert row["host"] == socket.gethostname()
    assert source.sender_token not in row["text"]
    source.refresh_from_db()
    assert source.waiting_bytes > 0
    assert source.job


@pytest.mark.parametrize("transport", ["--tcp", "--udp"])
def test_what_logger_sends_in_the_form_of_rfc_3164_is_stored(source: LogSource, transport: str) -> None:
    with receiving() as running:
        command = ["logger", transport, "--server", HOST, "--port", str(running.port), "--rfc3164"]
        text = f'[kongming@32473 token="{source.sender_token}"] tea is out'
        subprocess.run([*command, "-t", "shop", text], check=True)
        wait_until(lambda: spool.is_waiting(source))

    [row] = records(source)
    assert (row["message"].strip(), row["level"], row["service"]) == ("tea is out", "notice", "shop")


def test_over_tls_the_same_is_taken(source: LogSource, tmp_path: Path) -> None:
    certificate = self_signed(tmp_path / "own.pem")
    with receiving(tls_file=str(certificate)) as running:
        context = ssl.create_default_context(cafile=certificate)
        context.check_hostname = False
        text = message(source, "tea is safe")
        with (
            socket.create_connection((HOST, running.tls_port)) as plain,
            context.wrap_socket(plain) as sender,
        ):
            sender.sendall(b"%d %s" % (len(text), text))
        wait_until(lambda: spool.is_waiting(source))
        # What is no TLS gets nowhere there.
        send(running.tls_port, b"%d %s" % (len(text), text))

    assert [row["message"] for row in records(source)] == ["tea is safe"]


def test_a_line_reaches_the_source_of_its_token_and_no_other(
    source: LogSource, make_source: MakeSource, bob_actor: Actor
) -> None:
    rival = LogSource.objects.create(organisation=bob_actor.organisation, name="rival", kind="syslog")
    files = make_source("files")
    with receiving() as running:
        sent = [message(rival, "of bob"), message(source, "of alice"), message(files, "of files")]
        sent += [message(source, "wrong", token="a" * 32), b"<13>Feb  3 04:05:06 h a: without"]
        send(running.port, b"\n".join(sent) + b"\n")
        wait_until(lambda: spool.is_waiting(source) and spool.is_waiting(rival))

    assert [row["message"] for row in records(source)] == ["of alice"]
    assert [row["message"] for row in records(rival)] == ["of bob"]
    assert records(files) == []


def test_a_renewed_token_ends_what_the_old_one_opened(source: LogSource, alice_actor: Actor) -> None:
    old = source.sender_token
    services.renew_sender_token(alice_actor, source)
    with receiving() as running:
        send(running.port, message(source, "old", token=old) + b"\n" + message(source, "new") + b"\n")
        wait_until(lambda: spool.is_waiting(source))

    assert [row["message"] for row in records(source)] == ["new"]


def test_devices_without_a_token_are_those_that_the_operator_names(source: LogSource) -> None:
    with receiving((ip_network("127.0.0.0/8"), source.pk)) as running:
        with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sender:
            sender.sendto(b"<11>Feb  3 04:05:06 switch1 port 7 down", (HOST, running.port))
            sender.sendto(b"no priority", (HOST, running.port))
        wait_until(lambda: spool.is_waiting(source))

    rows = records(source)
    assert [(row["message"], row["level"]) for row in rows] == [
        ("port 7 down", "error"),
        ("no priority", "notice"),
    ]


def test_lines_that_go_on_and_a_last_one_without_an_end_are_kept(source: LogSource) -> None:
    with receiving() as running:
        send(running.port, message(source, "failed") + b"\n  at b.c\n" + message(source, "last"))
        wait_until(lambda: spool.is_waiting(source))

    assert [row["text"].splitlines()[1:] for row in records(source)] == [["  at b.c"], []]


@pytest.mark.slow
def test_a_sender_by_tcp_waits_while_too_much_waits_and_nothing_of_it_is_lost(
    source: LogSource, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_buffers, "MAX_BUFFER_BYTES", 10_000)
    settings.LOG_WAITING_MAX_BYTES = 0
    LogSource.objects.filter(pk=source.pk).update(waiting_bytes=1)
    text = message(source, "x" * 1000) + b"\n"
    with receiving() as running, socket.create_connection((HOST, running.port)) as sender:
        sender.settimeout(1)
        sent = _send_until_it_blocks(sender, text)
        LogSource.objects.filter(pk=source.pk).update(waiting_bytes=0)
        settings.LOG_WAITING_MAX_BYTES = 2**30
        sender.settimeout(20)
        sender.sendall(text[sent % len(text) :])
        sender.shutdown(socket.SHUT_WR)
        assert sender.recv(1) == b""

    assert len(records(source)) == sent // len(text) + 1


def test_what_comes_too_fast_by_udp_is_dropped_and_counted(
    source: LogSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_buffers, "MAX_BUFFER_BYTES", 2_000)
    with receiving() as running:
        with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sender:
            for number in range(50):
                sender.sendto(message(source, f"{number} {'x' * 900}"), (HOST, running.port))
        wait_until(lambda: LogSource.objects.get(pk=source.pk).dropped_lines)

    source.refresh_from_db()
    assert source.dropped_lines + len(records(source)) == 50


def test_what_comes_while_the_source_is_paused_is_dropped_and_counted(source: LogSource) -> None:
    LogSource.objects.filter(pk=source.pk).update(is_paused=True)
    with receiving() as running:
        send(running.port, message(source, "a") + b"\n" + message(source, "b") + b"\n")
        wait_until(lambda: LogSource.objects.get(pk=source.pk).dropped_lines == 2)

    assert records(source) == []


def test_nobody_takes_all_connections(
    source: LogSource, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.SYSLOG_MAX_CONNECTIONS_PER_ADDRESS = 2
    monkeypatch.setattr(syslog_server, "UNKNOWN_SECONDS", 0.2)
    with receiving() as running:
        opened = [socket.create_connection((HOST, running.port)) for _ in range(3)]
        for each in opened:
            each.settimeout(20)
        # The third is refused at once, the others when they have sent nothing of anybody.
        assert [_answer(each) for each in reversed(opened)] == [b"", b"", b""]
        for each in opened:
            each.close()


def test_when_all_places_are_taken_a_stranger_makes_way_and_a_sender_does_not(
    source: LogSource, settings: Any
) -> None:
    settings.SYSLOG_MAX_CONNECTIONS = 2
    with receiving() as running, socket.create_connection((HOST, running.port)) as sender:
        sender.sendall(message(source, "one") + b"\n")
        wait_until(lambda: spool.is_waiting(source))
        first, second = [socket.create_connection((HOST, running.port)) for _ in range(2)]
        first.settimeout(20)
        second.settimeout(0.2)
        assert _answer(first) == b""
        with pytest.raises(TimeoutError):
            second.recv(1)
        sender.sendall(message(source, "two") + b"\n")
        first.close()
        second.close()

    assert [row["message"] for row in records(source)] == ["one", "two"]


def test_whoever_begins_no_handshake_holds_a_place_too(
    source: LogSource, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SYSLOG_MAX_CONNECTIONS_PER_ADDRESS = 2
    monkeypatch.setattr(syslog_server, "HANDSHAKE_SECONDS", 1.0)
    with receiving(tls_file=str(self_signed(tmp_path / "own.pem"))) as running:
        opened = [socket.create_connection((HOST, running.tls_port)) for _ in range(3)]
        for each in opened:
            each.settimeout(20)
        # The third is refused at once, the others when their handshake is overdue, and then there is room again.
        assert [_answer(each) for each in reversed(opened)] == [b"", b"", b""]
        for each in opened:
            each.close()
        wait_until(lambda: not running.server.places._networks)


def test_addresses_of_one_network_of_ipv6_are_one(settings: Any) -> None:
    class Visitor:
        is_stranger = False

        def __init__(self, address: str) -> None:
            self.address = address

        def refuse(self) -> None:
            raise AssertionError

    places = ConnectionPlaces(10, 2)
    taken = [places.take(Visitor(f"2001:db8::{number}")) for number in range(1, 4)]

    assert taken == [True, True, False]
    assert places.take(Visitor("2001:db8:0:1::1"))
    assert [places.take(Visitor(f"10.0.0.{number}")) for number in range(3)] == [True, True, True]


@pytest.mark.slow
def test_the_process_stores_everything_before_it_ends(
    source: LogSource, tmp_path_factory: pytest.TempPathFactory
) -> None:
    port = free_port()
    environment = os.environ | {
        "DATABASE_URL": make_conninfo(
            os.environ["DATABASE_URL"], dbname=str(connection.settings_dict["NAME"])
        ),
        "KONGMING_STATE_DIR": str(tmp_path_factory.getbasetemp()),
        "SYSLOG_ADDRESS": f"{HOST}:{port}",
    }
    process = subprocess.Popen([sys.executable, "manage.py", "receive_logs"], cwd=ROOT, env=environment)
    try:
        wait_until(lambda: _is_open(port), seconds=120)
        with socket.create_connection((HOST, port)) as sender:
            for number in range(5000):
                sender.sendall(message(source, str(number)) + b"\n")
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()

    assert [row["message"] for row in records(source)] == [str(number) for number in range(5000)]


def _send_until_it_blocks(sender: socket.socket, text: bytes) -> int:
    """The same line again and again; how many bytes were taken."""
    sent = 0
    while sent < 100 * 2**20:
        try:
            sent += sender.send(text[sent % len(text) :])
        except TimeoutError:
            return sent
    raise AssertionError(sent)


def _is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def _answer(sender: socket.socket) -> bytes:
    try:
        return sender.recv(1)
    except ConnectionResetError:
        return b""
