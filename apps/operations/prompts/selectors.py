"""What an organisation's prompts are: shipped, its own, locked; and how they were used lately."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db.models import Count, Max, Q, Sum
from django.utils import timezone

from apps.accounts import selectors as accounts
from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.core.desks import Desk
from apps.core.models import OrganisationQuerySet
from apps.inference import prompts
from apps.inference.models import Endpoint, EndpointQuerySet, InferenceCall, PromptVersion, Purpose
from apps.inference.prompt_catalogue import ShippedPrompt, shipped_prompts
from llm_backend.changes import Piece, word_changes
from llm_backend.prompt_checks import Problem

MANAGE = "operations.manage"
LATELY = timedelta(days=7)


@dataclass(frozen=True)
class PromptUse:
    """Calls of the last seven days."""

    calls: int = 0
    failed: int = 0
    tokens: int = 0

    @property
    def failed_percent(self) -> float:
        return 100 * self.failed / self.calls if self.calls else 0.0


@dataclass(frozen=True)
class PromptView:
    """`proposals`: how many versions wait. `problems`: why the own text in use does not fit this release."""

    shipped: ShippedPrompt
    use: PromptUse
    active: PromptVersion | None = None
    proposals: int = 0
    problems: list[Problem] = field(default_factory=list)

    @property
    def is_outdated(self) -> bool:
        """The shipped text changed after the own one was written."""
        return self.active is not None and self.active.based_on != self.shipped.prompt.text


def prompt_views(organisation: Organisation) -> list[tuple[Desk, list[PromptView]]]:
    """Every prompt, by desk."""
    rows = PromptVersion.objects.within(organisation)
    active = {row.prompt: row for row in rows.filter(state=PromptVersion.State.ACTIVE)}
    proposed = rows.filter(state=PromptVersion.State.PROPOSED).order_by().values("prompt")
    proposals = dict(proposed.annotate(count=Count("id")).values_list("prompt", "count"))
    use = _use_by("prompt_name", organisation)
    by_desk: dict[str, tuple[Desk, list[PromptView]]] = {}
    for name, shipped in shipped_prompts().items():
        own = active.get(name)
        view = PromptView(
            shipped,
            use.get(name, PromptUse()),
            own,
            proposals.get(name, 0),
            prompts.version_problems(own) if own else [],
        )
        by_desk.setdefault(shipped.desk.app, (shipped.desk, []))[1].append(view)
    return list(by_desk.values())


def prompt_view(organisation: Organisation, shipped: ShippedPrompt) -> PromptView:
    rows = versions(organisation, shipped.name)
    active = rows.filter(state=PromptVersion.State.ACTIVE).first()
    use = _use_by("prompt_name", organisation, shipped.name).get(shipped.name, PromptUse())
    return PromptView(
        shipped,
        use,
        active,
        rows.filter(state=PromptVersion.State.PROPOSED).count(),
        prompts.version_problems(active) if active else [],
    )


def versions(organisation: Organisation, name: str) -> OrganisationQuerySet[PromptVersion]:
    rows = PromptVersion.objects.within(organisation).filter(prompt=name)
    return rows.select_related("author__user", "approver__user").order_by("-number")


def next_number(organisation: Organisation, name: str) -> int:
    last = PromptVersion.objects.within(organisation).filter(prompt=name).aggregate(last=Max("number"))
    return (last["last"] or 0) + 1


def use_by_text(organisation: Organisation, name: str) -> dict[str, PromptUse]:
    """Calls by the hash of the text that was rendered."""
    return _use_by("prompt_hash", organisation, name)


def changes(before: str, after: str) -> list[Piece]:
    """By phrases: words that changed with nothing but white space between them are read as one."""
    removed, added, merged = "", "", list[Piece]()
    for piece in [*word_changes(before, after), Piece("same", "")]:
        is_between = piece.kind == "same" and piece.text.isspace() and "\n" not in piece.text
        if piece.kind == "removed" or (is_between and (removed or added)):
            removed += piece.text
        if piece.kind == "added" or (is_between and (removed or added)):
            added += piece.text
        if piece.kind == "same" and not (is_between and (removed or added)):
            merged += [Piece("removed", removed)] if removed else []
            merged += [Piece("added", added)] if added else []
            merged += [piece] if piece.text else []
            removed = added = ""
    return merged


def trial_endpoints(organisation: Organisation) -> EndpointQuerySet:
    """Those that answer in words."""
    words = (Purpose.CHAT, Purpose.EXTRACTION, Purpose.REASONING)
    return Endpoint.objects.visible_to(organisation).filter(purpose__in=words).in_fallback_order()


def may_decide(actor: Actor, version: PromptVersion) -> bool:
    """Nobody approves what they wrote themselves while somebody else may do it."""
    return actor.may(MANAGE) and (not is_own(actor, version) or is_alone(actor))


def is_own(actor: Actor, version: PromptVersion) -> bool:
    member = actor.responsible_member
    return member is not None and version.author_id == member.pk


def is_alone(actor: Actor) -> bool:
    """Nobody else of the organisation may decide about prompts."""
    member = actor.responsible_member
    others = accounts.members(actor.organisation).filter(is_active=True, user__is_active=True)
    others = others.exclude(pk=member.pk) if member else others
    return not any(MANAGE in other.permissions for other in others)


def _use_by(column: str, organisation: Organisation, name: str = "") -> dict[str, Any]:
    calls = InferenceCall.objects.filter(
        organisation=organisation, created_at__gte=timezone.now() - LATELY
    ).exclude(prompt_name="")
    rows = (calls.filter(prompt_name=name) if name else calls).order_by().values(column)
    sums = rows.annotate(
        calls=Count("id"),
        failed=Count("id", filter=Q(status=InferenceCall.Status.FAILED)),
        tokens=Sum("input_tokens") + Sum("output_tokens"),
    )
    return {row[column]: PromptUse(row["calls"], row["failed"], row["tokens"]) for row in sums}
