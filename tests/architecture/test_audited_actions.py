"""What destroys something or changes what somebody may do leaves a line in the trail: each is run and looked for."""

import ast
import re
from collections.abc import Callable
from typing import Any

import pytest

from apps.accounts import group_roles, provisioning
from apps.accounts import services as accounts
from apps.accounts.actors import Actor
from apps.accounts.models import (
    ApiKey,
    GroupRole,
    Invitation,
    Membership,
    ProvisionedGroup,
    ProvisionedUser,
    User,
)
from apps.audit.models import AuditEntry
from apps.customer_service import models as desk
from apps.customer_service.channels import services as channels
from apps.customer_service.channels.services import ChannelContents
from apps.customer_service.chat import identity
from apps.customer_service.contacts import services as contacts
from apps.customer_service.inbox import notes
from apps.customer_service.inbox import tags as tagging
from apps.customer_service.privacy import services as privacy_services
from apps.customer_service.saved_answers import services as saved_answers
from apps.customer_service.tools import services as tools
from apps.customer_service.unanswered_questions import services as unanswered
from apps.customer_service.understanding import intents
from apps.dashboards.mailed_reports import services as mailed_reports
from apps.dashboards.mailed_reports.models import MailedReport
from apps.dashboards.mailed_reports.resources import MAILED_REPORTS
from apps.evaluation import services as evaluation
from apps.evaluation.models import EvaluationQuestion
from apps.inference import endpoints
from apps.inference.models import Endpoint
from apps.jobs import schedules, webhook_secrets
from apps.jobs.models import Schedule, Webhook
from apps.jobs.resources import WEBHOOKS
from apps.knowledge import access_control
from apps.knowledge import services as knowledge
from apps.knowledge.models import Collection, Document
from apps.medical_records import models as records
from apps.medical_records.coding import services as coding
from apps.medical_records.encounters import services as encounters
from apps.medical_records.patients import departments
from apps.medical_records.patients import services as patients
from apps.medical_records.privacy import services as privacy
from apps.medical_records.signing import services as signing
from apps.medical_records.templates import services as templates
from apps.operations.prompts import services as prompts
from apps.privacy import members, retention
from apps.privacy.models import RetentionClock
from apps.resources import services as resources
from apps.speech import services as speech
from apps.speech.models import Recording
from apps.vault import rotation
from tests.architecture.desk_walks import told
from tests.architecture.instances import Belongings
from tests.architecture.test_code import ROOT, sources, tree_of
from tests.medical_records.captured import awaited

DESTRUCTIVE = re.compile(
    r"(delete|erase|remove|revoke|archive|restore|deactivate|reactivate|merge|rotate|discard|dismiss|invite|relate"
    r"|end_relation|open_in_emergency|change_role|create_api_key|request_erasure|confirm_clock|save_clinician)(_|$)"
)
OUTER = ("views", "api", "forms", "management", "migrations", "tasks.py", "api.py", "views.py", "forms.py")

WITHOUT_A_LINE = {
    "customer_service.inbox.tags.remove_tag": "a mark on one conversation; the tag itself stays",
    "medical_records.records.services.remove_statement": "an edit like others: record.changed, test_records.py",
    "medical_records.records.services.dismiss_problem": "an edit like others: record.changed, test_records.py",
    "medical_records.encounters.corrections.apply_removal": "an edit of a transcript: transcript.corrected",
    "medical_records.encounters.services.remove_utterances": "the same",
    **told("WITHOUT_A_LINE"),
}


class House(Belongings):
    """Alice's organisation, with a row of everything."""

    def __init__(self, actor: Actor) -> None:
        assert actor.member
        super().__init__(actor.organisation, actor.member.user)
        self.actor = actor

    def row(self, model: Any, **changes: Any) -> Any:
        made = self.one(model)
        model.objects.filter(pk=made.pk).update(**changes) if changes else None
        return model.objects.get(pk=made.pk)

    def colleague(self, **changes: Any) -> Membership:
        user = User.objects.create_user("carol@tea.example", name="Carol")
        return Membership.objects.create(organisation=self.organisation, user=user, role="admin", **changes)

    def archived(self) -> desk.Channel:
        channel: desk.Channel = self.row(desk.Channel)
        desk.Conversation.objects.filter(channel=channel).delete()
        channels.archive_channel(self.actor, channel)
        return channel

    def dictated(self) -> records.Encounter:
        encounter = awaited(self.actor, self.row(records.Patient))
        encounters.begin_recording(self.actor, encounter, file_name="a.webm", length=None)
        return encounter


