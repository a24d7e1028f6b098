import asyncio
import signal
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.log_analysis.sources import folder_tail
from apps.log_analysis.sources.line_buffers import in_thread
from apps.log_analysis.sources.syslog_server import Senders, SyslogServer

LOOK_SECONDS = 1.0
REFRESH_SECONDS = 2.0


class Command(BaseCommand):
    help = (
        "Takes in syslog at SYSLOG_ADDRESS and SYSLOG_TLS_ADDRESS, and follows files below LOG_FOLDERS, "
        "until it is stopped."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if not (settings.SYSLOG_ADDRESS or settings.SYSLOG_TLS_ADDRESS or settings.LOG_FOLDERS):
            raise CommandError(
                "Set SYSLOG_ADDRESS, SYSLOG_TLS_ADDRESS or LOG_FOLDERS: there is nothing to receive."
            )
        if settings.SYSLOG_TLS_ADDRESS and not settings.SYSLOG_TLS_FILE:
            raise CommandError(
                "SYSLOG_TLS_ADDRESS needs SYSLOG_TLS_FILE, a certificate with its private key."
            )
        asyncio.run(receive())


async def receive() -> None:
    """Until SIGTERM or SIGINT; what was taken in is stored before it returns."""
    is_ending = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, is_ending.set)
    server = SyslogServer(Senders(settings.SYSLOG_SENDERS))
    await server.start(settings.SYSLOG_ADDRESS, settings.SYSLOG_TLS_ADDRESS, settings.SYSLOG_TLS_FILE)
    try:
        await asyncio.gather(_refresh(server, is_ending), _look_into_folders(is_ending))
    finally:
        await server.stop()


async def _refresh(server: SyslogServer, is_ending: asyncio.Event) -> None:
    while not await _is_set_within(is_ending, REFRESH_SECONDS):
        await server.refresh()


async def _look_into_folders(is_ending: asyncio.Event) -> None:
    is_more = False
    while settings.LOG_FOLDERS and not await _is_set_within(is_ending, 0 if is_more else LOOK_SECONDS):
        is_more = await in_thread(folder_tail.follow_folders)


async def _is_set_within(event: asyncio.Event, seconds: float) -> bool:
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
    return event.is_set()
