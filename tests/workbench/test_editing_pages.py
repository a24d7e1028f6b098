"""An app made by its cards and forms, without a look at its file."""

from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from apps.accounts.actors import Actor
from apps.workbench import part_fields, part_forms, services
from apps.workbench.models import App, AppVersion
from domain.workflows import checking, editing, uses
from tests.workbench.conftest import REPLY

pytestmark = pytest.mark.django_db


class Editor:
    """Follows the page as a browser without scripts does."""

    def __init__(self, browser: Client, app: App) -> None:
        self.browser, self.app = browser, app

    @property
    def text(self) -> str:
        version = App.objects.get(pk=self.app.pk).draft or App.objects.get(pk=self.app.pk).published
        assert version
        return version.text

    def get(self, query: str = "", **headers: str) -> str:
        page = self.browser.get(f"/apps/{self.app.pk}/edit/{query}", headers=headers)
        assert page.status_code == 200
        return unescape(page.content.decode())

    def send(self, query: str, **values: Any) -> str:
        seen = self.get().partition('name="seen" value="')[2].partition('"')[0]
        address = f"/apps/{self.app.pk}/edit/{query}"
        page = self.browser.post(address, {"seen": seen, **values}, follow=True)
        assert page.status_code == 200
        return unescape(page.content.decode())


@pytest.fixture
def editor(alice_browser: Client, alice_actor: Actor) -> Editor:
    return Editor(alice_browser, services.create_app(alice_actor, text=f"# ours\n{REPLY}"))


@pytest.mark.slow
def test_an_app_of_two_steps_is_made_and_published_by_forms_alone(alice_browser: Client) -> None:
    alice_browser.post("/apps/new/", {"title": "Polite mail"})
    app = App.objects.get(name="polite_mail")
    editor = Editor(alice_browser, app)
    form = editor.get("?add=steps&after=answer&kind=ask")
    assert "inputs.text" in form
    assert "answer.text" in form
    editor.send(
        "?add=steps&after=answer&kind=ask",
        title="Make it polite",
        prompt="{{ answer.text }}\r\nMake it polite.",
    )
    page = editor.send("?part=outputs/answer", title="Polite text", value="{{ make_it_polite.text }}")

    assert "No problems found." in page
    assert editing.value_at(editor.text, ("steps", 1, "prompt")) == "{{ answer.text }}\nMake it polite.\n"
    assert editing.value_at(editor.text, ("outputs", "answer", "title")) == {
        "en": "Polite text",
        "zh": "摘要",
    }
    alice_browser.post(f"/apps/{app.pk}/publish/")
    assert App.objects.get(pk=app.pk).published


def test_parts_are_moved_and_removed_and_the_rest_stays(editor: Editor) -> None:
    page = editor.send("?part=steps/draft", act="up")
    assert "has no result yet" in page, "draft uses what facts gives"
    assert 'id="steps-draft-edit"' in page
    editor.send("?part=steps/draft", act="down")
    assert editor.text == f"# ours\n{REPLY}"

    page = editor.send("?part=outputs/wishes", act="remove")
    assert editor.text == f"# ours\n{REPLY}".replace(
        '  wishes: {title: {en: Wishes, zh: 需求}, value: "{{ facts.wishes }}"}\n', ""
    )


def test_a_step_whose_result_nothing_takes_is_remarked_and_published_all_the_same(editor: Editor) -> None:
    told = "Nothing uses what this step gives."
    assert told not in editor.get()
    page = editor.send("?add=steps&after=reply&kind=write", title="Note", text="Answered: {{ reply.value }}")
    assert page.count(told) == 1
    assert "No problems found." in page

    assert told not in editor.send("?part=outputs/reply", title="Reply", value="{{ note.text }}")


def test_a_step_that_acts_is_no_step_for_nothing() -> None:
    send = '  - {id: tell, kind: send, channel: mail, to: tea@house.example, subject: Tea, text: "{{ draft.text }}"}\n'
    text = REPLY.replace("outputs:\n", f"{send}outputs:\n")

    assert uses.unused_steps(checking.load(text).file) == []


def test_no_kind_of_step_is_explained_by_its_own_name() -> None:
    for language in ("en", "zh-hans"):
        with translation.override(language):
            for kind in part_forms.models("steps"):
                label, _icon, hint = part_forms.kind_words("steps", kind)
                assert str(hint).rstrip(".。") != str(label), (language, kind)


