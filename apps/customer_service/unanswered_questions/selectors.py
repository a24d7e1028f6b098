"""Which questions got no good answer, and the groups that the latest clustering made of them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organisation
from apps.customer_service.conversations.models import Message, MessageQuerySet
from apps.customer_service.handoff.models import Handoff
from apps.customer_service.unanswered_questions.models import DismissedQuestion
from apps.jobs.job_types import JobType, holders_of
from apps.jobs.models import Job
from apps.jobs.subjects import page_of

DAYS = 30

CLUSTER_UNANSWERED = JobType(
    "customer_service.cluster_unanswered",
    queue="batch",
    label=_("Group unanswered questions"),
    stages={"embedding": _("Embedding the questions"), "grouping": _("Grouping them by meaning")},
    may_see=holders_of("conversations.view"),
    may_cancel=holders_of("conversations.manage"),
    subject=page_of(_("Top questions without an answer"), "customer_service:unanswered"),
    # Done every day without being asked for.
    is_free=True,
)


@dataclass(frozen=True)
class Question:
    """`turn`: the id of the message, by the name that the job's result has for it."""

    turn: str
    conversation: str
    text: str
    asked_at: str
    language: str


@dataclass(frozen=True)
class Group:
    """Named by its most central question. `examples` differ in their words; the newest come first."""

    question: str
    turn: str
    count: int
    conversations: int
    languages: list[str]
    last_asked_at: str
    examples: list[Question]

    @property
    def last_at(self) -> datetime:
        return datetime.fromisoformat(self.last_asked_at)


def unanswered_messages(since: datetime) -> MessageQuerySet:
    """Messages whose answer says that there is none, is not supported, or handed over because nothing was found."""
    answers = Message.objects.filter(answers=OuterRef("pk"))
    # A handing over counts for the last message before it alone: earlier ones had answers of their own.
    handed_off = Handoff.objects.filter(
        conversation=OuterRef("conversation"),
        reason=Handoff.Reason.LOW_CONFIDENCE,
        created_at__gte=OuterRef("created_at"),
    ).exclude(
        Exists(
            Message.objects.filter(
                conversation=OuterRef("conversation"),
                author=Message.Author.VISITOR,
                created_at__gt=OuterRef(OuterRef("created_at")),
                created_at__lte=OuterRef("created_at"),
            )
        )
    )
    return Message.objects.filter(author=Message.Author.VISITOR, created_at__gte=since).filter(
        Exists(answers.filter(Q(is_unanswered=True) | Q(sentences__contains=[{"is_supported": False}])))
        | Exists(handed_off)
    )


def questions_count(organisation: Organisation) -> int:
    """How many questions stayed without an answer, grouped or not."""
    return unanswered_messages(timezone.now() - timedelta(days=DAYS)).within(organisation).count()


def latest_clustering(organisation: Organisation) -> Job | None:
    return _clusterings(organisation).first()


def listed_groups(organisation: Organisation) -> list[Group]:
    """The groups of the latest clustering that succeeded, without the questions that were dismissed since."""
    latest_run = _clusterings(organisation).filter(state=Job.State.SUCCEEDED).first()
    dismissed = set(DismissedQuestion.objects.within(organisation).values_list("text", flat=True))
    groups = latest_run.result["groups"] if latest_run and latest_run.result else []
    return [
        Group(**group | {"examples": [Question(**example) for example in group["examples"]]})
        for group in groups
        if group["question"] not in dismissed
    ]


def without_messages(groups: Sequence[dict[str, Any]], messages: Collection[str]) -> list[dict[str, Any]]:
    """Stored groups without what was asked in these messages; a group that was named by one of them gets another name."""
    remaining = []
    for group in groups:
        examples = [each for each in group["examples"] if each["turn"] not in messages]
        if examples:
            representative = {"question": examples[0]["text"], "turn": examples[0]["turn"]}
            own = representative if group["turn"] in messages else {}
            remaining.append({**group, **own, "examples": examples})
    return remaining


def _clusterings(organisation: Organisation) -> QuerySet[Job]:
    jobs_of = Job.objects.within(organisation).filter(kind=CLUSTER_UNANSWERED.name)
    return jobs_of.order_by("-created_at")
