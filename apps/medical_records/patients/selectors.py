"""Who may see which patient. Every other part of the desk starts from here."""

import hashlib
import hmac
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.core.models import OrganisationQuerySet
from apps.core.punctuation import colon
from apps.medical_records.patients.models import CareRelation, Clinician, Department, Patient, PatientQuerySet
from apps.medical_records.settings.services import PREFERENCES
from apps.vault import encryption
from apps.vault.keys import current_key
from apps.vault.models import SealingKey
from llm_backend.wording import normalise

preferences_of = PREFERENCES.read


def visible_patients(actor: Actor) -> PatientQuerySet:
    """Whom the actor treats today; everybody for those who oversee the records and for keys with that scope."""
    patients = Patient.objects.within(actor.organisation).kept().order_by("-last_seen_at", "-pk")
    if actor.may("records.oversee"):
        return patients
    return patients.treated_by(actor.member) if actor.member else patients.none()


def patient_of(actor: Actor, patient_id: UUID) -> Patient:
    """Raises NotFound, also for one whom the actor does not treat: who is a patient here is itself a secret."""
    return visible_patients(actor).one(pk=patient_id)


def search_patients(actor: Actor, typed: str) -> PatientQuerySet:
    """Finds patients by the beginnings of name or number, from two characters on; one character finds nobody, none
    finds everybody.
    """
    patients = visible_patients(actor)
    if not typed.strip():
        return patients
    # None for a single character, which is a surname: docs/decisions/medical-records.md.
    terms = encryption.search_terms(actor.organisation.pk, typed)
    return patients.filter(index_terms__contains=terms) if terms else patients.none()


def patient_with_number(organisation: Organisation, number: str) -> Patient | None:
    """Whoever asks: registering a patient twice under one number is refused even without a treatment relation."""
    patients = Patient.objects.within(organisation).kept()
    return patients.filter(number_hash=number_hash(organisation.pk, number)).first()


def number_hash(organisation_id: UUID, number: str) -> str:
    """So that the database can refuse a number twice without knowing it."""
    key = current_key(organisation_id, SealingKey.Purpose.INDEX)
    return hmac.new(key.secret, normalise(number).strip().encode(), hashlib.sha256).hexdigest()


def open_relations(patient: Patient) -> OrganisationQuerySet[CareRelation]:
    """Who treats the patient today."""
    now = timezone.now()
    relations = CareRelation.objects.within(patient.organisation_id).filter(patient=patient, since__lte=now)
    return relations.filter(Q(until=None) | Q(until__gt=now)).select_related("member__user", "department")


def care_reason(actor: Actor, patient: Patient) -> str:
    """Why somebody who sees the patient does: they oversee all records, or a treatment relation of today."""
    if actor.may("records.oversee"):
        return gettext("oversees all medical records")
    own = set(own_departments(actor).values_list("pk", flat=True)) if actor.member else set()
    for relation in open_relations(patient):
        if relation.member_id and actor.member and relation.member_id == actor.member.pk:
            return str(relation.get_kind_display())
        if relation.department and relation.department.pk in own:
            return f"{relation.department}{colon()}{relation.get_kind_display()}"
    return ""


def departments(organisation: Organisation) -> OrganisationQuerySet[Department]:
    return Department.objects.within(organisation).filter(is_active=True)


def own_departments(actor: Actor) -> OrganisationQuerySet[Department]:
    """Where the member works; all of them for an API key."""
    every = departments(actor.organisation)
    if actor.member is None:
        return every
    works_there = Clinician.departments.through.objects.filter(
        department_id=OuterRef("pk"), clinician__member=actor.member
    )
    return every.filter(Exists(works_there))
