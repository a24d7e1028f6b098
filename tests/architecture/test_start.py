"""What every process of the platform pays for when it starts."""

import subprocess
import sys

import pytest

# Those that draw, learn or read import them when they do.
LEFT_FOR_LATER = {
    "cn2an",
    "cv2",
    "duckdb",
    "faster_whisper",
    "fhir.resources",
    "jieba",
    "markdown_it",
    "matplotlib",
    "opentelemetry.exporter",
    "pandas",
    "qrcode",
    "rapidocr",
    "scipy.linalg",
    "scipy.optimize",
    "scipy.sparse",
    "scipy.spatial",
    "scipy.special",
    "sklearn",
    "sqlglot",
}
START = """
import sys, django
django.setup()
from django.urls import get_resolver
get_resolver().url_patterns
print(*sys.modules)
"""


@pytest.mark.slow
def test_no_process_starts_with_what_few_of_them_use() -> None:
    started = subprocess.run([sys.executable, "-c", START], capture_output=True, text=True, check=True)

    assert not LEFT_FOR_LATER & set(started.stdout.split())


@pytest.mark.slow
def test_no_command_starts_with_what_asks_workers_and_models() -> None:
    program = "import sys, stack.command; print(*sys.modules)"
    started = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert not {"aiohttp", "celery", "django"} & set(started.stdout.split())
