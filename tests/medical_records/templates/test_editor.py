"""Templates are written in a form, published as versions, and never pull the rug from under a record."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.actors import Actor
from apps.medical_records.patients.models import Patient
from apps.medical_records.templates import selectors as templates
from apps.medical_records.templates.models import RecordTemplate
from apps.medical_records.templates.services import install_builtin
from tests.medical_records.papers import ZH_TEMPLATE, drafted_record, template_version_of
from tests.medical_records.records.test_pages import browser_of


@pytest.fixture
def outpatient(alice_actor: Actor) -> RecordTemplate:
    return template_version_of(alice_actor, ZH_TEMPLATE).template


def form(**changes: Any) -> dict[str, Any]:
    return {
        "action": "save",
        "name": "Ward round",
        "language": "en",
        "section-0-title": "Course",
        "section-0-division": "subjective",
        "section-0-field-0-title": "Since yesterday",
        "section-0-field-0-kind": "text",
        "section-0-field-0-required": "on",
        **changes,
    }


def sent_new(client: Client, **changes: Any) -> Any:
    return client.post(reverse("medical_records:new_template"), form(**changes))


def sent(client: Client, template: RecordTemplate, **changes: Any) -> Any:
    return client.post(reverse("medical_records:edit_template", args=[template.pk]), form(**changes))


def test_a_template_is_written_and_published(alice_browser: Client) -> None:
    answer = sent_new(alice_browser)

    template = RecordTemplate.objects.get()
    version = templates.versions_of(template).get()
    assert answer.status_code == 302
    field = version.schema.sections[0].fields[0]
    assert (template.name, field.title, field.is_required) == ("Ward round", "Since yesterday", True)


def test_more_choices_than_a_record_shows_are_refused(alice_browser: Client) -> None:
    many = "\n".join(map(str, range(41)))
    field = {"section-0-field-0-kind": "choice", "section-0-field-0-choices": many}

    answer = sent_new(alice_browser, **field)

    assert answer.status_code == 400
    assert "Enter at most 40 choices." in answer.text
    assert not RecordTemplate.objects.exists()


def test_the_buttons_work_without_a_script(alice_browser: Client) -> None:
    added = sent_new(alice_browser, action="add-field:0").content.decode()
    assert 'name="section-0-field-1-title"' in added
    assert 'value="Since yesterday"' in added
    assert 'name="section-1-title"' in sent_new(alice_browser, action="add-section").content.decode()
    two = {"section-0-field-1-title": "Plan", "section-0-field-1-kind": "plan"}
    moved = sent_new(alice_browser, action="up-field:0:1", **two).content.decode()
    assert moved.index('value="Plan"') < moved.index('value="Since yesterday"')
    removed = sent_new(alice_browser, action="remove-field:0:0", **two).content.decode()
    assert "Since yesterday" not in removed
    assert not RecordTemplate.objects.exists()


def test_each_mistake_stands_at_its_place_and_nothing_typed_is_lost(alice_browser: Client) -> None:
    answer = sent_new(
        alice_browser,
        **{
            "name": "",
            "section-0-field-0-title": "",
            "section-0-field-1-title": "Smoking",
            "section-0-field-1-kind": "choice",
            "section-0-field-1-choices": "never",
            "section-0-field-2-title": "Weight",
            "section-0-field-2-kind": "number",
            "section-0-field-2-low": "90",
            "section-0-field-2-high": "abc",
        },
    )

    shown = answer.content.decode()
    assert answer.status_code == 400
    for reason in (
        "Enter a template name.",
        "Enter a field title.",
        "Enter at least two different choices, one per line.",
        "Enter a number.",
    ):
        assert shown.count(reason) == 1, reason
    assert 'value="abc"' in shown
    assert not RecordTemplate.objects.exists()


def test_a_circle_is_named(alice_browser: Client, alice_actor: Actor) -> None:
    sent_new(alice_browser, name="First")
    first = RecordTemplate.objects.get(name="First")
    sent_new(alice_browser, name="Second", includes=[first.key])
    second = RecordTemplate.objects.get(name="Second")

    answer = sent(alice_browser, first, name="First", includes=[second.key])

    assert answer.status_code == 400
    assert "These templates include each other: First → Second → First" in answer.content.decode()
    assert templates.versions_of(first).count() == 1


def test_a_record_keeps_the_version_it_began_with(
    alice_browser: Client, doctor_lin: Actor, mrs_wang: Patient
) -> None:
    record = drafted_record(doctor_lin, mrs_wang)
    template = record.template_version.template

    sent(alice_browser, template, name="门诊病历", language="zh", note="only the course")

    assert templates.versions_of(template).count() == 2
    shown = browser_of(doctor_lin).get(reverse("medical_records:record", args=[record.pk])).content.decode()
    assert "过敏史" in shown
    page = browser_of(doctor_lin).get(reverse("medical_records:template", args=[template.pk]), {"with": "1"})
    assert "Since yesterday" in page.content.decode()
    assert [each.kind for each in page.context["differences"]].count("removed") == 14


def test_a_template_is_copied_and_archived(alice_browser: Client, outpatient: RecordTemplate) -> None:
    alice_browser.post(reverse("medical_records:copy_template", args=[outpatient.pk]))
    copied = RecordTemplate.objects.exclude(pk=outpatient.pk).get()
    assert (copied.name, copied.key) == ("门诊病历 (copy)", "zh_outpatient_2")

    alice_browser.post(reverse("medical_records:archive_template", args=[outpatient.pk]))
    offered = {each.template.name for each in templates.offered_versions(outpatient.organisation)}
    assert offered == {"门诊病历 (copy)"}
    alice_browser.post(reverse("medical_records:archive_template", args=[outpatient.pk]))
    assert templates.offered_versions(outpatient.organisation).count() == 2


def test_clinicians_see_templates_and_change_none(outpatient: RecordTemplate, doctor_lin: Actor) -> None:
    client = browser_of(doctor_lin)

    listed = client.get(reverse("medical_records:templates")).content.decode()
    assert "门诊病历" in listed
    assert "New template" not in listed
    assert (
        "主要症状和持续时间。"
        in client.get(reverse("medical_records:template", args=[outpatient.pk])).content.decode()
    )
    assert sent(client, outpatient).status_code == 403


def test_no_templates_yet(alice_browser: Client) -> None:
    assert "No templates yet" in alice_browser.get(reverse("medical_records:templates")).content.decode()


@pytest.mark.parametrize(("accepted", "first"), [("zh-CN", "zh"), ("en", "en")])
def test_templates_in_the_language_of_the_page_come_first(
    alice_browser: Client, alice_actor: Actor, accepted: str, first: str
) -> None:
    install_builtin(alice_actor.organisation)
    language = {"Accept-Language": accepted}

    listed = alice_browser.get("/medical/templates/", headers=language).context["row_list"].page
    filters = alice_browser.get("/medical/", headers=language).context["form"].fields["template"].queryset

    for languages in ([each.template.language for each in listed], [each.language for each in filters]):
        assert languages == sorted(languages, key=lambda each: each != first)
        assert {"zh", "en"} <= set(languages)
