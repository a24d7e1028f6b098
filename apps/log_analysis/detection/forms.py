from typing import Any

from django import forms
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from apps.log_analysis.detection.models import DetectionSettings
from apps.log_analysis.detection.session_history import MAX_LEARNT, MIN_LEARNT
from domain.logs.detection.held_shares import least_sessions, least_share

ONE_IN_A_HUNDRED = 0.01


class DetectionSettingsForm(forms.ModelForm[DetectionSettings]):
    """Says what no limit can hold: how few false alarms may be promised depends on how many sessions were learnt."""

    class Meta:
        model = DetectionSettings
        fields = ("false_alarms_per_day", "max_incidents_per_day")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        limit = self.fields["false_alarms_per_day"]
        limit.help_text = f"{limit.help_text} {_session_promise()}"


def _session_promise() -> str:
    return _(
        "Sessions may bring more: after %(few)s sessions of a source a share below %(few_share)s%% of them cannot be"
        " promised, after %(most)s, the most that are compared, none below %(most_share)s%%. One in a hundred takes"
        " %(needed)s sessions."
    ) % {
        "few": MIN_LEARNT,
        "few_share": number_format(round(100 * least_share(MIN_LEARNT), 1), 1),
        "most": number_format(MAX_LEARNT, use_l10n=True, force_grouping=True),
        "most_share": number_format(round(100 * least_share(MAX_LEARNT), 2), 2),
        "needed": least_sessions(ONE_IN_A_HUNDRED),
    }
