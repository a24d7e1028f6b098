"""What is asked before a campaign goes out: how many get it, who they are, and how their messages leave."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.core.errors import Text
from apps.marketing.campaigns import delivery
from apps.marketing.campaigns.audience import AudienceCount
from apps.marketing.campaigns.models import Campaign
from apps.marketing.campaigns.selectors import Progress
from apps.marketing.channels.names import channel_name


def start_question(campaign: Campaign, reach: AudienceCount) -> str:
    """The question, and below it a line for each channel."""
    channels = [(each.channel, each.reachable) for each in reach.channels]
    mailed_only = [delivery.route(campaign.organisation, channel) for channel, _count in channels] == [
        delivery.MAIL
    ]
    if mailed_only:
        question = ngettext(
            "Send an e-mail to %(count)s person?", "Send an e-mail to %(count)s people?", reach.reached
        )
    else:
        question = ngettext("Send to %(count)s person?", "Send to %(count)s people?", reach.reached)
    lines = [question % {"count": f"{reach.reached:,}"}, _audience(campaign, reach)]
    for channel, count in channels:
        way = delivery.route(campaign.organisation, channel)
        names = {"channel": channel_name(channel), "count": f"{count:,}", "way": _way_label(way)}
        lines.append(_("%(channel)s: %(count)s, %(way)s") % names)
    control = sum(arm.planned_share for arm in campaign.experiment.arms.all() if arm.is_control)
    if control:
        lines.append(
            _("Control group: %(percent)s%% of them get no message.") % {"percent": f"{100 * control:g}"}
        )
    lines.append(_("You can pause it at any time. What has left cannot be taken back."))
    return "\n".join(lines)


def resume_question(progress: Progress) -> str:
    """Of one that was paused: how many messages wait already."""
    waiting = sum(each.waiting for each in progress.messages)
    return ngettext(
        "Go on sending? %(count)s message waits.", "Go on sending? %(count)s messages wait.", waiting
    ) % {"count": f"{waiting:,}"}


def _audience(campaign: Campaign, reach: AudienceCount) -> str:
    name = campaign.segment.name if campaign.segment else _("everyone who consented")
    if reach.counted < reach.people:
        return _("Audience: %(name)s (counted among the first %(count)s people)") % {
            "name": name,
            "count": f"{reach.counted:,}",
        }
    return _("Audience: %(name)s") % {"name": name}


def _way_label(way: str) -> Text:
    if way == delivery.MAIL:
        return _("by the mail server")
    if way == delivery.WEBHOOK:
        return _("handed to your webhook")
    return _("as a file that you download and send yourself")
