"""What an approver reads: exactly what goes out, and what of it is new since the last approval."""

from dataclasses import dataclass
from typing import Any

from django.db.models import TextChoices
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from apps.marketing.campaigns.models import Campaign, CampaignReview
from apps.marketing.channels.names import channel_name, field_names, in_order
from apps.marketing.copywriting.models import CopyVariant
from apps.marketing.experiments.models import Experiment, ExperimentArm
from apps.marketing.rules.rules import read_rule
from domain.marketing.copy_checks.channels import channels
from llm_backend.changes import Piece, word_changes


@dataclass(frozen=True)
class Difference:
    """`where`: for people. `pieces`: which words came and went."""

    where: str
    pieces: list[Piece]


def content(campaign: Campaign) -> dict[str, Any]:
    """The campaign as it is, as JSON: texts with exactly what wrote them, people, split, links, and when."""
    experiment = campaign.experiment
    arms = list(experiment.arms.select_related("variant", "experiment"))
    return {
        "name": campaign.name,
        "brief": campaign.brief.product,
        "segment": campaign.segment.name if campaign.segment else "",
        "segment_id": str(campaign.segment_id or ""),
        "segment_rule": campaign.segment.rule if campaign.segment else {},
        "starts_at": campaign.starts_at.isoformat() if campaign.starts_at else "",
        "people_per_hour": campaign.people_per_hour or 0,
        "utm_campaign": campaign.utm_campaign,
        "metric": experiment.metric,
        "allocation": experiment.allocation,
        "arms": [_arm_content(arm) for arm in arms],
    }


def readable(content: dict[str, Any]) -> list[dict[str, Any]]:
    """The arms of a content for a page: names of channel and fields, share, and what wrote each text."""
    arms = []
    for number, arm in enumerate(content["arms"], start=1):
        rules = channels().get(arm["channel"])
        names = field_names(rules) if rules else {}
        texts = in_order(arm["channel"], arm["texts"])
        arms.append(
            arm
            | {
                "number": number,
                "name": channel_name(arm["channel"]) if arm["channel"] else _("no message"),
                "share": f"{arm['share']:.0%}",
                "fields": [(names.get(key, key), text) for key, text in texts.items() if text],
            }
        )
    return arms


def last_approval(campaign: Campaign) -> CampaignReview | None:
    rows = CampaignReview.objects.within(campaign.organisation_id).filter(campaign=campaign, is_approval=True)
    return rows.select_related("member__user").order_by("-created_at").first()


def differences(before: dict[str, Any], now: dict[str, Any]) -> list[Difference]:
    """Between two contents, in the order of the page."""
    old, new = dict(_lines(before)), dict(_lines(now))
    return [
        Difference(where, word_changes(old.get(where, ""), new.get(where, "")))
        for where in dict.fromkeys([*new, *old])
        if old.get(where, "") != new.get(where, "")
    ]


def is_unchanged(before: dict[str, Any], now: dict[str, Any]) -> bool:
    """Whether what goes out is what was approved: the same texts to the same people in the same shares."""
    return _sent(before) == _sent(now)


def is_same_audience(before: dict[str, Any], now: dict[str, Any]) -> bool:
    """Whether the segment asks of people what it asked; approvals of earlier versions do not say it."""
    return bool(before.get("segment_rule", now["segment_rule"]) == now["segment_rule"])


def _sent(content: dict[str, Any]) -> dict[str, Any]:
    arms = [
        {key: arm[key] for key in ("channel", "share", "variant", "texts")} for arm in content.get("arms", [])
    ]
    names = ("segment_id", "metric", "allocation", "utm_campaign", "people_per_hour")
    return {name: content.get(name) for name in names} | {"arms": arms}


def _arm_content(arm: ExperimentArm) -> dict[str, Any]:
    """Once the experiment has begun, the texts are those that it froze then, whatever became of them since."""
    content: dict[str, Any] = {
        "label": arm.label,
        "channel": arm.channel,
        "share": round(arm.planned_share, 4),
        "variant": str(arm.variant_id or ""),
        "texts": {},
        "version": 0,
        "model": "",
        "prompt": "",
        "is_approved": True,
    }
    variant = arm.variant
    if variant is None:
        return content
    texts = arm.texts if arm.experiment.started_at else variant.texts
    return content | {
        "texts": in_order(arm.channel, texts),
        "version": variant.version,
        "model": variant.model,
        "prompt": variant.prompt,
        "is_approved": variant.status == CopyVariant.Status.APPROVED,
    }


def _lines(content: dict[str, Any]) -> list[tuple[str, str]]:
    """Everything of a content that people read, by what it is."""
    starts_at = parse_datetime(content.get("starts_at") or "")
    lines = [
        (_("Name"), content.get("name", "")),
        (_("Brief"), content.get("brief", "")),
        (_("Audience"), content.get("segment") or _("everyone who consented")),
        (
            _("Conditions of the audience"),
            read_rule(rule).words() if (rule := content.get("segment_rule")) else "",
        ),
        (_("Send time"), date_format(localtime(starts_at), "DATETIME_FORMAT") if starts_at else ""),
        (_("Maximum people per hour"), str(content.get("people_per_hour") or "")),
        (_("Campaign in links"), content.get("utm_campaign", "")),
        (_("Success metric"), _label(Experiment.Metric, content.get("metric", ""))),
        (_("Split"), _label(Experiment.Allocation, content.get("allocation", ""))),
    ]
    for arm in readable({"arms": content.get("arms", [])}):
        where = f"{arm['number']} · {arm['name']}"
        lines.append((f"{where} · {_('share')}", arm["share"]))
        lines += [(f"{where} · {name}", text) for name, text in arm["fields"]]
        lines.append((f"{where} · {_('model')}", f"{arm['model']} {arm['prompt']}".strip()))
    return lines


def _label(choices: type[TextChoices], value: str) -> str:
    return str(choices(value).label) if value in choices.values else value
