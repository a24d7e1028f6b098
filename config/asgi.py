"""The web process: limits of time and size → static files → Django."""

import gc
import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup(set_prefix=False)

from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from servestatic import ServeStaticASGI

from apps.core.body_limit import BodyLimit
from config.env import Env
from config.response_headers import ResponseHeaders
from config.serving import ThreadedDjango
from config.tracing import start_tracing
from config.write_limit import WriteLimit

# What a form adds to its file: boundaries, and the other fields.
FORM_OVERHEAD_BYTES = 1024 * 1024
django_application = ThreadedDjango(threads=settings.WEB_THREADS)
# As ManifestStaticFilesStorage names them: with twelve digits of the content's hash. They never change, so browsers
# keep them.
HASHED_NAME = r"\.[0-9a-f]{12}\.\w+$"

start_tracing("web", Env().otel_exporter_otlp_endpoint)


def _with_static_files() -> Any:
    """While developing straight from the sources, otherwise what `collectstatic` gathered."""
    if settings.DEBUG:
        return ASGIStaticFilesHandler(django_application)
    return ServeStaticASGI(
        django_application,
        root=settings.STATIC_ROOT,
        prefix=settings.STATIC_URL,
        allow_all_origins=False,
        immutable_file_test=HASHED_NAME,
    )


application = ResponseHeaders(
    WriteLimit(BodyLimit(_with_static_files(), max_bytes=settings.UPLOAD_MAX_BYTES + FORM_OVERHEAD_BYTES)),
    hsts_seconds=settings.SECURE_HSTS_SECONDS,
)

# Views are imported now rather than by whoever asks first, and what stays for good is left out of garbage collection: a
# walk over all of it would stop every request for a fifth of a second. After that a quarter more than nearly nothing is
# soon reached, and every long answer would be walked while it is made: therefore the thresholds in `config`.
import_module(settings.ROOT_URLCONF)
gc.collect()
gc.freeze()
# A page that comes back from a query waits so long for each thread that calculates: docs/decisions/requests-on-threads.md.
sys.setswitchinterval(0.0002)
