from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.accounts.access import actor_of, requires
from apps.marketing.briefs.resources import BRIEFS
from apps.marketing.response import lift_chart
from apps.resources.pages import list_page


@require_safe
@requires("marketing.use")
def briefs(request: HttpRequest) -> HttpResponseBase:
    """The desk's first page: its briefs, and above them what the messages of the last weeks brought."""
    link = (_("Analytics"), reverse("marketing:figures"))
    return list_page(BRIEFS, request, panel=lift_chart(actor_of(request).organisation, link=link))
