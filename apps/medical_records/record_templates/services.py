"""Publishing templates. A version is never changed."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.actors import Actor
from apps.audit import services as audit
from apps.core.errors import InvalidInput
from apps.medical_records.models import RecordTemplate, RecordTemplateVersion
from apps.medical_records.record_templates import selectors
from llm_backend.clinical.template import Template, TemplateInvalid, resolved


@transaction.atomic
def publish(
    actor: Actor, template: RecordTemplate | None, definition: Template, note: str = ""
) -> RecordTemplateVersion:
    """The next version of a template, or the first one of a new template. Raises InvalidInput with the reason."""
    known = {**selectors.definitions(actor.organisation), definition.key: definition}
    try:
        whole = resolved(definition, known)
    except TemplateInvalid as error:
        raise InvalidInput(fields={"definition": [str(error)]}) from error
    template = template or RecordTemplate(organisation=actor.organisation, key=definition.key)
    template.name, template.language = definition.name, definition.language
    template.specialty = definition.specialty
    template.save()
    newest = selectors.versions_of(template).select_for_update().first()
    version = RecordTemplateVersion.objects.create(
        organisation=actor.organisation,
        template=template,
        number=newest.number + 1 if newest else 1,
        definition=definition.model_dump(mode="json"),
        resolved=whole.model_dump(mode="json"),
        note=note[:200],
        created_by=actor.member,
    )
    audit.record(
        actor, action="record_template.published", target=template, details={"number": version.number}
    )
    return version


@transaction.atomic
def archive(actor: Actor, template: RecordTemplate) -> None:
    """Not offered any more; records that follow it stay."""
    template.archived_at = template.archived_at or timezone.now()
    template.save(update_fields=["archived_at"])
    audit.record(actor, action="record_template.archived", target=template)


@transaction.atomic
def restore(actor: Actor, template: RecordTemplate) -> None:
    template.archived_at = None
    template.save(update_fields=["archived_at"])
    audit.record(actor, action="record_template.restored", target=template)


@transaction.atomic
def copy(actor: Actor, template: RecordTemplate, *, name: str) -> RecordTemplateVersion:
    """A template of one's own that begins as this one is."""
    latest = selectors.versions_of(template).first()
    if latest is None:
        raise InvalidInput(fields={"definition": [_("This template has no version yet.")]})
    taken = set(RecordTemplate.objects.within(actor.organisation).values_list("key", flat=True))
    copied = Template.model_validate(latest.definition)
    tried = (f"{copied.key[:35]}_{number}" for number in range(2, len(taken) + 3))
    key = next(each for each in tried if each not in taken)
    return publish(actor, None, copied.model_copy(update={"key": key, "name": name}))
