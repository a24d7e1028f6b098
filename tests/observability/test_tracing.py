from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.test.utils import override_settings
from django.urls import path
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from apps.accounts.access import actor_of
from apps.jobs import job_types, runs, services
from apps.jobs.models import Job
from config import urls as site

STORE = job_types.JobType("tests.traced", queue="batch", label="Store")


def store(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(services.create_job(actor_of(request), kind=STORE, inputs={}).pk))


urlpatterns = [path("store/", store), *site.urlpatterns]


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    provider = trace.get_tracer_provider()
    if not isinstance(provider, TracerProvider):
        provider = TracerProvider()
        trace.set_tracer_provider(provider)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    yield exporter
    exporter.shutdown()


@pytest.mark.django_db
@override_settings(ROOT_URLCONF=__name__)
def test_a_request_and_the_job_it_made_are_one_trace(
    alice_browser: Client, spans: InMemorySpanExporter
) -> None:
    job_id = alice_browser.post("/store/").content.decode()
    runs.execute(job_id, lambda run: {"stored": True})

    finished: dict[str, Any] = {span.name: span for span in spans.get_finished_spans()}
    request, job = finished["POST store/"], finished["tests.traced"]
    assert Job.objects.get(pk=job_id).state == Job.State.SUCCEEDED
    assert job.context.trace_id == request.context.trace_id
    assert job.parent.span_id == request.context.span_id
