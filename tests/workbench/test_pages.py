"""The desk's pages, in both languages, and what they show of problems and results."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import translation
from django.utils.datastructures import MultiValueDict

from apps.accounts.actors import Actor
from apps.accounts.models import User
from apps.knowledge.models import Collection
from apps.workbench import part_fields, part_forms, problem_words, selectors, services
from apps.workbench.models import App, AppRun
from apps.workbench.part_forms import PartForm
from apps.workbench.value_views import ValueView, plain_words
from domain.workflows import value_texts
from domain.workflows.problems import CODES
from domain.workflows.types import List, Text
from tests.conftest import browser_of
from tests.customer_service.attachments.test_voice import Ear, ear
from tests.scripted_engine_fixture import ScriptedEngine
from tests.workbench.conftest import INPUTS, REPLY, WISHES, Answers, RunApp, published
from tests.workbench.test_running import SUMMARY

pytestmark = pytest.mark.django_db
__all__ = ["ear"]  # a fixture


def html(client: Client, address: str) -> str:
    page = client.get(address)
    assert page.status_code == 200
    return page.content.decode()


def test_the_demo_adds_all_apps_of_the_platform_once(alice_actor: Actor) -> None:
    for _time in range(2):
        call_command("demo_apps", "--organisation", "tea-house", stdout=StringIO())

    assert {"write", "summarise", "classify"} <= {app.name for app in App.objects.all() if app.published}
    assert selectors.shipped_apps(alice_actor.organisation) == []


def test_an_app_of_the_platform_is_added_and_used(
    alice_browser: Client, answers: Answers, run_app: RunApp
) -> None:
    assert "Included with the platform" in html(alice_browser, "/apps/")
    page = alice_browser.post("/apps/shipped/add/", {"app": "summarise"}, follow=True).content.decode()
    assert "Summarise" in page
    app = App.objects.get()
    form = html(alice_browser, f"/apps/{app.pk}/")
    assert 'name="text"' in form
    assert "Same as the text (Chinese or English)" in form

    answers(SUMMARY)
    run = run_app(app, text="We sold 340 in October.", language="same")
    page = html(alice_browser, f"/apps/runs/{run.pk}/")

    assert "Boxes sell well." in page
    assert "not found in the text" in page
    assert page.count("figures not in the quote") == 1, "a day that the quote does not say"
    assert "Written by a model. Check it before you use it" in page
    assert "read/0/found" in page


def test_a_value_of_several_parts_is_written_with_the_marks_of_the_language() -> None:
    parts = [ValueView("text", "品名", "龙井"), ValueView("quote", "原文", "两盒", is_found=False)]
    with translation.override("zh-hans"):
        assert plain_words(ValueView("record", parts=parts)) == "品名：龙井；原文：两盒 [原文中未找到]"
    assert value_texts.text_of(List(of=Text()), ["红茶", "绿茶"], "zh-hans") == "红茶、绿茶"


def test_the_question_before_deleting_an_app_counts_its_runs(
    alice_browser: Client, reply_app: App, answers: Answers, run_app: RunApp
) -> None:
    address = f"/apps/{reply_app.pk}/edit/"
    unused = alice_browser.get(address, headers={"Accept-Language": "en"}).text
    assert "Delete this app? All its versions are deleted with it." in unused

    answers(WISHES, "Dear Lin, two boxes are on their way.")
    run_app(reply_app, **INPUTS)
    page = alice_browser.get(address, headers={"Accept-Language": "en"}).text
    assert "Delete this app? All its versions and 1 run, of all members, are deleted with it." in page


def test_the_form_of_an_app_starts_a_run(alice_browser: Client, reply_app: App) -> None:
    answer = alice_browser.post(f"/apps/{reply_app.pk}/", INPUTS)
    run = AppRun.objects.get()

    assert answer.headers["Location"] == f"/apps/runs/{run.pk}/"
    page = html(alice_browser, f"/apps/runs/{run.pk}/")
    assert f"/api/v1/jobs/{run.job_id}/events/" in page
    assert 'data-step="facts"' in page
    assert "Reply" in html(alice_browser, "/apps/runs/")


def test_lines_end_in_a_run_as_people_typed_them(alice_browser: Client, reply_app: App) -> None:
    mail = "\r\n".join("x" * 999 for _line in range(2)) + "\r\n"

    alice_browser.post(f"/apps/{reply_app.pk}/", INPUTS | {"mail": mail})

    assert AppRun.objects.get().inputs["mail"] == mail.replace("\r\n", "\n"), (
        "of 2,000 characters, as allowed"
    )


def test_a_run_names_the_collection_that_went_in(alice_browser: Client, alice_actor: Actor) -> None:
    row = Collection.objects.create(organisation=alice_actor.organisation, name="Prices of tea")
    file = (
        "app: look\ntitle: Look\ninputs: {place: {type: collection}}\n"
        'steps: [{id: told, kind: write, text: Done}]\noutputs: {text: {value: "{{ told.text }}"}}\n'
    )
    answer = alice_browser.post(f"/apps/{published(alice_actor, file).pk}/", {"place": str(row.pk)})
    page = html(alice_browser, answer.headers["Location"])

    assert "Prices of tea" in page
    assert str(row.pk) not in page

    run = AppRun.objects.get()
    run.inputs = {"place": "no id at all"}
    run.save()
    assert "no id at all" in html(alice_browser, answer.headers["Location"])


def test_the_texts_of_an_app_can_be_dictated_where_something_listens(
    alice_browser: Client, reply_app: App, ear: Ear
) -> None:
    page = html(alice_browser, f"/apps/{reply_app.pk}/")

    form = page[page.index('<form class="card form') : page.index("data-dictation")]
    assert '<textarea name="mail"' in form, "in the form that holds the text"
    assert 'data-address="/api/v1/dictations/"' in page


def test_the_rows_of_an_app_are_fetched_alone_when_one_moved(alice_browser: Client, reply_app: App) -> None:
    alice_browser.post(f"/apps/{reply_app.pk}/", INPUTS)
    part = alice_browser.get(f"/apps/{reply_app.pk}/", headers={"HX-Request": "true"}).content.decode()

    assert 'id="app_runs-rows"' in part
    assert "<html" not in part


def test_lines_are_texts_of_their_own_as_they_were_pasted(alice_browser: Client, alice_actor: Actor) -> None:
    """A column of a table has the same words in many rows, and the app counts them; of two columns a tab is between them."""
    text = (
        "app: counted\ntitle: Counted\ninputs: {texts: {type: list, of: {type: text}}}\n"
        "steps: [{id: told, kind: write, text: x}]\noutputs: {told: {value: '{{ told.text }}'}}\n"
    )
    app = published(alice_actor, text)

    alice_browser.post(f"/apps/{app.pk}/", {"texts": "good\r\nbad\ttoo  late \r\n\r\ngood\r\n"})

    assert AppRun.objects.get().inputs == {"texts": ["good", "bad\ttoo  late", "good"]}


def test_the_form_says_what_is_missing(alice_browser: Client, reply_app: App) -> None:
    page = alice_browser.post(f"/apps/{reply_app.pk}/", {"tone": "warm"}).content.decode()

    assert "This field is required." in page
    assert AppRun.objects.count() == 0


def test_the_editor_keeps_a_file_with_problems_and_tells_them_by_line(alice_browser: Client) -> None:
    answer = alice_browser.post("/apps/new/", {"text": REPLY.replace("draft.text", "draft.txt")}, follow=True)
    page = answer.content.decode()

    assert "Line 24, column 50" in page
    assert "has no “txt”" in page
    assert "/publish/" not in page
    assert "draft.txt" in html(alice_browser, f"/apps/{App.objects.get().pk}/edit/?view=file")


def test_a_file_without_a_name_stays_in_the_editor(alice_browser: Client) -> None:
    page = alice_browser.post("/apps/new/", {"text": "app: No Name\n"}).content.decode()

    assert "must begin with a small letter" in page
    assert "No Name" in page


def test_the_editor_shows_steps_and_publishes(alice_browser: Client) -> None:
    page = alice_browser.post("/apps/new/", {"text": REPLY}, follow=True).content.decode()
    app = App.objects.get()
    assert "Fill in fields" in page
    assert "No problems found." in page

    alice_browser.post(f"/apps/{app.pk}/publish/")

    assert App.objects.get().published
    assert alice_browser.get(f"/apps/{app.pk}/edit/").status_code == 200


def test_who_saves_over_another_ones_text_keeps_the_own(
    alice_browser: Client, alice_actor: Actor, reply_app: App
) -> None:
    seen = reply_app.published.fingerprint if reply_app.published else ""
    services.save_draft(alice_actor, reply_app, text=REPLY + "# theirs\n", seen=seen)
    page = alice_browser.post(
        f"/apps/{reply_app.pk}/edit/?view=file", {"text": REPLY + "# mine\n", "seen": seen}
    )

    assert "Someone else changed the app" in page.content.decode()
    assert "# mine" in page.content.decode()


def test_the_page_of_a_run_is_its_owners_alone(
    alice_browser: Client, colleague_actor: Actor, charlie: User, reply_app: App, alice_actor: Actor
) -> None:
    run = services.start_run(alice_actor, reply_app, inputs=INPUTS)

    assert browser_of(charlie).get(f"/apps/runs/{run.pk}/").status_code == 404
    assert browser_of(charlie).get(f"/apps/{reply_app.pk}/").status_code == 200


def test_a_run_is_deleted_with_what_it_holds(
    alice_browser: Client, answers: Answers, run_app: RunApp, reply_app: App
) -> None:
    answers(WISHES, "On their way.")
    run = run_app(reply_app, **INPUTS)
    alice_browser.post(f"/apps/runs/{run.pk}/delete/")

    assert AppRun.objects.count() == 0


def test_pages_speak_chinese(
    alice_browser: Client, answers: Answers, run_app: RunApp, reply_app: App
) -> None:
    answers({"wishes": []})
    run = run_app(reply_app, **INPUTS)
    chinese = {"Accept-Language": "zh-CN"}
    form = alice_browser.get(f"/apps/{reply_app.pk}/", headers=chinese).content.decode()
    page = alice_browser.get(f"/apps/runs/{run.pk}/", headers=chinese).content.decode()
    editor = alice_browser.get(f"/apps/{reply_app.pk}/edit/", headers=chinese).content.decode()

    assert ("邮件" in form, "简短" in form, "运行" in form) == (True, True, True)
    assert "没有找到需求。" in page
    assert "步骤" in editor


def test_every_problem_has_words_in_both_languages() -> None:
    assert set(CODES.values()) | {"wrong_value"} <= set(problem_words.SENTENCES)
    with translation.override("zh-hans"):
        plain = [code for code, text in problem_words.SENTENCES.items() if str(text).isascii()]
    assert plain == []


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        (
            "facts.wishes | length > 0, value",
            "facts.wishes, value",
            "第 24 行：此处需要一个真假条件，现为列表（记录）类型。",
        ),
        ("{{ draft.text }}", "{{ draft.txt }}", "第 24 行：记录类型的值没有“txt”。"),
    ],
)
def test_what_is_wrong_is_told_in_the_readers_words_and_with_its_line(
    alice_browser: Client, alice_actor: Actor, right: str, wrong: str, told: str
) -> None:
    app = services.create_app(alice_actor, text=REPLY.replace(right, wrong))
    page = alice_browser.get(f"/apps/{app.pk}/edit/", headers={"Accept-Language": "zh-CN"}).content.decode()

    assert told in page
    refused = alice_browser.post(
        f"/apps/{app.pk}/publish/", headers={"Accept-Language": "zh-CN"}, follow=True
    )
    assert told in refused.content.decode()


def test_a_model_is_told_what_people_call_the_fields_that_it_fills_in(
    alice_actor: Actor, answers: Answers, run_app: RunApp, engine: ScriptedEngine
) -> None:
    fields = (
        "fields: {field: {type: text, title: 销售方}, kind: {type: choice, title: 类别, options: [茶, 纸]}}"
    )
    text = REPLY.partition("  - id: draft")[0].partition("    fields:")[0] + f"    {fields}\n"
    app = published(alice_actor, text + 'outputs: {seller: {value: "{{ facts.field }}"}}\n')
    answers({"field": "云栖茶业", "kind": "茶"})

    run_app(app, **INPUTS)

    told = engine.requests()[0]["body"]["messages"][0]["content"]
    assert "field = the value of 销售方\n" in told
    assert "kind = the value of 类别: one of 茶, 纸" in told


def test_a_model_is_told_what_people_call_the_fields_inside_of_lists(
    alice_actor: Actor, answers: Answers, run_app: RunApp, engine: ScriptedEngine
) -> None:
    row = "{type: record, fields: {field: {type: text, title: 品名}, field_2: {type: number, title: 单价}}}"
    text = REPLY.partition("  - id: draft")[0].partition("    fields:")[0]
    text += f"    fields: {{field: {{type: list, title: 明细, of: {row}}}}}\n"
    app = published(alice_actor, text + 'outputs: {rows: {value: "{{ facts.field }}"}}\n')
    answers({"field": [{"field": "云雾茶", "field_2": 88}]})

    run_app(app, **INPUTS)

    told = engine.requests()[0]["body"]["messages"][0]["content"]
    assert "field = the value of 明细\n" in told
    assert "field[].field = the value of 品名\n" in told
    assert "field[].field_2 = the value of 单价\n" in told


def test_values_are_inserted_into_a_message_which_keeps_its_lines() -> None:
    model = part_forms.models("steps")["wait"]
    names = part_fields.insertables({"inputs.mail": Text()}, {})
    value = {"id": "ok", "kind": "wait", "message": "Please check.\nSend it?\n", "fields": {}}
    form = PartForm(None, section="steps", model=model, value=value, names=names)
    assert "inputs.mail" in str(form["message"])
    assert "<textarea" in str(form["message"])

    sent = MultiValueDict({"seen": ["x"], "message": ["Please check.\r\nSend it?"]})
    form = PartForm(sent, section="steps", model=model, value=value, names=names)
    assert form.is_valid()
    assert form.to_file()["message"] == value["message"]


def test_the_form_of_a_step_that_sends_names_its_channels_in_words() -> None:
    with translation.override("zh-hans"):
        form = PartForm(None, section="steps", model=part_forms.models("steps")["send"], value={}, names=())
        assert '<option value="mail" selected>邮件</option>' in str(form["channel"])
        assert str(part_forms.kind_words("inputs", "picture")[0]) == "图片"
