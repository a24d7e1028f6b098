"""What the desk counts: the uses of apps that began in a period. Trials of drafts and cases of evaluations are none."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import (
    Count,
    DurationField,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    TextField,
    Value,
)
from django.db.models.functions import Cast, Coalesce, Concat, Extract
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.analytics.panels import Bars, Chart, Panel, Part
from apps.analytics.reports import (
    Empty,
    Filter,
    Metric,
    Percentile,
    Report,
    Results,
    Scope,
    measure,
    measure_totals,
    total,
)
from apps.analytics.values import Share, count, duration
from apps.core.models import OrganisationQuerySet
from apps.inference.models import InferenceCall
from apps.jobs.models import Job
from apps.workbench import selectors
from apps.workbench.models import AppRun

# The job of a run that waits for a person has ended, and nothing came out yet.
DONE = Q(job__state=Job.State.SUCCEEDED, is_waiting=False)
FAILED = Q(job__state=Job.State.FAILED)


@dataclass(frozen=True)
class Totals:
    runs: int = total(Count("pk"))
    members: int = total(Count("member", distinct=True))
    done: int = total(Count("pk", filter=DONE))
    failed: int = total(Count("pk", filter=FAILED))
    seconds: float | None = total(Percentile("seconds", fraction=0.5, filter=DONE), None)
    seconds_p90: float | None = total(Percentile("seconds", fraction=0.9, filter=DONE), None)
    tokens: int = total(Sum("tokens", default=0))


def load(scope: Scope) -> Results[Totals]:
    results = measure(_runs(scope), scope, Totals, moment="created_at", groups={"apps": ("app__name",)})
    results.groups["apps"].sort(key=lambda app: -app.totals.runs)
    return results


def load_totals(scope: Scope) -> Results[Totals]:
    return measure_totals(_runs(scope), scope, Totals, moment="created_at")


def _runs(scope: Scope) -> OrganisationQuerySet[AppRun]:
    runs = AppRun.objects.within(scope.organisation).filter(occasion=AppRun.Occasion.USE)
    if app := scope.filters.get("app"):
        runs = runs.filter(app_id=UUID(app))
    # A run that waited for a person has several jobs, all about it; one that a chat ran has the chat's.
    subject = Concat(Value("app_run:"), Cast(OuterRef("pk"), TextField()))
    own = InferenceCall.objects.filter(job__subject=subject).exclude(job__subject="")
    lent = InferenceCall.objects.filter(job=OuterRef("job")).exclude(job__subject__startswith="app_run:")
    length = ExpressionWrapper(F("job__finished_at") - F("job__started_at"), output_field=DurationField())
    worked = Coalesce(_length_of_all(Job.objects.filter(subject=subject).exclude(subject="")), length)
    return runs.annotate(tokens=_token_sum(own) + _token_sum(lent), seconds=Extract(worked, "epoch"))


def _length_of_all(jobs: QuerySet[Job]) -> Subquery:
    lengths = Sum(F("finished_at") - F("started_at"), output_field=DurationField())
    return Subquery(jobs.order_by().values("organisation").annotate(sum=lengths).values("sum"))


def _token_sum(calls: QuerySet[InferenceCall]) -> Coalesce:
    """Tokens of all of the calls."""
    sums = calls.order_by().values("organisation").annotate(sum=Sum(F("input_tokens") + F("output_tokens")))
    return Coalesce(Subquery(sums.values("sum")), 0)


def app_choices(organisation: Organisation) -> Sequence[tuple[str, str]]:
    return [(str(app.pk), app.title) for app in selectors.app_list(organisation)]


def panels(scope: Scope, results: Results[Totals], actor: Actor) -> Iterator[Panel]:
    if not results.now.runs:
        return
    yield Chart(
        title=_("Runs by day"),
        summary=_("Bar chart by day: %(count)d runs in total.") % {"count": results.now.runs},
        dates=[day.key for day in results.days],
        parts=[Part(_("Runs"), [day.totals.runs for day in results.days])],
    )
    # An app that was deleted meanwhile has its name.
    titles = {app.name: app.title for app in selectors.app_list(scope.organisation)}
    yield Bars(
        title=_("Runs by app"),
        note=_("The second number is tokens."),
        items=[
            (
                titles.get(app.key[0], app.key[0]),
                app.totals.runs,
                f"{app.totals.runs:,}",
                f"{app.totals.tokens:,}",
            )
            for app in results.groups["apps"]
        ],
        is_wide=True,
    )


METRICS: tuple[Metric[Totals], ...] = (
    Metric(
        "runs",
        gettext_lazy("Runs of apps"),
        gettext_lazy("Uses of apps that began in this period; trials and evaluations are left out."),
        lambda of: count(of.runs),
        is_headline=True,
    ),
    Metric(
        "failed",
        gettext_lazy("Failed runs"),
        gettext_lazy("Share of runs that ended with an error."),
        lambda of: Share(of.failed, of.runs).value,
        better=-1,
    ),
    Metric(
        "members",
        gettext_lazy("Members who use apps"),
        gettext_lazy("Members who ran an app in this period."),
        lambda of: count(of.members),
        better=1,
    ),
    Metric(
        "seconds",
        gettext_lazy("Time of a run"),
        gettext_lazy("Median time from the beginning of a run to its results, without waiting for people."),
        lambda of: duration(of.seconds, of.done, of.seconds_p90),
        better=-1,
    ),
    Metric(
        "tokens",
        gettext_lazy("Tokens of apps"),
        gettext_lazy("Input and output tokens of all model calls of these runs."),
        lambda of: count(of.tokens),
    ),
)
REPORT = Report(
    name="workbench",
    permission="workbench.edit",
    load=load,
    load_totals=load_totals,
    metrics=METRICS,
    panels=panels,
    has_values=lambda results: results.now.runs > 0,
    filters=(Filter("app", gettext_lazy("App"), gettext_lazy("All apps"), app_choices),),
    empty=Empty(
        gettext_lazy("No app was run in this period"),
        gettext_lazy("Runs, failures, time and tokens of your apps."),
        (gettext_lazy("Choose an app"), "workbench:apps"),
    ),
)
