"""How people responded to what was sent, and how much of that the messages brought: lifts over those who got none."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import Organisation
from apps.analytics.panels import Chart, Part
from apps.marketing.experiments.models import ArmCount
from domain.marketing.decisions.experiments import Lift, stratified_lift

FIRST_PAGE_DAYS = 28
# Of fewer on one side a line would be drawn through chance alone.
MIN_CONTROL_EXPOSURES = 20
# A hundred points up and down. A wider interval says nothing, and flattens all others on its scale.
WIDEST_INTERVAL = 2.0


@dataclass(frozen=True)
class Response:
    """What the people did whose messages went out on some days, whenever they did it.

    Lifts compare the arms of each experiment with its own control, segment by segment; None without a control that did
    anything. Who got no message has no link to click: such clicks are visits that a site reports by the API.
    """

    people: int = 0
    clicks: int = 0
    conversions: int = 0
    revenue: float = 0
    click_lift: Lift | None = None
    conversion_lift: Lift | None = None


Rows = list[Any]


def counts_by_day(organisation: Organisation, first: date, last: date, *, is_simulated: bool = False) -> Rows:
    """Sums by day, experiment, segment and whether it is the control."""
    counts = ArmCount.objects.within(organisation).filter(
        day__gte=first, day__lte=last, arm__experiment__is_simulated=is_simulated
    )
    return list(
        counts.values("day", "arm__experiment", "segment", is_control=Q(arm__channel=""))
        .annotate(
            people=Sum("exposures"), clicked=Sum("clicks"), converted=Sum("conversions"), spent=Sum("revenue")
        )
        .order_by("day")
    )


def response(rows: Iterable[Any]) -> Response:
    rows = list(rows)
    messages = [row for row in rows if not row["is_control"]]
    return Response(
        people=sum(row["people"] for row in messages),
        clicks=sum(row["clicked"] for row in messages),
        conversions=sum(row["converted"] for row in messages),
        revenue=sum(row["spent"] for row in messages),
        click_lift=_lift(rows, "clicked"),
        conversion_lift=_lift(rows, "converted"),
    )


def lift_chart(
    organisation: Organisation,
    first: date | None = None,
    last: date | None = None,
    *,
    link: tuple[str, str] | None = None,
) -> Chart | None:
    """Purchases over those of the control (visits, where nothing is sold), of all that went out until each day.

    None where no control did anything, and until the interval says something. Made-up campaigns are drawn only where
    there is no other, and say that they are made up.
    """
    last = last or timezone.localdate()
    first = first or last - timedelta(days=FIRST_PAGE_DAYS - 1)
    for is_simulated in (False, True):
        rows = counts_by_day(organisation, first, last, is_simulated=is_simulated)
        for outcome, title in (
            ("converted", _("Conversion lift over time")),
            ("clicked", _("Click lift over time")),
        ):
            points = list(_lifts_by_day(rows, outcome))
            if len(points) > 1:
                return _chart(title, points, is_simulated=is_simulated, link=link)
    return None


def _chart(
    title: str, points: list[tuple[date, Lift]], *, is_simulated: bool, link: tuple[str, str] | None
) -> Chart:
    end = points[-1][1]
    percents = {"lift": 100 * end.value, "low": 100 * end.low, "high": 100 * end.high}
    return Chart(
        title=_("%(title)s (simulated)") % {"title": title} if is_simulated else title,
        summary=_("Line chart over %(count)d days, ending at %(lift)+.0f%%.")
        % {"count": len(points), **percents},
        note=_(
            "%(lift)+.0f%% compared with people who got no message; 95%% interval %(low)+.0f%% to "
            "%(high)+.0f%%."
        )
        % percents,
        explanation=_(
            "Each campaign is compared with its own control group by segment, over all messages sent "
            "up to that day."
        ),
        dates=[day for day, _each in points],
        parts=[
            Part(
                _("Lift (%)"),
                [100 * each.value for _day, each in points],
                intervals=[(100 * each.low, 100 * each.high) for _day, each in points],
            )
        ],
        is_line=True,
        link=link,
    )


def _lifts_by_day(rows: Rows, outcome: str) -> Iterator[tuple[date, Lift]]:
    """Each of all days so far: the lift of one day alone would be mostly chance."""
    so_far: Rows = []
    for day in sorted({row["day"] for row in rows}):
        so_far += [row for row in rows if row["day"] == day]
        if sum(row["people"] for row in so_far if row["is_control"]) < MIN_CONTROL_EXPOSURES:
            continue
        lift = _lift(so_far, outcome)
        if lift and lift.high - lift.low <= WIDEST_INTERVAL:
            yield day, lift


def _lift(rows: Rows, outcome: str) -> Lift | None:
    strata: dict[tuple[Any, Any], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for row in rows:
        sums = strata[row["arm__experiment"], row["segment"]]
        place = 0 if row["is_control"] else 2
        sums[place] += row[outcome]
        sums[place + 1] += row["people"]
    if not strata:
        return None
    successes, trials, treated_successes, treated_trials = zip(*strata.values(), strict=True)
    return stratified_lift((successes, trials), (treated_successes, treated_trials))
