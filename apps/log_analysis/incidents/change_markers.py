"""Deploys and other changes as people write them down and other systems tell them."""

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organisation
from apps.core.models import OrganisationQuerySet
from apps.log_analysis.incidents.models import ChangeMarker
from apps.resources.declaration import Resource


class ChangeMarkerForm(forms.ModelForm[ChangeMarker]):
    link = forms.URLField(label=_("link"), max_length=500, required=False, assume_scheme="https")

    class Meta:
        model = ChangeMarker
        fields = ["name", "kind", "service", "source", "happened_at", "link"]
        widgets = {
            "happened_at": forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        }
        labels = {"source": _("source")}
        help_texts = {
            "service": _("Leave empty for all services."),
            "source": _("Leave empty for all sources."),
        }


def change_markers(organisation: Organisation) -> OrganisationQuerySet[ChangeMarker]:
    return ChangeMarker.objects.within(organisation).select_related("source").order_by("-happened_at")


CHANGE_MARKERS = Resource(
    model=ChangeMarker,
    name="change_marker",
    plural="change_markers",
    rows=change_markers,
    form=ChangeMarkerForm,
    columns={
        "name": _("Name"),
        "kind": _("Kind"),
        "service": _("Service"),
        "happened_at": _("When"),
    },
    read="logs.view",
    write="logs.write",
    title=_("Changes"),
    lead=_(
        "Deploys and configuration changes. Incidents that start soon after one list it as the first "
        "likely cause."
    ),
    new_label=_("Record a change"),
    empty_title=_("No changes yet"),
    empty_text=_("Let your deployments post to /api/v1/logs/changes/, or record one here."),
    icon="tag",
    search=("name", "service"),
    filters=("kind",),
    audit_fields=("name", "kind", "service"),
    form_beside_list=True,
)