def test_the_page_says_why_there_is_nothing_to_try_and_what_publishing_replaces(
    editor: Editor, alice_actor: Actor
) -> None:
    first = editor.get()
    assert "Everyone who may use it finds it under Apps at once." in first
    editor.send("?view=file", text=f"{editor.text}steps_: []\n")
    assert "Solve the problems of the draft first" in editor.get()
    editor.send("?view=file", text=REPLY)
    services.publish_app(alice_actor, editor.app)

    page = editor.get()
    assert "There is no draft to try" in page
    assert "Run the published version" in page
    editor.send("?view=file", text=f"{REPLY}# more\n")
    assert "Publish this draft?\nIt replaces the published version at once." in editor.get()


def test_only_steps_are_moved_and_only_up_and_down(editor: Editor) -> None:
    editor.send("?part=inputs/mail", act="up")
    editor.send("?part=steps/facts", act="away")
    assert editor.text == f"# ours\n{REPLY}"


@pytest.mark.slow
def test_a_form_shows_what_the_file_says_and_changes_only_what_was_changed(editor: Editor) -> None:
    form = editor.get("?part=steps/reply")
    assert 'value="facts.wishes | length > 0"' in form
    assert "Nothing to answer." in form
    row = {"cases.when": ["facts.wishes | length > 0", ""], "cases.value": ["{{ draft.text }}", ""]}
    editor.send("?part=steps/reply", otherwise="Nothing to answer.", **row)
    assert editor.text == f"# ours\n{REPLY}"

    editor.send("?part=steps/reply", otherwise="{{ inputs.mail }}", title="Choose", **row)
    assert editor.text == f"# ours\n{REPLY}".replace(
        "    otherwise: Nothing to answer.\n", '    otherwise: "{{ inputs.mail }}"\n    title: Choose\n'
    )


def test_what_no_row_can_say_stays_as_the_file_has_it(editor: Editor) -> None:
    form = editor.get("?part=steps/facts")
    assert "As in the file" in form
    columns = {
        "fields.title": ["", "Mood"],
        "fields.name": ["wishes", ""],
        "fields.type": ["as_written", "choice"],
        "fields.help": ["", ""],
        "fields.options": ["", "good，bad"],
    }
    editor.send(
        "?part=steps/facts",
        source="{{ inputs.mail }}",
        prompt="{{ inputs.mail }}\nWhat?",
        temperature="0",
        **columns,
    )

    fields = editing.value_at(editor.text, ("steps", 0, "fields"))
    assert fields["wishes"] == editing.value_at(REPLY, ("steps", 0, "fields", "wishes"))
    assert fields["mood"] == {"type": "choice", "title": "Mood", "options": ["good", "bad"]}


@pytest.mark.slow
def test_steps_of_a_loop_are_added_inside_and_know_its_item(editor: Editor) -> None:
    editor.send(
        "?add=steps&after=reply&kind=for_each", title="Each", items="{{ facts.wishes }}", name="wish", max="9"
    )
    assert "wish.quote" in editor.get("?add=steps/each&kind=write")
    assert "for_each" not in dict(part_forms.models("steps", is_inside=True))
    editor.send("?add=steps/each&kind=write", title="Line", text="Noted: {{ wish.wish }}")
    assert "line.text" in editor.get("?part=steps/each")
    page = editor.send(
        "?part=steps/each",
        title="Each",
        items="{{ facts.wishes }}",
        name="wish",
        max="9",
        **{"collect.name": ["lines"], "collect.value": ["{{ line.text }}"]},
    )

    assert "No problems found." in page
    assert "each.lines" in editor.get("?part=outputs/reply")


@pytest.mark.slow
def test_hostile_texts_stay_texts(editor: Editor) -> None:
    hostile = '"}}: \n- x\n# y\n&a *b !!python/name:os.system {{'
    page = editor.send("?add=inputs&kind=text", title=hostile, help="}]\"'", max_characters="10")
    assert editing.value_at(editor.text, ("inputs", "x_y_a_b_python_name_os_system", "title"))
    assert "&a *b !!python" in page
    editor.send("?part=steps/draft", prompt=hostile)
    assert editing.value_at(editor.text, ("steps", 1, "prompt")) == f"{hostile}\n"


@pytest.mark.slow
def test_who_was_overtaken_keeps_what_was_typed_and_saves_again(editor: Editor, alice_actor: Actor) -> None:
    before = editor.text
    version = editor.app.draft
    assert version
    services.save_draft(alice_actor, editor.app, text=f"# theirs\n{before}", seen=version.fingerprint)
    page = editor.send("?part=steps/draft", prompt="mine", seen=version.fingerprint)
    assert "Someone else changed the app" in page
    assert "mine" in page
    assert "mine" not in editor.text

    editor.send("?part=steps/draft", prompt="mine")
    assert editor.text.startswith("# theirs\n# ours")
    assert editing.value_at(editor.text, ("steps", 1, "prompt")) == "mine"


