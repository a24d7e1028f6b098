"""What people and other systems do with copy: have it written, write it, change it, approve it or send it back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor, requires_permission
from apps.accounts.second_person import SecondPerson
from apps.audit import services as audit
from apps.core.errors import Conflict, InvalidInput
from apps.jobs import services as jobs
from apps.jobs.job_types import JobType, holders_of
from apps.jobs.runs import JobRun
from apps.marketing.briefs import selectors as briefs
from apps.marketing.briefs.contradictions import require_consistent
from apps.marketing.briefs.models import Brief
from apps.marketing.channels import selectors as channels
from apps.marketing.channels.names import in_order
from apps.marketing.channels.selectors import ChannelView
from apps.marketing.copywriting import checks, drafts, generation, selectors
from apps.marketing.copywriting.angles import NAMES
from apps.marketing.copywriting.check_list import CheckedPart
from apps.marketing.copywriting.models import CopyRequest, CopyReview, CopyVariant
from apps.marketing.copywriting.variant_checks import check_variant
from domain.marketing.copy_checks.check import Violation
from domain.text.translation.segments import similarity

MAX_VARIANTS, MAX_CHANNELS = 8, 20
# Above any channel's limit: what is too long for its channel is said by the checks.
APPROVE = "marketing.approve"
APPROVAL = SecondPerson(
    APPROVE, author="member", refusal=_("You wrote or changed this text last. Ask another approver.")
)
MAX_TEXT_CHARACTERS = 20_000
MAX_REASON_CHARACTERS = 300

WRITE_COPY = JobType(
    "marketing.write_copy",
    queue="interactive",
    label=_("Write marketing copy"),
    stages={"writing": _("Writing")},
    may_see=holders_of("marketing.use"),
    subject=briefs.of_briefs,
)


@dataclass(frozen=True)
class CopyCheck:
    """`checks`: what was looked at, and what was not."""

    violations: list[Violation]
    checks: list[CheckedPart]


@requires_permission("marketing.use")
@transaction.atomic
def request_copy(actor: Actor, brief: Brief, *, channels: Sequence[str], count: int) -> CopyRequest:
    """Queues so many variants for each channel. Raises InvalidInput for a brief that no copy could keep to."""
    require_consistent(brief)
    request = CopyRequest(
        organisation=actor.organisation,
        brief=brief,
        channels=list(dict.fromkeys(channels)),
        count=count,
        member=actor.member,
        api_key=actor.api_key,
    )
    request.job = jobs.create_row_job(actor, WRITE_COPY, request, subject=brief)
    request.save(force_insert=True)
    details = {"channels": request.channels, "count": count}
    audit.record(actor, action="copy_request.created", target=request, details=details)
    return request


@WRITE_COPY.service
def write_copy(run: JobRun, *, copy_request_id: str) -> dict[str, Any]:
    """Writes the variants one after the other; each is stored when it is done, so that a later attempt goes on."""
    rows = CopyRequest.objects.within(run.job.organisation).select_related("brief", "organisation")
    request = rows.get(pk=copy_request_id)
    brief, facts = request.brief, briefs.brief_facts(request.brief)
    present = {(row.channel, row.angle): row for row in request.variants.all()}
    planned = [(key, angle) for key in request.channels for angle in _angles(request, key)]
    run.stage("writing")
    last_call: UUID | None = None
    for number, (key, angle) in enumerate(planned):
        run.check()
        run.progress(number, len(planned))
        if (key, angle) in present:
            continue
        view = channels.channel(request.organisation, key)
        run.event("variant", channel=key, angle=angle)
        others = selectors.other_texts(brief, key)
        draft = generation.write_draft(run, brief, facts, view, angle, others)
        model, cost, last_call = drafts.calls_of(run, after=last_call)
        written = {
            "organisation": request.organisation,
            "brief": brief,
            "texts": draft.texts,
            "written": draft.texts,
            "violations": checks.stored(draft.violations),
            "status": CopyVariant.Status.DROPPED if draft.errors_count else CopyVariant.Status.DRAFT,
            "repairs_count": draft.repairs_count,
            "is_mended": draft.is_mended,
            "model": model,
            "prompt": " ".join(dict.fromkeys(draft.prompts))[:100],
            "cost": cost,
            "member": request.member,
        }
        # A worker that was taken for dead may have written it meanwhile: the first one stays.
        variant, _is_new = CopyVariant.objects.get_or_create(
            request=request, channel=key, angle=angle, defaults=written
        )
        present[key, angle] = variant
        run.event("verdict", variant=str(variant.pk), status=variant.status)
    dropped = sum(row.status == CopyVariant.Status.DROPPED for row in present.values())
    return {"copy_request": str(request.pk), "variants": len(present) - dropped, "dropped": dropped}


@requires_permission("marketing.use")
def check_copy(
    actor: Actor,
    brief: Brief,
    view: ChannelView,
    *,
    texts: Mapping[str, str],
    variant: CopyVariant | None = None,
) -> CopyCheck:
    """What the checks find in a text that is being written; nothing is stored and no model is asked.

    `variant`: the one that it is to take the place of, where there is one: a translation is held to more.
    """
    subject = variant or CopyVariant(organisation=actor.organisation, brief=brief, channel=view.key)
    known = _known_texts(view, texts)
    found = check_variant(subject, known, view.rules)
    return CopyCheck(found, subject.check_list(checks.stored(found), known))


@requires_permission("marketing.use")
@transaction.atomic
def create_variant(actor: Actor, brief: Brief, view: ChannelView, *, texts: Mapping[str, str]) -> CopyVariant:
    """Copy that a person wrote. What the checks find is kept with it; it is approved only without errors."""
    variant = CopyVariant(
        organisation=actor.organisation, brief=brief, channel=view.key, member=actor.responsible_member
    )
    _check(variant, view, texts)
    variant.save(force_insert=True)
    audit.record(actor, action="copy_variant.created", target=variant, details={"channel": variant.channel})
    return variant


@requires_permission("marketing.use")
@transaction.atomic
def change_variant(
    actor: Actor, variant: CopyVariant, *, texts: Mapping[str, str], version: int
) -> CopyVariant:
    """Stores what a person made of it, to be reviewed (again). Raises Conflict where somebody else changed it."""
    variant = _locked(variant, version)
    _check(variant, channels.channel(actor.organisation, variant.channel), texts)
    variant.status, variant.approved_at = CopyVariant.Status.DRAFT, None
    variant.member = actor.responsible_member
    variant.version += 1
    if variant.written:
        both = (in_order(variant.channel, each) for each in (variant.written, variant.texts))
        whole = ["\n".join(each.values()) for each in both]
        variant.edit_share = 1 - similarity(*whole)
    variant.save()
    audit.record(actor, action="copy_variant.changed", target=variant, details={"channel": variant.channel})
    return variant


@requires_permission(APPROVE)
@transaction.atomic
def approve_variant(actor: Actor, variant: CopyVariant, *, version: int, comment: str = "") -> CopyVariant:
    """Raises PermissionDenied for one's own where somebody else may approve, Conflict where somebody changed it meanwhile,
    or the rules of today find an error in it.
    """
    variant = _locked(variant, version)
    APPROVAL.require(actor, variant)
    view = channels.channel(actor.organisation, variant.channel)
    _check(variant, view, variant.texts)
    if errors := variant.errors:
        reason = _("This cannot be approved: %(reason)s")
        raise Conflict(reason % {"reason": variant.reasons[variant.violations.index(errors[0])]["reason"]})
    variant.status, variant.approved_at = CopyVariant.Status.APPROVED, timezone.now()
    variant.approval_seconds = (variant.approved_at - variant.brief.created_at).total_seconds()
    variant.save()
    _review(actor, variant, is_approval=True, comment=comment)
    return variant


@requires_permission(APPROVE)
@transaction.atomic
def return_variant(actor: Actor, variant: CopyVariant, *, comment: str) -> CopyVariant:
    """Sends it back with what should be changed. Raises InvalidInput without a comment."""
    if not comment.strip():
        raise InvalidInput(fields={"comment": [_("Describe what to change.")]})
    variant = _locked(variant, None)
    variant.status, variant.approved_at = CopyVariant.Status.RETURNED, None
    variant.save(update_fields=["status", "approved_at"])
    _review(actor, variant, is_approval=False, comment=comment)
    return variant


def record_win(variant: CopyVariant, *, reason: str) -> None:
    """An experiment found that it does better than the others: from now on it is an example for briefs like its own."""
    variant.won_at, variant.win_reason = timezone.now(), reason[:MAX_REASON_CHARACTERS]
    variant.save(update_fields=["won_at", "win_reason"])


@requires_permission("marketing.use")
@transaction.atomic
def delete_variant(actor: Actor, variant: CopyVariant) -> None:
    """Raises Conflict for a text that an experiment shows or has shown."""
    if variant.arms.exists():
        raise Conflict(_("This text is used in an experiment and cannot be deleted."), code="in_experiment")
    audit.record(actor, action="copy_variant.deleted", target=variant, details={"channel": variant.channel})
    variant.delete()


def _angles(request: CopyRequest, channel: str) -> list[str]:
    """A second request goes on with the angles that the first one left."""
    rows = CopyVariant.objects.within(request.organisation_id).filter(brief=request.brief, channel=channel)
    earlier = rows.exclude(request=request).exclude(angle="").count()
    return [NAMES[(earlier + number) % len(NAMES)] for number in range(request.count)]


def _check(variant: CopyVariant, view: ChannelView, texts: Mapping[str, str]) -> None:
    variant.texts = _known_texts(view, texts)
    others = selectors.other_texts(variant.brief, variant.channel, without=variant)
    variant.violations = checks.stored(check_variant(variant, variant.texts, view.rules, others))


def _known_texts(view: ChannelView, texts: Mapping[str, str]) -> dict[str, str]:
    """The texts of the channel's fields alone, each no longer than is read at all. Raises InvalidInput."""
    known = {each.key: str(texts.get(each.key, "")).replace("\r\n", "\n") for each in view.rules.fields}
    if any(len(text) > MAX_TEXT_CHARACTERS for text in known.values()):
        reason = _("The text is too long: at most %(limit)d characters.") % {"limit": MAX_TEXT_CHARACTERS}
        raise InvalidInput(fields={"texts": [reason]})
    if not any(text.strip() for text in known.values()):
        raise InvalidInput(fields={"texts": [_("Enter the copy first.")]})
    return known


def _locked(variant: CopyVariant, version: int | None) -> CopyVariant:
    rows = CopyVariant.objects.within(variant.organisation_id).select_for_update(of=("self",))
    variant = rows.select_related("brief", "translated_from__brief").get(pk=variant.pk)
    if version is not None and variant.version != version:
        raise Conflict(_("This text was changed by someone else. Reload it."), code="changed_meanwhile")
    return variant


def _review(actor: Actor, variant: CopyVariant, *, is_approval: bool, comment: str) -> None:
    CopyReview.objects.create(
        organisation=actor.organisation,
        variant=variant,
        is_approval=is_approval,
        version=variant.version,
        comment=comment.strip(),
        member=actor.responsible_member,
    )
    action = "copy_variant.approved" if is_approval else "copy_variant.returned"
    details = {"channel": variant.channel} | ({"comment": comment.strip()[:200]} if comment.strip() else {})
    audit.record(actor, action=action, target=variant, details=details)
