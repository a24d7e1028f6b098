from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_http_methods

from apps.accounts.access import actor_of, requires
from apps.log_analysis.alerting import selectors
from apps.log_analysis.alerting.resources import ALERT_CHANNELS, ALERTS
from apps.resources.pages import form_page
from apps.resources.presenters import RowListView


@require_http_methods(["GET", "HEAD", "POST"])
@requires("logs.manage")
def alert_channel(request: HttpRequest, alert_channel_id: UUID) -> HttpResponseBase:
    """Its form, and what was told through it."""
    channel = selectors.channel_list(actor_of(request).organisation).one(pk=alert_channel_id)
    alerts = RowListView(ALERTS, request, channel=channel)
    return form_page(ALERT_CHANNELS, request, alert_channel_id, alerts=alerts, is_unheard=channel.is_unheard)