ACTIONS: dict[str, tuple[str, Callable[[House], object]]] = {
    "dashboards.mailed_reports.services.delete": (
        "mailed_report.deleted",
        lambda h: mailed_reports.delete(h.actor, h.row(MailedReport), resource=MAILED_REPORTS),
    ),
    "accounts.services.invite_member": (
        "invitation.created",
        lambda h: accounts.invite_member(h.actor, email="dan@tea.example", role="viewer"),
    ),
    "accounts.services.change_role": (
        "member.role_changed",
        lambda h: accounts.change_role(h.actor, h.colleague(), role="viewer"),
    ),
    "accounts.services.deactivate_member": (
        "member.deactivated",
        lambda h: accounts.deactivate_member(h.actor, h.colleague()),
    ),
    "accounts.services.reactivate_member": (
        "member.reactivated",
        lambda h: accounts.reactivate_member(h.actor, h.colleague(is_active=False)),
    ),
    "accounts.services.revoke_invitation": (
        "invitation.revoked",
        lambda h: accounts.revoke_invitation(h.actor, h.row(Invitation, accepted_at=None)),
    ),
    "accounts.group_roles.remove_group_role": (
        "group_role.removed",
        lambda h: group_roles.remove_group_role(h.actor, h.row(GroupRole)),
    ),
    "accounts.provisioning.delete_user": (
        "provisioned_user.deleted",
        lambda h: provisioning.delete_user(h.actor, h.row(ProvisionedUser)),
    ),
    "accounts.provisioning.delete_group": (
        "provisioned_group.deleted",
        lambda h: provisioning.delete_group(h.actor, h.row(ProvisionedGroup)),
    ),
    "accounts.services.create_api_key": (
        "api_key.created",
        lambda h: accounts.create_api_key(h.actor, name="erp", scopes=["jobs.view"]),
    ),
    "accounts.services.revoke_api_key": (
        "api_key.revoked",
        lambda h: accounts.revoke_api_key(h.actor, h.row(ApiKey, revoked_at=None)),
    ),
    "accounts.services.revoke_api_key_group": (
        "api_key.revoked",
        lambda h: accounts.revoke_api_key_group(
            h.actor, group=h.row(ApiKey, revoked_at=None, group="Shop").group
        ),
    ),
    "resources.services.delete": (
        "webhook.deleted",
        lambda h: resources.delete(h.actor, WEBHOOKS, h.row(Webhook)),
    ),
    "jobs.webhook_secrets.rotate_secret": (
        "webhook.secret_rotated",
        lambda h: webhook_secrets.rotate_secret(h.actor, h.row(Webhook)),
    ),
    "jobs.schedules.delete_schedule": (
        "schedule.deleted",
        lambda h: schedules.delete_schedule(h.actor, h.row(Schedule)),
    ),
    "inference.endpoints.delete_endpoint": (
        "endpoint.deleted",
        lambda h: endpoints.delete_endpoint(h.actor, h.row(Endpoint)),
    ),
    "knowledge.access_control.revoke": (
        "collection.revoked",
        lambda h: access_control.revoke(
            h.actor,
            h.row(Collection),
            grant=access_control.grant(h.actor, h.row(Collection), role="viewer").pk,
        ),
    ),
    "knowledge.services.delete_collection": (
        "collection.deleted",
        lambda h: knowledge.delete_collection(h.actor, h.row(Collection)),
    ),
    "knowledge.services.delete_document": (
        "document.deleted",
        lambda h: knowledge.delete_document(h.actor, h.row(Document)),
    ),
    "speech.services.delete_recording": (
        "recording.deleted",
        lambda h: speech.delete_recording(h.row(Recording), deleted_by=h.actor),
    ),
    "speech.services.delete_by_hand": (
        "recording.deleted",
        lambda h: speech.delete_by_hand(h.actor, h.row(Recording)),
    ),
    "vault.rotation.rotate": (
        "keys.rotated",
        lambda h: rotation.rotate(h.actor, h.organisation, lambda what, count: None),
    ),
    "privacy.members.erase_member": (
        "member.data_erased",
        lambda h: members.erase_member(h.actor, h.colleague(is_active=False)),
    ),
    "privacy.retention.confirm_clock": (
        "retention.resumed",
        lambda h: (h.row(RetentionClock, stopped_at="2026-01-01T00:00Z"), retention.confirm_clock(h.actor)),
    ),
    "customer_service.privacy.services.erase_visitor": (
        "visitor.erased",
        lambda h: privacy_services.erase_visitor(h.actor, conversation_id=h.row(desk.Conversation).pk),
    ),
    "customer_service.channels.services.archive_channel": (
        "channel.archived",
        lambda h: channels.archive_channel(h.actor, h.row(desk.Channel)),
    ),
    "customer_service.channels.services.restore_channel": (
        "channel.restored",
        lambda h: channels.restore_channel(h.actor, h.archived()),
    ),
    "customer_service.channels.services.request_erasure": (
        "channel.erasure_requested",
        lambda h: channels.request_erasure(h.actor, h.archived(), contents=ChannelContents(0, 0)),
    ),
    "customer_service.inbox.notes.delete_note": (
        "note.deleted",
        lambda h: notes.delete_note(
            h.actor, conversation_id=h.row(desk.Conversation).pk, note_id=h.row(desk.Note).pk
        ),
    ),
    "customer_service.inbox.tags.merge_tags": (
        "tag.merged",
        lambda h: tagging.merge_tags(h.actor, h.row(desk.Tag), into=tagging.make_tag(h.actor, name="other")),
    ),
    "customer_service.contacts.services.change_contact": (
        "contact.changed",
        lambda h: contacts.change_contact(h.actor, contact_id=h.row(desk.Contact).pk, name="Vera"),
    ),
    "customer_service.saved_answers.services.delete_saved_answer": (
        "curated_answer.deleted",
        lambda h: saved_answers.delete_saved_answer(h.actor, saved_answer_id=h.row(desk.SavedAnswer).pk),
    ),
    "customer_service.tools.services.delete_lookup_tool": (
        "lookup_tool.deleted",
        lambda h: tools.delete_lookup_tool(h.actor, lookup_tool_id=h.row(desk.LookupTool).pk),
    ),
    "customer_service.unanswered_questions.services.dismiss": (
        "question.dismissed",
        lambda h: unanswered.dismiss(h.actor, question="Do you ship to the moon?"),
    ),
    "evaluation.services.delete_question": (
        "evaluation_question.deleted",
        lambda h: evaluation.delete_question(h.actor, h.row(EvaluationQuestion)),
    ),
    "customer_service.understanding.intents.delete_intent": (
        "intent.deleted",
        lambda h: intents.delete_intent(h.actor, intent_id=h.row(desk.Intent).pk),
    ),
    "operations.prompts.services.delete_inputs": (
        "prompt.inputs_deleted",
        lambda h: prompts.delete_inputs(h.actor, "shorten"),
    ),
    "customer_service.understanding.intents.restore_version": (
        "classifier.restored",
        lambda h: intents.restore_version(h.actor, version_id=h.row(desk.ClassifierVersion).pk),
    ),
    "customer_service.chat.identity.rotate_secret": (
        "channel.secret_rotated",
        lambda h: identity.rotate_secret(h.actor, channel=h.row(desk.Channel)),
    ),
    "medical_records.coding.services.delete_catalogue": (
        "catalogue.deleted",
        lambda h: coding.delete_catalogue(h.actor, h.row(records.Catalogue, job=None)),
    ),
    "medical_records.encounters.services.discard_recording": (
        "recording.deleted",
        lambda h: encounters.discard_recording(h.actor, h.dictated()),
    ),
    "medical_records.patients.departments.save_clinician": (
        "clinician.saved",
        lambda h: departments.save_clinician(h.actor, member_id=h.actor.member.pk, departments=[]),  # type: ignore[union-attr]
    ),
    "medical_records.patients.services.relate": (
        "patient.relation_begun",
        lambda h: patients.relate(h.actor, h.row(records.Patient), member=h.actor.member),
    ),
    "medical_records.patients.services.end_relation": (
        "patient.relation_ended",
        lambda h: patients.end_relation(h.actor, h.row(records.CareRelation)),
    ),
    "medical_records.patients.services.open_in_emergency": (
        "patient.emergency_access",
        lambda h: (
            patients.register_patient(h.actor, name="Wang", number="77"),
            patients.open_in_emergency(h.actor, number="77", reason="unconscious"),
        ),
    ),
    "medical_records.privacy.services.erase_patient": (
        "patient.erased",
        lambda h: privacy.erase_patient(h.actor, h.row(records.Patient), reason="asked for it"),
    ),
    "medical_records.templates.services.archive": (
        "record_template.archived",
        lambda h: templates.archive(h.actor, h.row(records.RecordTemplate)),
    ),
    "medical_records.templates.services.restore": (
        "record_template.restored",
        lambda h: templates.restore(h.actor, h.row(records.RecordTemplate)),
    ),
    "medical_records.templates.services.archive_or_restore": (
        "record_template.archived",
        lambda h: templates.archive_or_restore(h.actor, h.row(records.RecordTemplate)),
    ),
    "medical_records.signing.services.discard_amendment": (
        "record.amendment_discarded",
        lambda h: signing.discard_amendment(
            h.actor, h.row(records.MedicalRecord, state="amending", revision=1), revision=1
        ),
    ),
    **told("ACTIONS"),
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(ACTIONS))
def test_the_action_leaves_a_line(name: str, alice_actor: Actor) -> None:
    action, run = ACTIONS[name]
    house = House(alice_actor)

    run(house)

    entry = AuditEntry.objects.filter(action=action).order_by("-sequence").first()
    assert entry, f"{name} left no line {action}"
    assert entry.actor_name == "Alice"


def test_no_such_action_is_forgotten_here() -> None:
    found = {name for name in _services() if DESTRUCTIVE.match(name.rpartition(".")[2])}

    assert found - set(ACTIONS) - set(WITHOUT_A_LINE) == set()
    assert (set(ACTIONS) | set(WITHOUT_A_LINE)) - set(_services()) == set(), "these are gone"


def _services() -> list[str]:
    """Public functions that somebody calls in their own name: {app}.{module}.{function}."""
    found = []
    for path in sources():
        inside = path.relative_to(ROOT)
        if inside.parts[0] != "apps" or set(inside.parts) & set(OUTER):
            continue
        module = ".".join(inside.with_suffix("").parts[1:])
        for node in tree_of(path).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and _names_actor(node):
                found.append(f"{module}.{node.name}")
    return found


def _names_actor(node: ast.FunctionDef) -> bool:
    annotated = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    return any(each.annotation and "Actor" in ast.unparse(each.annotation) for each in annotated)
