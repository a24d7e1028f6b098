"""A source to send records to, and what became of them, read from the database and the store themselves."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection
from django.db.models import Sum

from apps.log_analysis.records.storage import log_store
from apps.log_analysis.sources.models import LogSource
from apps.log_analysis.templates.models import TemplateCount
from benchmarks.organisations import owner
from benchmarks.shop import make_key
from domain.logs.store.segments import read_segments

HISTORY = Path(__file__).with_name("log_stream_history.sql").read_text(encoding="utf-8")


@dataclass(frozen=True)
class LogStreamSource:
    id: str
    token: str

    @classmethod
    def make(cls, token: str = "") -> "LogStreamSource":
        """`token`: of the owner of an organisation that is there; without, one is made."""
        token = token or make_key()
        kind = LogSource.Transport.HTTP
        row = LogSource.objects.create(organisation=owner().organisation, name="Stream", kind=kind)
        return cls(str(row.pk), token)

    def is_judged(self) -> bool:
        row = LogSource.objects.get(pk=self.id)
        return not row.waiting_bytes and row.unjudged_since is None

    def add_history(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(HISTORY, [self.id])

    def compare(self, acknowledged: int) -> dict[str, Any]:
        """Each record has a trace of its own."""
        row, store = LogSource.objects.get(pk=self.id), log_store()
        traces: list[pa.ChunkedArray] = []
        home = f"{row.organisation_id}/{self.id}"
        state = store.commits.state(home)
        for day in state.days():
            segments = state.manifest(day).segments
            traces.append(read_segments(store.files, f"{home}/{day}", segments)["trace"])
        stored = pa.chunked_array([chunk for column in traces for chunk in column.chunks], pa.string())
        distinct = pc.count_distinct(stored).as_py()
        # The minute in which the source was made has begun before it; the made-up week ends long before that.
        minutes = TemplateCount.objects.filter(source=row, minute__gt=row.created_at - timedelta(minutes=1))
        counted = minutes.aggregate(all=Sum("count"))["all"] or 0
        return {
            "lost": acknowledged - distinct,
            "twice": len(stored) - distinct,
            "miscounted": abs(acknowledged - counted),
            "segments": store.size(str(row.organisation_id), self.id).segments,
        }
