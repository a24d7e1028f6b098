"""Which templates an organisation has."""

from collections.abc import Mapping
from uuid import UUID

from django.db.models import OuterRef, Subquery

from apps.accounts.models import Organisation
from apps.core.errors import NotFound
from apps.core.models import OrganisationQuerySet
from apps.medical_records.models import RecordTemplate, RecordTemplateVersion
from llm_backend.clinical.template import Template


def latest_versions(organisation: Organisation) -> OrganisationQuerySet[RecordTemplateVersion]:
    """One for each template, archived ones as well."""
    newest = RecordTemplateVersion.objects.filter(template=OuterRef("template")).order_by("-number")
    versions = RecordTemplateVersion.objects.within(organisation).filter(pk=Subquery(newest.values("pk")[:1]))
    return versions.select_related("template").order_by("template__name", "template__key")


def offered(organisation: Organisation) -> OrganisationQuerySet[RecordTemplateVersion]:
    return latest_versions(organisation).filter(template__archived_at=None)


def template_of(organisation: Organisation, template_id: UUID) -> RecordTemplate:
    """Raises NotFound."""
    template = RecordTemplate.objects.within(organisation).filter(pk=template_id).first()
    if template is None:
        raise NotFound
    return template


def versions_of(template: RecordTemplate) -> OrganisationQuerySet[RecordTemplateVersion]:
    """The latest first."""
    versions = RecordTemplateVersion.objects.within(template.organisation_id).filter(template=template)
    return versions.order_by("-number")


def definitions(organisation: Organisation) -> Mapping[str, Template]:
    """What templates may include, as written, by key."""
    versions = latest_versions(organisation)
    return {each.template.key: Template.model_validate(each.definition) for each in versions}
