"""Which templates an organisation offers."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from django.db.models import OuterRef, Subquery

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.core.models import OrganisationQuerySet
from apps.medical_records.encounters.models import Encounter
from apps.medical_records.templates.models import RecordTemplate, RecordTemplateVersion
from domain.clinical.records.template import Template

Choices = list[tuple[UUID, str]]


def latest_versions(organisation: Organisation) -> OrganisationQuerySet[RecordTemplateVersion]:
    """One for each template, archived ones as well."""
    newest = (
        RecordTemplateVersion.objects.filter(template=OuterRef("template"))
        .order_by("-number")
        .values("pk")[:1]
    )
    versions = RecordTemplateVersion.objects.within(organisation).filter(pk=Subquery(newest))
    return versions.select_related("template").order_by("template__name", "template__key")


def offered_versions(organisation: Organisation) -> OrganisationQuerySet[RecordTemplateVersion]:
    """What new records may follow: the latest version of each template in use."""
    return latest_versions(organisation).filter(template__archived_at=None)


def offered_version(organisation: Organisation, template_id: UUID) -> RecordTemplateVersion:
    """The latest version of a template in use. Raises NotFound."""
    return offered_versions(organisation).one(template=template_id)


def template_of(organisation: Organisation, template_id: UUID) -> RecordTemplate:
    """Raises NotFound."""
    return RecordTemplate.objects.within(organisation).one(pk=template_id)


def versions_of(template: RecordTemplate) -> OrganisationQuerySet[RecordTemplateVersion]:
    """The latest first."""
    versions = RecordTemplateVersion.objects.within(template.organisation_id).filter(template=template)
    return versions.order_by("-number")


def definitions(organisation: Organisation) -> Mapping[str, Template]:
    """What templates may include, as written, by key."""
    versions = latest_versions(organisation)
    return {each.template.key: Template.model_validate(each.definition) for each in versions}


def in_order(versions: Iterable[RecordTemplateVersion], language: str) -> list[RecordTemplateVersion]:
    """Those in the language of the page first; general templates before those of a specialty."""
    own = language[:2]
    return sorted(versions, key=lambda each: (each.template.language != own, each.template.specialty != ""))


def choices_by_language(
    versions: Iterable[RecordTemplateVersion], language: str
) -> list[tuple[str, Choices]]:
    """For a choice: in that order, by language."""
    groups: dict[str, Choices] = {}
    for each in in_order(versions, language):
        groups.setdefault(each.template.get_language_display(), []).append(
            (each.template_id, each.template.name)
        )
    return list(groups.items())


def last_used(actor: Actor) -> UUID | None:
    """The template of the member's latest encounter."""
    if actor.member is None:
        return None
    own = Encounter.objects.within(actor.organisation).filter(clinician=actor.member)
    return own.order_by("-created_at").values_list("template_version__template", flat=True).first()
