"""A source's own page: what came in, how to send to it, what it keeps."""

from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.access import actor_of, requires
from apps.accounts.row_access import RowAccess
from apps.core.forms import submit_form
from apps.log_analysis.sources import selectors
from apps.log_analysis.sources.models import LogSource
from apps.log_analysis.sources.resources import LOG_FILES, SOURCES, UNREAD_BATCHES
from apps.resources import services as resources
from apps.resources.presenters import RowListView

# Beside the place for files; the list of sources has the others.
MAX_OFFERED_SOURCES = 8

SOURCE_ACCESS = RowAccess(
    permission="logs.view",
    find=lambda actor, log_source_id: selectors.source_list(actor.organisation).one(pk=log_source_id),
    title=lambda source: source.name,
    back="log_analysis:log_source",
)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("logs.manage")
def new_log_source(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    form = SOURCES.bound_form(actor.organisation, request.POST or None)
    if source := submit_form(form, lambda **_values: resources.save_form(actor, SOURCES, form)):
        return redirect(source)
    return render(
        request, "resources/form.html", {"resource": SOURCES, "form": form, "title": SOURCES.new_label}
    )


@require_safe
@requires("logs.write")
def upload_log_file(request: HttpRequest) -> HttpResponse:
    """Where files are dropped: each gets a source of its own, or goes to one that is there."""
    actor = actor_of(request)
    sources = selectors.source_list(actor.organisation).filter(
        kind=LogSource.Transport.FILES, is_paused=False
    )
    context = {"sources": sources[:MAX_OFFERED_SOURCES], "may_manage": actor.may(SOURCES.write)}
    return render(request, "log_analysis/sources/upload_page.html", context)


@require_safe
@requires("logs.view")
def log_file(request: HttpRequest, log_file_id: UUID) -> HttpResponse:
    """A file is read on the page of its source, which shows how far it got."""
    file = selectors.file_list(actor_of(request).organisation).one(pk=log_file_id)
    return redirect(file.source)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("logs.view")
def log_source(request: HttpRequest, log_source_id: UUID) -> HttpResponseBase:
    """With its files; htmx asks for those alone when one moved. A manager's form changes the source."""
    actor = actor_of(request)
    source = selectors.source_list(actor.organisation).one(pk=log_source_id)
    files = RowListView(LOG_FILES, request, source=source)
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "resources/rows.html", {"row_list": files, "is_small": True})
    context: dict[str, object] = {
        "source": source,
        "files": files,
        "labels": selectors.label_counts(source),
        "unread_batches": RowListView(UNREAD_BATCHES, request, source=source),
        "may_write": actor.may("logs.write"),
        "may_manage": actor.may("logs.manage") and not source.is_being_deleted,
    }
    if request.method == "POST":
        actor.require("logs.manage")
    if context["may_manage"]:
        # A row of its own: what a refused form wrote into it is not what the page says of the source.
        row = selectors.source_list(actor.organisation).one(pk=log_source_id)
        form = SOURCES.bound_form(actor.organisation, request.POST or None, row)
        if submit_form(form, lambda **_values: resources.save_form(actor, SOURCES, form)):
            messages.success(request, _("Saved."))
            return redirect(source)
        context["form"] = form
    if source.kind == LogSource.Transport.SYSLOG and actor.may("logs.manage"):
        context |= _syslog_senders(request, source)
    return render(request, "log_analysis/sources/source.html", context | _intake_addresses(request, source))


def _own_address(request: HttpRequest) -> str:
    """For other machines: where the operator names none, the one by which whoever looks has come here."""
    return str(settings.PUBLIC_URL) if settings.HAS_PROXY else request.build_absolute_uri("/").rstrip("/")


def _intake_addresses(request: HttpRequest, source: LogSource) -> dict[str, object]:
    """Where records are sent, and the lines that senders need."""
    records_url = _own_address(request) + reverse("api:log-records-intake", args=[source.pk])
    otlp_url = _own_address(request) + reverse("api:log-otlp-intake", args=[source.pk])
    endpoint = otlp_url.removesuffix("/v1/logs")
    return {
        "upload_metadata": {"source": str(source.pk)},
        "records_url": records_url,
        "otlp_endpoint": endpoint,
        "curl": CURL.format(url=records_url),
        "collector": COLLECTOR.format(endpoint=endpoint),
    }


def _syslog_senders(request: HttpRequest, source: LogSource) -> dict[str, object]:
    """What goes into the configuration of senders, with the source's token."""
    host = urlsplit(_own_address(request)).hostname or "localhost"
    context: dict[str, object] = {"syslog_device": f"SYSLOG_SENDERS=10.2.0.7/32={source.pk}"}
    names: dict[str, object] = {"host": host, "token": source.sender_token}
    if settings.SYSLOG_ADDRESS:
        names["port"] = settings.SYSLOG_ADDRESS[1]
        context |= {"logger_command": LOGGER.format(**names), "rsyslog": RSYSLOG.format(**names, tls="")}
    if settings.SYSLOG_TLS_ADDRESS:
        names["port"] = settings.SYSLOG_TLS_ADDRESS[1]
        context["rsyslog_tls"] = RSYSLOG.format(**names, tls=RSYSLOG_TLS.format(host=host))
    return context


CURL = """curl {url} \\
  -H "Authorization: Bearer $KEY" -H "Content-Type: application/x-ndjson" \\
  --data-binary @app.jsonl"""
LOGGER = """logger --rfc5424 --server {host} --port {port} --tcp \\
  --sd-id kongming@32473 --sd-param 'token="{token}"' "tea is ready\""""
# The form of RSYSLOG_SyslogProtocol23Format, with the token among the elements.
RSYSLOG = """template(name="kongming" type="string"
  string="<%PRI%>1 %TIMESTAMP:::date-rfc3339% %HOSTNAME% %APP-NAME% %PROCID% %MSGID% \
[kongming@32473 token=\\"{token}\\"] %msg%")
action(type="omfwd" target="{host}" port="{port}" protocol="tcp" TCP_Framing="octet-counted"
  template="kongming" queue.type="LinkedList" queue.size="100000" action.resumeRetryCount="-1"{tls})"""
RSYSLOG_TLS = """
  StreamDriver="gtls" StreamDriverMode="1" StreamDriverAuthMode="x509/name"
  StreamDriverPermittedPeers="{host}" StreamDriver.CAFile="/etc/ssl/certs/ca-certificates.crt\""""
COLLECTOR = """exporters:
  otlphttp/kongming:
    endpoint: {endpoint}
    headers:
      authorization: "Bearer ${{env:KEY}}"
service:
  pipelines:
    logs:
      exporters: [otlphttp/kongming]"""
