import django_filters
from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.access import actor_of
from apps.log_analysis.sources.models import LogSource
from apps.log_analysis.templates.models import Level, LogTemplate, LogTemplateQuerySet

MAX_PARAMETERS = 1_000


class LogTemplateForm(forms.ModelForm[LogTemplate]):
    class Meta:
        model = LogTemplate
        fields = ["name", "severity"]


class TemplateFilter(django_filters.FilterSet):  # type: ignore[misc]
    """What narrows the list of the portal."""

    search = django_filters.CharFilter(method="with_text", label=_("Search templates"), max_length=200)
    source = django_filters.ModelChoiceFilter(
        label=_("Source"), queryset=lambda request: LogSource.objects.within(actor_of(request).organisation)
    )
    severity = django_filters.ChoiceFilter(
        label=_("Severity"), choices=[(level.value, level.label) for level in Level if level.value]
    )

    def with_text(self, rows: LogTemplateQuerySet, _name: str, text: str) -> LogTemplateQuerySet:
        return rows.filter(Q(text__icontains=text) | Q(name__icontains=text) | Q(key=text))


class SplitForm(forms.Form):
    """`parameter` counts from 1, as filters do; `undo` takes the split back."""

    parameter = forms.IntegerField(min_value=1, max_value=MAX_PARAMETERS)
    undo = forms.BooleanField(required=False)


class MergeForm(forms.Form):
    into = forms.UUIDField()
