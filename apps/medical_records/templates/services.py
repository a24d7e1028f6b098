"""Publishing templates. A version is never changed; what includes a template follows it with a version of its own."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from pydantic import ValidationError

from apps.accounts.actors import Actor, requires_permission
from apps.accounts.models import Membership, Organisation
from apps.audit import services as audit
from apps.core.errors import InvalidInput, Text
from apps.medical_records.templates import selectors
from apps.medical_records.templates.models import RecordTemplate, RecordTemplateVersion
from domain.clinical.records import builtin_templates
from domain.clinical.records.template import Template, TemplateInvalid, resolve_template

Known = Mapping[str, Template]


@transaction.atomic
def install_builtin(organisation: Organisation) -> None:
    """The built-in templates as the organisation's own rows. One that people have changed stays as they made it."""
    known = builtin_templates.by_key()
    present = RecordTemplate.objects.within(organisation).values_list("key", flat=True)
    for key in sorted(known.keys() - set(present)):
        # Two requests may install at once: whoever comes second finds the row and adds no version.
        template, is_new = RecordTemplate.objects.get_or_create(
            organisation=organisation,
            key=key,
            defaults={
                "name": known[key].name,
                "language": known[key].language,
                "specialty": known[key].specialty,
                "is_builtin": True,
            },
        )
        if is_new:
            _add_version(template, known[key], known)


@requires_permission("records.manage")
@transaction.atomic
def publish(
    actor: Actor, template: RecordTemplate | None, definition: Template | Mapping[str, Any], note: str = ""
) -> RecordTemplateVersion:
    """The next version of a template, or the first one of a new template. Raises InvalidInput with the reason."""
    written = _validate_definition(definition)
    if template is None:
        template = _new_template(actor, written)
    elif template.key != written.key:
        raise _invalid_definition(_("A template's key cannot be changed because records refer to it."))
    known = {**selectors.definitions(actor.organisation), written.key: written}
    version = _add_version(template, written, known, note=note, author=actor.member)
    template.name, template.language, template.specialty = written.name, written.language, written.specialty
    template.save(update_fields=["name", "language", "specialty"])
    # What includes this template, directly or through others, gets a version with the new text in it.
    for follower in selectors.latest_versions(actor.organisation):
        if written.key == follower.template.key:
            continue
        if written.key not in _included_keys(follower.template.key, known, frozenset()):
            continue
        _add_version(
            follower.template,
            known[follower.template.key],
            known,
            note=_("Included from “%(name)s”.") % {"name": written.name},
            author=actor.member,
        )
    audit.record(
        actor, action="record_template.published", target=template, details={"number": version.number}
    )
    return version


@requires_permission("records.manage")
@transaction.atomic
def archive(actor: Actor, template: RecordTemplate) -> None:
    """Not offered any more; records that follow it stay."""
    template.archived_at = template.archived_at or timezone.now()
    template.save(update_fields=["archived_at"])
    audit.record(actor, action="record_template.archived", target=template)


@requires_permission("records.manage")
@transaction.atomic
def restore(actor: Actor, template: RecordTemplate) -> None:
    template.archived_at = None
    template.save(update_fields=["archived_at"])
    audit.record(actor, action="record_template.restored", target=template)


@requires_permission("records.manage")
def archive_or_restore(actor: Actor, template: RecordTemplate) -> RecordTemplate:
    (restore if template.archived_at else archive)(actor, template)
    return template


@requires_permission("records.manage")
@transaction.atomic
def copy(actor: Actor, template: RecordTemplate, *, name: str = "") -> RecordTemplateVersion:
    """A template of one's own that begins as this one is. Raises InvalidInput where that has no version."""
    latest = selectors.versions_of(template).first()
    if latest is None:
        raise _invalid_definition(_("This template has no version yet."))
    taken = set(RecordTemplate.objects.within(actor.organisation).values_list("key", flat=True))
    original = Template.model_validate(latest.definition)
    # Keys are 40 characters at most: 35 leave room for the number behind.
    keys = (f"{original.key[:35]}_{number}" for number in range(2, len(taken) + 3))
    key = next(each for each in keys if each not in taken)
    words = name or _("%(name)s (copy)") % {"name": template.name[:100]}
    return publish(actor, None, original.model_copy(update={"key": key, "name": words}))


def _validate_definition(definition: Template | Mapping[str, Any]) -> Template:
    written = definition.model_dump() if isinstance(definition, Template) else definition
    try:
        return Template.model_validate(written)
    except ValidationError as error:
        reasons: list[Text] = [
            ": ".join(filter(None, [".".join(map(str, each["loc"])), each["msg"]])) for each in error.errors()
        ]
        raise InvalidInput(fields={"definition": reasons}) from error


def _new_template(actor: Actor, written: Template) -> RecordTemplate:
    if RecordTemplate.objects.within(actor.organisation).filter(key=written.key).exists():
        raise _invalid_definition(_("A template with this key already exists. Choose another key."))
    return RecordTemplate.objects.create(
        organisation=actor.organisation,
        key=written.key,
        name=written.name,
        language=written.language,
        specialty=written.specialty,
    )


def _add_version(
    template: RecordTemplate,
    written: Template,
    known: Known,
    *,
    note: str = "",
    author: Membership | None = None,
) -> RecordTemplateVersion:
    # Of two who publish at once, the second gets the next number.
    newest = selectors.versions_of(template).select_for_update().first()
    try:
        complete = resolve_template(written, known)
    except TemplateInvalid as error:
        raise _invalid_definition(str(error)) from error
    return RecordTemplateVersion.objects.create(
        organisation_id=template.organisation_id,
        template=template,
        number=newest.number + 1 if newest else 1,
        definition=written.model_dump(mode="json"),
        resolved=complete.model_dump(mode="json"),
        note=note[:200],
        created_by=author,
    )


def _included_keys(key: str, known: Known, seen: frozenset[str]) -> set[str]:
    direct = set(known[key].includes) & known.keys() - seen if key in known else set()
    return direct | {far for each in direct for far in _included_keys(each, known, seen | direct | {key})}


def _invalid_definition(reason: str) -> InvalidInput:
    return InvalidInput(fields={"definition": [reason]})
