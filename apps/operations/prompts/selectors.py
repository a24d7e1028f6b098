"""What an organisation's prompts are: shipped, its own, locked; and how they were used lately."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from django.db.models import Count, Max, Q, Sum
from django.utils import timezone
from redis.exceptions import RedisError

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.core.desks import Desk
from apps.core.models import OrganisationQuerySet
from apps.inference import prompts
from apps.inference.models import Endpoint, EndpointQuerySet, InferenceCall, PromptVersion, Purpose
from apps.inference.prompt_catalogue import ShippedPrompt, shipped_prompts
from apps.inference.prompts import RecordedInput
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

    @property
    def failed_text(self) -> str:
        return f"{self.failed_percent:.1f}%".replace(".0%", "%") if self.calls else ""


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


@dataclass(frozen=True)
class Recording:
    """What a prompt was filled with. `places_left`: how many inputs are still waited for."""

    inputs: Sequence[RecordedInput] = ()
    places_left: int = 0
    is_known: bool = True


def prompt_views(organisation: Organisation) -> list[tuple[Desk, list[PromptView]]]:
    """Every prompt, by desk."""
    by_desk: dict[str, tuple[Desk, list[PromptView]]] = {}
    for view in _views(organisation, shipped_prompts()):
        desk = view.shipped.desk
        by_desk.setdefault(desk.app, (desk, []))[1].append(view)
    return list(by_desk.values())


def prompt_view(organisation: Organisation, shipped: ShippedPrompt) -> PromptView:
    [view] = _views(organisation, {shipped.name: shipped})
    return view


def versions(organisation: Organisation, name: str) -> OrganisationQuerySet[PromptVersion]:
    rows = PromptVersion.objects.within(organisation).filter(prompt=name)
    return rows.select_related("author__user", "approver__user").order_by("-number")


def version_in_use(organisation: Organisation, name: str) -> PromptVersion | None:
    """None where it is the shipped text."""
    return versions(organisation, name).filter(state=PromptVersion.State.ACTIVE).first()


def next_number(organisation: Organisation, name: str) -> int:
    last = PromptVersion.objects.within(organisation).filter(prompt=name).aggregate(last=Max("number"))
    return (last["last"] or 0) + 1


def use_by_text(organisation: Organisation, name: str) -> dict[str, PromptUse]:
    """Calls by the hash of the text that was rendered."""
    return _use_by("prompt_hash", organisation, [name])


def may_read_inputs(actor: Actor, shipped: ShippedPrompt) -> bool:
    """Whoever manages prompts sees what fills them only as far as the desk shows it to them anyway."""
    return actor.may(MANAGE) and actor.may(shipped.reader_permission)


def recording(organisation: Organisation, name: str) -> Recording:
    try:
        return Recording(
            prompts.recorded_inputs(organisation.pk, name), prompts.places_left(organisation.pk, name)
        )
    except RedisError:
        return Recording(is_known=False)


def changes(before: str, after: str) -> list[Piece]:
    """The differences by phrases: words that changed with nothing but white space between them are read as one."""
    removed, added, merged = "", "", list[Piece]()
    # The empty piece at the end hands out what was gathered until there.
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


def is_own(actor: Actor, version: PromptVersion) -> bool:
    member = actor.responsible_member
    return member is not None and version.author_id == member.pk


def _views(organisation: Organisation, shipped: Mapping[str, ShippedPrompt]) -> list[PromptView]:
    rows = PromptVersion.objects.within(organisation).filter(prompt__in=shipped)
    active = {row.prompt: row for row in rows.filter(state=PromptVersion.State.ACTIVE)}
    proposals = Counter(rows.filter(state=PromptVersion.State.PROPOSED).values_list("prompt", flat=True))
    use = _use_by("prompt_name", organisation, shipped)
    return [
        PromptView(
            prompt,
            use.get(name, PromptUse()),
            own := active.get(name),
            proposals[name],
            prompts.version_problems(own) if own else [],
        )
        for name, prompt in shipped.items()
    ]


def _use_by(column: str, organisation: Organisation, names: Iterable[str]) -> dict[str, PromptUse]:
    calls = InferenceCall.objects.filter(
        organisation=organisation, created_at__gte=timezone.now() - LATELY, prompt_name__in=names
    )
    sums = (
        calls.order_by()
        .values(column)
        .annotate(
            calls=Count("id"),
            failed=Count("id", filter=Q(status=InferenceCall.Status.FAILED)),
            tokens=Sum("input_tokens") + Sum("output_tokens"),
        )
    )
    return {row[column]: PromptUse(row["calls"], row["failed"], row["tokens"]) for row in sums}
