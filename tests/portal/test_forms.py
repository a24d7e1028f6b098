"""What forms say of themselves, and that none hides what went wrong in it."""

import re

import pytest
from django import forms
from django.db.models import CheckConstraint, Q
from django.template import Context, Template
from django.test import Client
from django.utils import translation

from apps.accounts.forms import SignInRulesForm
from apps.accounts.models import Organisation
from apps.customer_service.staff.forms import DeskSettingsForm
from apps.knowledge.models import Collection
from apps.medical_records.patients.forms import PatientForm
from apps.operations.announcements.forms import AnnouncementForm
from tests.architecture.test_code import ROOT

FOLDED = re.compile(r"<details(?P<marks>[^>]*(?:{%[^%]*%}[^>]*)*)>(?P<inside>.*?)</details>", re.DOTALL)
FORM_INSIDE = re.compile(r"components/form\.html|{%\s*field ")


class Address(forms.Form):
    name = forms.CharField()
    street = forms.CharField()
    floor = forms.CharField(required=False)
    country = forms.ChoiceField(choices=[("cn", "China")], required=False)


class Wish(forms.Form):
    name = forms.CharField()
    colour = forms.CharField(required=False)
    size = forms.CharField(required=False)


def marked(form: forms.BaseForm) -> dict[str, str]:
    """The names of fields that carry a mark, and the mark."""
    found = {}
    with translation.override("en"):
        for each in form:
            html = Template("{% load design %}{% field each %}").render(Context({"each": each}))
            if mark := re.search(r'class="field-mark">([^<]+)<', html):
                found[each.name] = mark[1]
    return found


def test_a_form_marks_what_is_rarer_in_it() -> None:
    assert marked(Address()) == {"floor": "optional"}
    assert marked(Wish()) == {"name": "required"}


def test_a_form_whose_fields_may_all_stay_empty_marks_none() -> None:
    assert marked(SignInRulesForm()) == {}


@pytest.mark.django_db
@pytest.mark.parametrize("form", [DeskSettingsForm, PatientForm])
def test_not_half_of_a_form_is_called_optional(form: type[forms.BaseForm]) -> None:
    made = form()

    assert list(marked(made).values()).count("optional") <= len(made.fields) / 2


@pytest.mark.django_db
def test_an_act_that_destroys_a_row_names_it(alice_browser: Client, tea_house: Organisation) -> None:
    collection = Collection.objects.create(organisation=tea_house, name="Handbook of tea")

    page = alice_browser.get(f"/knowledge/collections/{collection.pk}/").text

    assert 'data-confirm-about="Handbook of tea" data-dangerous>' in page


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_no_error_names_a_constraint_of_the_database(language: str) -> None:
    form = AnnouncementForm({"text_zh": "", "text_en": "", "tone": "note", "begins_at": "2026-12-01T08:00"})
    with translation.override(language):
        told = str(
            CheckConstraint(condition=Q(pk__gt=0), name="ids_are_above_zero").get_violation_error_message()
        )

        assert "ids_are_above_zero" not in told
        assert list(form.errors) == ["text_zh"]


def test_a_fold_with_a_form_inside_stands_open_where_the_form_was_refused() -> None:
    folded = [
        str(path.relative_to(ROOT))
        for path in sorted((ROOT / "templates").rglob("*.html"))
        for fold in FOLDED.finditer(path.read_text())
        if FORM_INSIDE.search(fold["inside"]) and "open" not in fold["marks"]
    ]

    assert folded == []