def test_a_file_that_cannot_be_read_is_kept_and_told(editor: Editor) -> None:
    page = editor.send("?view=file", text=f"{REPLY}steps: []\n")
    assert "stands here twice" in page
    assert "steps: []" in page
    # As an earlier release may have stored it.
    AppVersion.objects.update(text=f"{REPLY}steps: []\n")
    assert "steps: []" in editor.get()
    assert (
        editor.browser.get(f"/apps/{editor.app.pk}/edit/?part=steps/draft")
        .headers["Location"]
        .endswith("?view=file")
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "odd", ["steps: {a: b}", "steps: [x, {id: 3}]\ninputs: [a]\noutputs: 3", "steps: [[[]]]"]
)
def test_odd_files_are_shown(editor: Editor, odd: str) -> None:
    editor.send("?view=file", text=f"app: reply\n{odd}\n")

    assert "Problems" in editor.get()
    assert editor.get("?add=steps&kind=ask")
    assert editor.browser.get(f"/apps/{editor.app.pk}/edit/?part=steps/none").status_code == 404


@pytest.mark.slow
def test_each_kind_of_step_has_a_form(editor: Editor) -> None:
    for kind in part_forms.models("steps"):
        assert "Save" in editor.get(f"?add=steps&after=reply&kind={kind}"), kind
    for kind in part_forms.models("inputs"):
        assert "Save" in editor.get(f"?add=inputs&kind={kind}"), kind
    for address in ("app", "inputs/mail", "inputs/tone", "steps/facts", "steps/draft", "outputs/reply"):
        assert "data-part-form" in editor.get(f"?part={address}"), address


@pytest.mark.slow
def test_constants_of_a_step_stay_what_they_are_when_its_title_is_changed(
    alice_browser: Client, alice_actor: Actor
) -> None:
    app = services.add_shipped_app(alice_actor, app="classify")
    editor = Editor(alice_browser, app)
    before = editing.value_at(editor.text, ("steps", 0, "arguments"))
    form = editor.get("?part=steps/all")
    assert 'value="true"' in form
    rows = part_fields.ArgumentsField().to_form(before)

    page = editor.send(
        "?part=steps/all",
        title="Collect",
        function="gather_texts",
        **{f"arguments.{name}": [row[name] for row in rows] for name in ("name", "value")},
    )

    assert editing.value_at(editor.text, ("steps", 0, "arguments")) == before
    assert before["has_lines"] is True
    assert "No problems found." in page


def test_a_text_of_digits_is_said_between_quotation_marks() -> None:
    field = part_fields.ArgumentsField()
    old = {"order": "4711", "boxes": 3, "share": 0.00001, "is_gift": True, "phone": "0571", "name": '"Lin"'}
    rows = field.to_form(old)

    assert [row["value"] for row in rows] == ['"4711"', "3", "0.00001", "true", "0571", '""Lin""']
    assert field.to_file(rows, old) == old


def test_no_row_without_a_name_is_lost_by_another() -> None:
    rows = [{"name": "", "value": "a"}, {"name": "", "value": "b"}, {"name": "value", "value": "c"}]

    assert list(part_fields.ArgumentsField().to_file(rows, None).values()) == ["a", "b", "c"]


def test_what_has_several_lines_stays_in_the_file() -> None:
    """A browser joins the lines of a field that has one."""
    field = part_fields.ArgumentsField()

    assert field.shows({"text": "{{ inputs.mail }}"})
    assert not field.shows({"text": "Dear all,\n{{ inputs.mail }}"})


def test_fields_keep_what_a_form_does_not_show_of_them() -> None:
    field = part_fields.TypesField()
    old = {
        "tone": {"type": "choice", "options": {"warm": {"en": "Warm", "zh": "温和"}}},
        "wishes": {"type": "list", "of": {"type": "text"}},
    }
    rows = field.to_form(old)
    rows[0]["options"] += ", brief"
    rows[1]["name"] = "wanted"

    made = field.to_file(rows, old)

    assert made["tone"]["options"] == {"warm": {"en": "Warm", "zh": "温和"}, "brief": "brief"}
    assert made["wanted"] == old["wishes"]
