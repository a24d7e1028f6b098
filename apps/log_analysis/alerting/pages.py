from functools import partial
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.access import actor_of, requires
from apps.core.pages import act_and_go_back
from apps.log_analysis.alerting import selectors, services
from apps.log_analysis.alerting.resources import ALERT_CHANNELS
from apps.resources.pages import form_page

SHOWN_ALERTS = 20


@require_http_methods(["GET", "POST"])
@requires("logs.manage")
def alert_channel(request: HttpRequest, alert_channel_id: UUID) -> HttpResponseBase:
    """Its form, and what was told through it."""
    channel = selectors.channel_list(actor_of(request).organisation).one(pk=alert_channel_id)
    alerts = selectors.alert_list(channel)[:SHOWN_ALERTS]
    return form_page(ALERT_CHANNELS, request, alert_channel_id, alerts=alerts, is_unheard=channel.is_unheard)


@require_POST
@requires("logs.manage")
def test_alert_channel(request: HttpRequest, alert_channel_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    channel = (
        selectors.channel_list(actor.organisation).select_related("organisation").one(pk=alert_channel_id)
    )
    send = partial(services.send_test, actor, channel)
    return act_and_go_back(request, send, "log_analysis:alert_channel", channel.pk, success=_("Test sent."))
