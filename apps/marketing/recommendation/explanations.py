"""What is told of rankings and estimates, in sentences and in numbers as people read them."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.errors import Text
from apps.marketing.channels.names import is_chinese_reader
from apps.marketing.recommendation.channel_rates import cold_start
from apps.marketing.recommendation.selectors import ChannelRank

EXCLUSIONS: dict[str, Text] = {
    "no_consent": gettext_lazy("no consent"),
    "unsubscribed": gettext_lazy("unsubscribed"),
    "no_address": gettext_lazy("no address"),
    "cap_reached": gettext_lazy("frequency limit reached"),
}
SOURCES: dict[str, Text] = {
    "segment": gettext_lazy("this segment's experiments"),
    "channel": gettext_lazy("all experiments of the channel"),
    "other_channels": gettext_lazy("other channels"),
    "assumption": gettext_lazy("an assumption"),
}
# By metric and source. The rate and its interval follow the colon.
RATES: dict[tuple[str, str], Text] = {
    ("click", "segment"): gettext_lazy(
        "%(trials)s messages by %(channel)s to this segment: %(rate)s were clicked (%(low)s to %(high)s)."
    ),
    ("click", "channel"): gettext_lazy(
        "%(trials)s messages by %(channel)s in all experiments: %(rate)s were clicked (%(low)s to %(high)s)."
    ),
    ("click", "other_channels"): gettext_lazy(
        "No messages by %(channel)s yet. Based on %(trials)s messages of your other channels, %(rate)s "
        "would be clicked (%(low)s to %(high)s)."
    ),
    ("conversion", "segment"): gettext_lazy(
        "%(trials)s messages by %(channel)s to this segment: %(rate)s led to a purchase (%(low)s to %(high)s)."
    ),
    ("conversion", "channel"): gettext_lazy(
        "%(trials)s messages by %(channel)s in all experiments: %(rate)s led to a purchase (%(low)s to %(high)s)."
    ),
    ("conversion", "other_channels"): gettext_lazy(
        "No messages by %(channel)s yet. Based on %(trials)s messages of your other channels, %(rate)s "
        "would lead to a purchase (%(low)s to %(high)s)."
    ),
}
WARNINGS: dict[str, Text] = {
    "few_effective_rows": gettext_lazy(
        "The effective sample for this policy is under 100 people: its interval may be too narrow."
    ),
    "unsupported_actions": gettext_lazy(
        "It chooses arms that hardly anyone received, so its effect is a guess."
    ),
    "mean_weight": gettext_lazy(
        "The weights do not average 1: people had different arms available, or the propensities do not "
        "match the log. Do not rely on this estimate."
    ),
    "no_traffic": gettext_lazy("No one received this arm, so nothing is known about it."),
}


def rank_reason(rank: ChannelRank) -> str:
    """Why a channel stands where it stands, with the people that it rests on."""
    rate, values = rank.rate, {"channel": rank.name, "trials": f"{rank.rate.trials:,}"}
    if rate.source == "assumption":
        known = cold_start()
        return known.reason_zh if is_chinese_reader() else known.reason_en
    values |= {"rate": percent(rate.value), "low": percent(rate.low), "high": percent(rate.high)}
    return f"{RATES[rank.metric, rate.source] % values}{sentence_gap()}{uplift_reason(rank)}"


def uplift_reason(rank: ChannelRank) -> str:
    if rank.uplift is None:
        return _("There was no control group, so this rate includes what would have happened anyway.")
    difference = rank.uplift.difference
    values = {
        "control": percent(difference.control_rate),
        "people": f"{rank.uplift.control_trials:,}",
        "points": points(difference.value),
        "low": points(difference.low),
        "high": points(difference.high),
    }
    if difference.low > 0:
        text = _(
            "Without a message: %(control)s of %(people)s people, %(points)s points more with one "
            "(%(low)s to %(high)s)."
        )
    elif difference.high < 0:
        text = _(
            "Without a message: %(control)s of %(people)s people. Messages did harm: %(points)s points "
            "(%(low)s to %(high)s)."
        )
    else:
        text = _(
            "Without a message: %(control)s of %(people)s people. No clear difference: %(points)s "
            "points (%(low)s to %(high)s)."
        )
    return text % values


def log_lines(notes: Mapping[str, Any]) -> list[str]:
    """What people must know of the log that an estimate was made from."""
    lines = []
    if notes.get("was_running"):
        lines.append(_("The experiment was running: people contacted recently may still respond."))
    if notes.get("unusable"):
        text = _("%(count)s rows were excluded: their propensity is not above 0.")
        lines.append(text % {"count": f"{notes['unusable']:,}"})
    if notes.get("without_choice"):
        text = _("%(count)s people were excluded: only one arm was available to them.")
        lines.append(text % {"count": f"{notes['without_choice']:,}"})
    if notes.get("is_cut"):
        lines.append(_("The log is too long: only the newest rows were used."))
    return lines


def sentence_gap() -> str:
    """Chinese sentences stand side by side."""
    return "" if is_chinese_reader() else " "


def percent(share: float) -> str:
    """One digit behind the point, two below one per cent."""
    digits = 1 if abs(share) >= 0.01 or share == 0 else 2
    return f"{100 * share:.{digits}f}%"


def points(difference: float) -> str:
    """A difference of two rates, as people of a hundred, with its sign."""
    digits = 1 if abs(difference) >= 0.01 else 2
    return f"{100 * difference:+.{digits}f}".replace("-", "\N{MINUS SIGN}")


def money(amount: float | None) -> str:
    """Costs of messages are fractions of a cent up to some units; the organisation knows of which currency."""
    return "–" if amount is None else f"{amount:,.4f}".rstrip("0").rstrip(".")
