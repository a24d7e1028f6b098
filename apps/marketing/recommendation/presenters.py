"""Rankings and estimates as the rows of their pages: names, numbers in words, and shapes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from apps.analytics.charts import Drawing
from apps.core.errors import Text
from apps.marketing.experiments.models import Experiment, ExperimentArm
from apps.marketing.recommendation import explanations
from apps.marketing.recommendation.explanations import percent, points
from apps.marketing.recommendation.models import PolicyEstimate
from apps.marketing.recommendation.pictures import Scale, interval_ends, qini_curve
from apps.marketing.recommendation.policy_candidates import PEOPLE, SEGMENTS, arm_policy, interval_json
from apps.marketing.recommendation.selectors import ChannelRank, Ranking, live_rule


@dataclass(frozen=True)
class Figure:
    """A number and the ends of its interval, as text."""

    value: str = "–"
    range: str = ""

    @classmethod
    def of(cls, interval: Mapping[str, float] | None, words: Callable[[float], str]) -> "Figure":
        if not interval:
            return cls()
        return cls(words(interval["value"]), f"{words(interval['low'])} … {words(interval['high'])}")


@dataclass(frozen=True)
class RankRow:
    rank: ChannelRank
    reason: str
    source: Text
    rate: Figure
    rate_picture: Drawing
    uplift: Figure
    uplift_picture: Drawing | None
    cost: str
    cost_of_success: str


@dataclass(frozen=True)
class CandidateRow:
    """`robust`: the doubly robust estimate, which is drawn. `is_live_rule`: what goes live by this estimate."""

    name: str
    note: Text
    rows: int
    robust: Figure
    ips: Figure
    snips: Figure
    picture: Drawing | None
    gain: Figure
    is_live_rule: bool
    warnings: Sequence[Text]


@dataclass(frozen=True)
class ChangeRow:
    """How a segment is split now, and what most of it would get."""

    segment: str
    now: str
    then: str
    is_change: bool


@dataclass(frozen=True)
class UpliftRow:
    segment: str
    messages: int
    control: int
    uplift: Figure
    picture: Drawing | None


@dataclass(frozen=True)
class EstimateView:
    """All that the page of an estimate shows."""

    conclusion: str
    candidates: Sequence[CandidateRow]
    changes: Sequence[ChangeRow]
    notes: Sequence[str]
    uplift: Sequence[UpliftRow]
    heterogeneity: str = ""
    curve: Drawing | None = None
    curve_rows: Sequence[tuple[str, str]] = field(default_factory=tuple)


def rank_rows(ranking: Ranking) -> list[RankRow]:
    rates = Scale.covering([each.rate.high for each in ranking.ranked])
    differences = [each.uplift.difference for each in ranking.ranked if each.uplift]
    uplifts = Scale.covering([end for each in differences for end in (each.low, each.high)])
    rows = []
    for each in ranking.ranked:
        rate = interval_json(each.rate)
        uplift = interval_json(each.uplift.difference) if each.uplift else None
        rows.append(
            RankRow(
                each,
                explanations.rank_reason(each),
                explanations.SOURCES[each.rate.source],
                Figure.of(rate, percent),
                rates.interval(rate),
                Figure.of(uplift, points),
                uplifts.interval(uplift) if uplift else None,
                explanations.money(each.cost),
                explanations.money(each.cost_of_success),
            )
        )
    return rows


def excluded_lines(ranking: Ranking, *, is_of_person: bool) -> list[tuple[str, str]]:
    """Why each channel may not be used; of many people also how many of them are left out for what."""
    lines: dict[str, list[str]] = {}
    for each in ranking.excluded:
        reason = str(explanations.EXCLUSIONS[each.reason])
        lines.setdefault(each.name, []).append(reason if is_of_person else f"{reason} {each.people:,}")
    return [(name, " · ".join(reasons)) for name, reasons in lines.items()]


def estimate_view(estimate: PolicyEstimate) -> EstimateView:
    experiment = estimate.experiment
    arms = {str(arm.pk): arm for arm in experiment.arms.all()}
    segments = segment_names(experiment)
    people = estimate.uplift.get("people") or {}
    pairs = [(each[0], each[1]) for each in people.get("curve", ())]
    return EstimateView(
        conclusion(estimate, arms),
        candidate_rows(estimate, arms),
        change_rows(estimate, arms, segments),
        explanations.log_lines(estimate.log_notes),
        uplift_rows(estimate.uplift.get("segments", ()), segments),
        heterogeneity(people),
        qini_curve(pairs, heterogeneity(people)) if pairs else None,
        [(f"{count:,.0f}", f"{gain:+,.0f}") for count, gain in pairs[:: max(1, len(pairs) // 10)]],
    )


def conclusion(estimate: PolicyEstimate, arms: Mapping[str, ExperimentArm]) -> str:
    """What may go live, and why."""
    best = arms.get(str(estimate.best_arm_id))
    label = arm_label(best)
    if estimate.choice:
        gain = estimate.candidates[estimate.choice]["gain"]
        values = {name: points(gain[name]) for name in ("value", "low", "high")} | {"arm": label}
        return (
            _(
                "“Best arm per segment” can go live: %(value)s points better (%(low)s to %(high)s) "
                "than “%(arm)s” for everyone."
            )
            % values
        )
    return _("No policy clearly beats the best single arm, so only “%(arm)s” for everyone can go live.") % {
        "arm": label
    }


def candidate_rows(estimate: PolicyEstimate, arms: Mapping[str, ExperimentArm]) -> list[CandidateRow]:
    """What may go live first, then by what the doubly robust estimate says."""
    live = estimate.choice or arm_policy(estimate.best_arm_id)
    scale = Scale.covering([end for each in estimate.candidates.values() for end in interval_ends(each)])
    rows = []
    for name, candidate in estimate.candidates.items():
        gain, robust = candidate.get("gain"), candidate.get("dr")
        row = CandidateRow(
            candidate_name(name, candidate, arms),
            _("shows the potential; only policies by segment can go live") if name == PEOPLE else "",
            candidate.get("rows", 0),
            Figure.of(robust, percent),
            Figure.of(candidate.get("ips"), percent),
            Figure.of(candidate.get("snips"), percent),
            scale.interval(robust) if robust else None,
            Figure.of(gain, points),
            name == live,
            [explanations.WARNINGS[each] for each in candidate.get("warnings", ())],
        )
        rows.append((name != live, -(robust or {"value": 0.0})["value"], row))
    return [row for _is_other, _value, row in sorted(rows, key=lambda each: each[:2])]


def candidate_name(name: str, candidate: Mapping[str, Any], arms: Mapping[str, ExperimentArm]) -> str:
    if name == SEGMENTS:
        return _("Best arm per segment")
    if name == PEOPLE:
        return _("Best arm per person, by a model of attributes")
    return arm_label(arms.get(candidate["rule"][""]))


def change_rows(
    estimate: PolicyEstimate, arms: Mapping[str, ExperimentArm], segments: Mapping[str, str]
) -> list[ChangeRow]:
    """For whom what would change. While it is live, “now” is how people were split before."""
    if estimate.best_arm_id is None:
        return []
    rule, rows = live_rule(estimate), []
    shares = estimate.previous_shares if estimate.is_live else estimate.experiment.shares
    for segment, name in segments.items():
        now: dict[str, float] = shares.get(segment) or {}
        chosen = rule.get(segment) or rule.get("", "")
        first = sorted(now.items(), key=lambda each: -each[1])[:2]
        split = ", ".join(f"{arm_label(arms.get(arm))} {100 * share:.0f}%" for arm, share in first)
        leading = first[0][0] if first else ""
        rows.append(ChangeRow(name, split or "–", arm_label(arms.get(chosen)), leading != chosen))
    return rows


def uplift_rows(lines: Iterable[Mapping[str, Any]], segments: Mapping[str, str]) -> list[UpliftRow]:
    listed = [each for each in lines if each["messages"] + each["control"]]
    known = [each for each in listed if "value" in each]
    scale = Scale.covering([each[end] for each in known for end in ("low", "high")])
    rows = []
    for each in listed:
        if each["segment"] is None:
            name = _("Everyone in the experiment")
        else:
            name = segments.get(each["segment"], _("deleted segment"))
        figure = Figure.of(each, points) if "value" in each else Figure(_("too few people"))
        picture = scale.interval(each) if "value" in each else None
        rows.append(UpliftRow(name, each["messages"], each["control"], figure, picture))
    return rows


def heterogeneity(people: Mapping[str, Any]) -> str:
    """Whether people differ in what messages do to them; empty where nothing was learnt."""
    if not people:
        return ""
    values = {name: f"{people[name]:.3f}" for name in ("value", "low", "high")}
    values["people"] = f"{people['people']:,}"
    if people["is_found"]:
        text = _(
            "The effect of a message differs between people: Qini %(value)s (%(low)s to %(high)s), "
            "%(people)s people."
        )
    else:
        text = _(
            "No heterogeneity found: Qini %(value)s (%(low)s to %(high)s) includes 0, %(people)s "
            "people. Attributes do not show whom to contact first."
        )
    lines = [text % values]
    if people.get("is_uneven"):
        lines.append(_("The control group was not sampled evenly, so the curve compares different people."))
    return explanations.sentence_gap().join(lines)


def segment_names(experiment: Experiment) -> dict[str, str]:
    """The names of the segments by the key of shares and rules; last those who are in none."""
    names = {str(segment.pk): segment.name for segment in experiment.segments.order_by("name")}
    return names | {"": _("people in no segment") if names else _("everyone")}


def arm_label(arm: ExperimentArm | None) -> str:
    if arm is None:
        return _("deleted arm")
    return str(arm.channel_name) if arm.is_control else f"{arm.label} · {arm.channel_name}"
