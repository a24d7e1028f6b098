"""Who and what the current work belongs to, carried into every log line."""

import logging
from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="")
job_id: ContextVar[str] = ContextVar("job_id", default="")
organisation_id: ContextVar[str] = ContextVar("organisation_id", default="")


class LogContext(logging.Filter):
    """Adds the ids of the current request, job and organisation to every log record; empty outside of one."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        record.job_id = job_id.get()
        record.organisation_id = organisation_id.get()
        return True
