"""OpenTelemetry: spans of request → job → inference call, sent only where OTEL_EXPORTER_OTLP_ENDPOINT is set.

Without it the tracers of the code are no-ops and nothing leaves the process.
"""

from opentelemetry import trace


def start_tracing(process: str, endpoint: str) -> None:
    """Once per process. `endpoint` is the collector, such as http://localhost:4318."""
    if not endpoint:
        return
    # A hundred modules that most installations never use.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": f"kongming-{process}"}))
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
