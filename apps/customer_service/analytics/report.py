"""The report of the desk: its page, its files and its API start here."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from apps.accounts.actors import Actor
from apps.analytics.panels import Bars, Chart, FactList, HeatMap, Panel, Part, Table
from apps.analytics.reports import Empty, Export, Filter, Report, Scope
from apps.analytics.value_metrics import ValueMetric, Work
from apps.analytics.values import MIN_SAMPLE, Share, mean
from apps.core.numbers import duration_text, money_text
from apps.customer_service.analytics import fact_rows
from apps.customer_service.analytics.costs import Costs, costs_of
from apps.customer_service.analytics.metrics import METRICS
from apps.customer_service.analytics.results import DeskResults, load
from apps.customer_service.analytics.totals import Totals
from apps.customer_service.channels.models import Channel
from apps.customer_service.handoff.models import Handoff
from apps.customer_service.staff.selectors import desk_settings
from apps.customer_service.unanswered_questions.selectors import Group, listed_groups

MAX_QUESTIONS = 5


@dataclass(frozen=True, kw_only=True)
class Questions(Panel):
    """The questions without an answer that are asked most."""

    template: ClassVar[str] = "customer_service/analytics/top_questions.html"
    groups: list[Group]
    is_wide: bool = True


def panels(scope: Scope, results: DeskResults, actor: Actor) -> Iterator[Panel]:
    if results.now.conversations:
        yield _days(results)
        yield from _mood(results)
        yield _cost(cost(scope, results), actor)
        yield HeatMap(
            title=_("Busiest hours"),
            summary=_("One square per hour of the week. Darker means more conversations started."),
            note=_("Conversations started, by hour."),
            counts={(each.weekday, each.hour): each.conversations for each in results.hours},
        )
        yield from _answers(results)
        yield from _tables(results, actor)
    yield Questions(
        title=_("Top unanswered questions"),
        empty=_("Nothing yet. Grouped daily, or on demand under View all."),
        link=(_("View all"), reverse("customer_service:unanswered")),
        groups=listed_groups(scope.organisation)[:MAX_QUESTIONS],
    )


def cost(scope: Scope, results: DeskResults) -> Costs:
    """The costs by the assumption as it is now, which somebody may just have changed."""
    return costs_of(results.now, desk_settings(scope.organisation), models=results.model_cost)


def _days(results: DeskResults) -> Chart:
    now, days = results.now, [day.totals for day in results.days]
    automated = [day.automated + day.pending for day in days]
    summary = _(
        "Bar chart by day: %(total)d conversations in total, %(automated)d resolved by the assistant "
        "alone, %(people)d with staff."
    )
    return Chart(
        title=_("Conversations per day"),
        summary=summary % {"total": now.conversations, "automated": now.automated, "people": now.with_person},
        dates=[day.key for day in results.days],
        parts=[
            Part(_("resolved by the assistant (including pending)"), automated),
            Part(_("with staff involved"), [day.with_person for day in days], "accent-line"),
            Part(
                _("others"),
                [
                    day.conversations - alone - day.with_person
                    for day, alone in zip(days, automated, strict=True)
                ],
                "neutral",
            ),
        ],
    )


def _mood(results: DeskResults) -> Iterator[Chart]:
    known_days = [
        (week.key, week.totals.trend_change)
        for week in results.groups["weeks"]
        if week.totals.trend_change is not None and week.totals.understood >= MIN_SAMPLE
    ]
    if results.now.understood:
        yield Chart(
            title=_("Sentiment change by week"),
            summary=_("Weekly line: above zero, visitors leave happier than they came."),
            note=_(
                "From -1 to 1; above zero is better. Each date is a Monday. Weeks with fewer than five "
                "conversations are excluded."
            ),
            empty=_("The chart appears once two weeks have at least five conversations each."),
            dates=[monday for monday, _change in known_days],
            parts=[Part(_("Sentiment"), [change for _monday, change in known_days])],
            is_line=True,
        )


def _cost(costs: Costs, actor: Actor) -> FactList:
    def money(amount: Decimal | None) -> str:
        return money_text(amount or 0, costs.currency, digits=2)

    assumption = f"× {costs.minutes} min × {costs.cost_per_hour} / 60"
    models = (_("Models"), money(costs.models), "")
    if costs.is_comparable:
        alone = _("vs. %(amount)s with staff only") % {"amount": money(costs.per_person)}
        headline = (money(costs.per_resolved), alone)
        rows = [
            models,
            (_("Staff work"), money(costs.people), f"= {costs.with_person} {assumption}"),
            (_("All by staff"), money(costs.all_by_people), f"= {costs.resolved} {assumption}"),
            (
                _("Savings"),
                money(costs.saving),
                f"= {costs.all_by_people} − {costs.models:.2f} − {costs.people}",
            ),
        ]
        note = ""
    else:
        headline, rows = None, [models, (_("Resolved"), str(costs.resolved), "")]
        note = _("Enter your hourly staff cost and minutes per conversation to compare the two here.")
    settings = (_("Change the assumption"), reverse("customer_service:desk_settings"))
    return FactList(
        title=_("Cost per resolved conversation"),
        headline=headline,
        rows=rows,
        note=note,
        link=settings if actor.may("conversations.manage") else None,
        explanation=_(
            "Models: cost of all model calls for these conversations at endpoint prices. Staff: the "
            "assumed minutes for each resolved conversation with staff involved. Compared with staff "
            "resolving all of them."
        ),
    )


def _answers(results: DeskResults) -> Iterator[Panel]:
    now = results.now
    sources = (
        (_("generated by the model"), now.from_model),
        (_("saved answer"), now.from_curated),
        (_("quoted"), now.from_quotes),
        (_("passages only"), now.from_passages),
        (_("looked up"), now.from_lookups),
    )
    yield FactList(
        title=_("Answer sources"),
        rows=[(label, Share(count, now.bot_answers).value.text, str(count)) for label, count in sources],
        explanation=_(
            "Share of the assistant's answers. The rest are fixed replies, such as greetings and “I "
            "could not find that”."
        ),
    )
    reasons = dict(Handoff.Reason.choices)
    yield Bars(
        title=_("Handoff reasons"),
        items=[
            (reasons.get(each.reason, each.reason), each.count, str(each.count), str(each.before))
            for each in results.reasons
            if each.count
        ],
        note=_("The second number is the previous period.") if results.reasons else "",
        empty=_("No handoffs."),
    )


def _tables(results: DeskResults, actor: Actor) -> Iterator[Table]:
    def rating(middle: float | None, count: int) -> str:
        return f"{mean(middle, count).text} ({count})"

    now, conversations, satisfaction = results.now, _("Conversations"), _("Satisfaction")
    if results.groups["intents"]:
        yield Table(
            title=_("What visitors want"),
            note=_("By the first message whose intent was recognised."),
            headings=[_("Intent"), conversations, _("Automated"), satisfaction],
            rows=[
                (
                    key,
                    str(of.conversations),
                    of.automated_share.value.text,
                    rating(of.rating_mean, of.ratings),
                )
                for key, of in ((each.key, each.totals) for each in results.groups["intents"])
            ],
        )
    yield Table(
        title=_("CSAT: assistant vs. staff"),
        headings=[conversations, _("Ratings"), _("Mean")],
        rows=[
            (_("assistant alone"), str(now.bot_ratings), mean(now.bot_rating_mean, now.bot_ratings).text),
            (_("with staff involved"), str(now.person_ratings), mean(now.person_rating_mean, now.person_ratings).text),
        ],
    )  # fmt: skip
    if results.groups["agents"] and actor.may("conversations.manage"):
        yield Table(
            title=_("Staff"),
            note=_(
                "Each conversation counts for the agent who first replied or took it. Times are "
                "medians. Only managers of this desk see this table."
            ),
            headings=[
                pgettext("of a person", "Name"), conversations, _("Replies"), _("First response"),
                _("Handle time"), satisfaction,
            ],
            rows=[
                (
                    key["name"], str(of.conversations), str(of.staff_replies),
                    duration_text(of.staff_first_open_median),
                    duration_text(of.handle_median), rating(of.rating_mean, of.ratings),
                )
                for key, of in ((each.key, each.totals) for each in results.groups["agents"])
            ],
        )  # fmt: skip


REPORT = Report(
    name="customer_service",
    permission="conversations.view",
    load=load,
    metrics=METRICS,
    panels=panels,
    has_values=lambda results: results.now.conversations > 0,
    empty=Empty(
        gettext_lazy("No conversations in this period"),
        gettext_lazy(
            "Once visitors write, this page shows how many conversations the assistant resolves on its "
            "own, response times, satisfaction and cost."
        ),
        (gettext_lazy("Channels"), "customer_service:channels"),
    ),
    filters=(
        Filter(
            "channel",
            gettext_lazy("Channel"),
            gettext_lazy("All channels"),
            lambda organisation: [
                (str(row.pk), row.name) for row in Channel.objects.within(organisation).order_by("name")
            ],
        ),
    ),
    exports=(Export("conversations", gettext_lazy("One row per conversation"), fact_rows.rows),),
    time_zone=lambda organisation: desk_settings(organisation).time_zone,
    parent=(gettext_lazy("Conversations"), "customer_service:conversations"),
    worth=ValueMetric[Totals](
        Work.CONVERSATION,
        done=lambda totals: totals.resolved,
        done_label=gettext_lazy("resolved conversations"),
        spared=lambda totals: totals.resolved - totals.resolved_with_person,
        spared_label=gettext_lazy("conversations resolved without staff"),
        rate="automated",
        minutes=lambda organisation: desk_settings(organisation).minutes_per_conversation,
    ),
)
