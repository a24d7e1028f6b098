from collections.abc import Sequence
from typing import Any, cast

import django_filters
from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from apps.core.numbers import whole_number
from apps.marketing.copywriting.forms import VersionForm
from apps.marketing.video_scripts.generation import MAX_MUSIC_CHARACTERS
from apps.marketing.video_scripts.models import MAX_VOICE_CHARACTERS, VideoScript
from apps.marketing.video_scripts.platforms import (
    MAX_SCRIPT_SECONDS,
    MIN_SCRIPT_SECONDS,
    platform_choices,
    platforms,
)
from apps.marketing.video_scripts.schemas import MAX_SHOTS
from apps.marketing.video_scripts.services import MAX_HOOKS
from apps.marketing.video_scripts.shots import PARTS, Shot

# What people do with a row of the table; the second is its place, counted from 0.
UP, DOWN, ADD, REMOVE, FIT = "up", "down", "add", "remove", "fit"
NEW_SHOT_SECONDS = 3


class VideoScriptForm(forms.Form):
    platform = forms.ChoiceField(label=_("platform"), choices=platform_choices)
    seconds = forms.IntegerField(
        label=_("length in seconds"), min_value=MIN_SCRIPT_SECONDS, max_value=MAX_SCRIPT_SECONDS, initial=30
    )
    hooks = forms.IntegerField(
        label=_("Openings to choose from"), min_value=1, max_value=MAX_HOOKS, initial=3
    )

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        platform = platforms().get(values.get("platform", ""))
        seconds = values.get("seconds")
        if platform and seconds and not platform.min_seconds <= seconds <= platform.max_script_seconds:
            reason = _("Videos here are %(least)d to %(most)d seconds. %(source)s")
            limits = {"least": platform.min_seconds, "most": platform.max_script_seconds}
            self.add_error("seconds", reason % {**limits, "source": platform.source})
        return values


class VoiceForm(forms.Form):
    voice = forms.CharField(
        label=_("voice"),
        max_length=MAX_VOICE_CHARACTERS,
        help_text=_("Voice name on the speech server, such as alloy or zf_xiaobei."),
        widget=forms.TextInput(attrs={"list": "known-voices", "autocomplete": "off"}),
    )


class HookForm(VersionForm):
    hook = forms.IntegerField()


class ShotsForm(forms.Form):
    """The table of shots as its page sends it: a list of cells for each column, and the version that was read."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    music = forms.CharField(label=_("music"), required=False, max_length=MAX_MUSIC_CHARACTERS)

    def __init__(self, data: QueryDict | None = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.shots = posted_shots(data) if data is not None else []


class VideoScriptFilter(django_filters.FilterSet):  # type: ignore[misc]
    platform = django_filters.ChoiceFilter(label=_("platform"))

    class Meta:
        model = VideoScript
        fields = ["status", "platform"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Names of platforms are those of the reader's language.
        self.filters["platform"].extra["choices"] = platform_choices()

    def filter_queryset(self, queryset: QuerySet[VideoScript]) -> QuerySet[VideoScript]:
        """Everything that was not dropped, unless that is asked for."""
        is_asked = self.form.cleaned_data.get("status")
        rows = queryset if is_asked else queryset.exclude(status=VideoScript.Status.DROPPED)
        return cast(QuerySet[VideoScript], super().filter_queryset(rows))


def posted_shots(data: QueryDict) -> list[Shot]:
    """As they were typed; seconds that are no number are one."""
    columns = [data.getlist(name)[: MAX_SHOTS + 1] for name in ("seconds", *PARTS)]
    return [
        Shot(
            min(max(whole_number(seconds) or 1, 1), MAX_SCRIPT_SECONDS),
            *(" ".join(part.split()) for part in parts),
        )
        for seconds, *parts in zip(*columns, strict=False)
    ]


def rearranged(shots: Sequence[Shot], action: str) -> list[Shot]:
    """The shots after “up-2”, “down-0”, “add-1” (behind it), or “remove-3”; any other action leaves them."""
    rows = list(shots)
    name, _dash, number = action.partition("-")
    place = whole_number(number)
    if place is None or not 0 <= place < len(rows):
        return rows
    if name == UP and place > 0:
        rows[place - 1 : place + 1] = [rows[place], rows[place - 1]]
    elif name == DOWN and place < len(rows) - 1:
        rows[place : place + 2] = [rows[place + 1], rows[place]]
    elif name == ADD and len(rows) < MAX_SHOTS:
        rows.insert(place + 1, Shot(NEW_SHOT_SECONDS))
    elif name == REMOVE and len(rows) > 1:
        del rows[place]
    return rows
