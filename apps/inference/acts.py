"""What is done with an endpoint at the press of a button."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.accounts.act_declaration import Act
from apps.inference import capability_checks, endpoints
from apps.inference.models import Endpoint

CHECK_CONTRACT = Act(
    capability_checks.start_contract_check,
    Endpoint.objects.visible_to,
    at="endpoints/<uuid:endpoint_id>/contract/",
    label=_("Run capability check"),
    icon="check",
    back=lambda endpoint: reverse("inference:endpoint", args=[endpoint.pk]) + "#contract",
)
DELETE_ENDPOINT = Act(
    endpoints.delete_endpoint,
    Endpoint.objects.within,
    at="endpoints/<uuid:endpoint_id>/delete/",
    label=_("Remove"),
    look="danger",
    confirm=_("Remove this endpoint? Its usage records are kept."),
    success=_("The endpoint was removed."),
    back="inference:usage",
)
