"""Log files that a worker has read."""

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from apps.accounts.actors import Actor
from apps.inference.models import Purpose
from apps.jobs import runs
from apps.log_analysis.sources import services
from apps.log_analysis.sources.models import MAX_KEEP_DAYS, LogFile, LogSource
from tests.log_analysis.stored_lines import log_source, store_morning
from tests.scripted_engine_fixture import ScriptedEngine, endpoint_of

START = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
Upload = Callable[..., LogFile]


@pytest.fixture
def source(alice_actor: Actor) -> LogSource:
    """It keeps what these tests send, whose days lie in the past."""
    return LogSource.objects.create(
        organisation=alice_actor.organisation, name="Shop", keep_days=MAX_KEEP_DAYS
    )


@pytest.fixture
def engine(scripted_engine: ScriptedEngine, alice_actor: Actor) -> ScriptedEngine:
    endpoint_of(scripted_engine, alice_actor, Purpose.EXTRACTION)
    return scripted_engine


@pytest.fixture
def shop(alice_actor: Actor) -> LogSource:
    source = log_source(alice_actor.organisation)
    store_morning(source)
    return source


@pytest.fixture
def upload(alice_actor: Actor, source: LogSource) -> Upload:
    """Uploads a file and reads it as a worker does."""

    def run(content: bytes, name: str = "shop.log") -> LogFile:
        file = services.begin_file(alice_actor, source, file_name=name, length=len(content))
        file = services.append_part(alice_actor, file, offset=0, content=io.BytesIO(content))
        assert file.job
        runs.execute(file.job.pk)
        return LogFile.objects.select_related("job", "source").get(pk=file.pk)

    return run


def line(seconds: float, level: str, service: str, message: str) -> str:
    moment = START + timedelta(seconds=seconds)
    return f"{moment:%Y-%m-%d %H:%M:%S},{moment.microsecond // 1000:03d} {level} [{service}] {service}: {message}"


def shop_log(*, minutes: int = 60, fault_at: int | None = 40) -> bytes:
    """An hour of a shop: orders all along, and from `fault_at` on payments that fail."""
    lines = []
    for second in range(0, minutes * 60, 2):
        lines.append(
            line(
                second,
                "INFO",
                "checkout",
                f"order {1000 + second} placed by user {second % 37} in {20 + second % 9} ms",
            )
        )
        if fault_at is not None and second >= fault_at * 60 and second % 4 == 0:
            lines.append(
                line(
                    second + 0.5,
                    "ERROR",
                    "payment",
                    f"connection to bank-{second % 3} refused after {3000 + second} ms",
                )
            )
    return "\n".join(lines).encode()
