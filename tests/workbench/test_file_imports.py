"""A file leaves as it is and comes in elsewhere as a draft, after what is missing there was told."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.accounts.actors import Actor
from apps.audit.models import AuditEntry
from apps.core.errors import Conflict, InvalidInput, PermissionDenied
from apps.knowledge.models import Collection
from apps.workbench import file_imports, selectors
from apps.workbench.models import App, AppVersion
from tests.conftest import ApiClient
from tests.scripted_engine_fixture import ScriptedEngine
from tests.workbench.conftest import REPLY, published
from tests.workbench.test_pages import html

pytestmark = pytest.mark.django_db
NEEDY = """\
app: needy
title: Needy
inputs: {text: {type: text}}
steps:
  - {id: found, kind: retrieve, question: "{{ inputs.text }}", collections: [Handbook, Prices]}
  - {id: odd, kind: compute, function: weigh_tea, arguments: {text: "{{ inputs.text }}"}}
outputs:
  found: {value: "{{ found.passages }}"}
use: {roles: [tea_master]}
"""


def test_what_is_missing_is_told_and_nothing_is_stored(alice_actor: Actor) -> None:
    Collection.objects.create(organisation=alice_actor.organisation, name="Prices")

    check = file_imports.check_import(alice_actor, text=NEEDY)

    assert check.missing == [
        "There is no collection “Handbook”. Create it under Knowledge.",
        "No model is set up for this purpose: embedding. Add one under Models.",
    ]
    function, role = check.problems
    assert (function.line, "weigh_tea" in function.text) == (6, True)
    assert (role.line, "tea_master" in role.text) == (9, True)
    assert not App.objects.exists()


def test_an_app_that_it_runs_and_a_role_are_told_too(alice_actor: Actor, engine: ScriptedEngine) -> None:
    loop = "  - {id: all, kind: for_each, items: x, steps: [{id: short, kind: run_app, app: other}], collect: {a: b}}\n"
    text = REPLY.replace("outputs:\n", loop + "outputs:\n") + "use: {roles: [tea_master]}\n"
    published(alice_actor, REPLY)

    check = file_imports.check_import(alice_actor, text=text, name="second")
    roles = file_imports.check_import(alice_actor, text=REPLY + "use: {roles: [tea_master]}\n")

    assert check.missing == [
        "There is no published app “other”, which this one runs. Import and publish it, too."
    ]
    assert "tea_master" in roles.problems[0].text
    assert roles.own == App.objects.get()


SELF = """\
app: again
title: Again
inputs: {text: {type: text}}
steps:
  - {id: once, kind: run_app, app: again, inputs: {text: "{{ inputs.text }}"}}
  - {id: more, kind: run_app, app: other, inputs: {text: "{{ inputs.text }}"}}
outputs: {text: {value: "{{ once.text }} {{ more.text }}"}, sum: {value: "{{ inputs.sum }}"}}
"""


def test_an_app_that_is_missing_is_told_once_and_one_that_runs_itself_lacks_nothing(
    alice_actor: Actor,
) -> None:
    check = file_imports.check_import(alice_actor, text=SELF)

    assert check.missing == [
        "There is no published app “other”, which this one runs. Import and publish it, too."
    ]
    told = [(each.line, each.text) for each in check.problems]
    assert [line for line, _text in told] == [5, 6, 7], told
    assert "run itself" in told[0][1]
    assert "“sum”" in told[2][1], "what the file itself has wrong stays told"


def test_an_app_that_is_here_is_no_problem(
    alice_actor: Actor, reply_app: App, engine: ScriptedEngine
) -> None:
    text = """\
app: outer
title: Outer
inputs: {mail: {type: text}, tone: {type: choice, options: {warm: Warm, brief: Brief}}}
steps:
  - {id: inner, kind: run_app, app: reply, inputs: {mail: "{{ inputs.mail }}", tone: "{{ inputs.tone }}"}}
outputs: {reply: {value: "{{ inner.reply }}"}}
"""
    check = file_imports.check_import(alice_actor, text=text)

    assert (check.missing, check.problems) == ([], [])


def test_a_file_begins_as_a_draft(alice_actor: Actor, engine: ScriptedEngine) -> None:
    assert not file_imports.check_import(alice_actor, text=REPLY).has_remarks

    app = file_imports.import_app(alice_actor, text=REPLY)

    assert selectors.version_list(app).get().state == AppVersion.State.DRAFT


def test_a_file_of_a_name_that_exists_becomes_its_draft(alice_actor: Actor, reply_app: App) -> None:
    file_imports.import_app(alice_actor, text=REPLY + "# from elsewhere\n")

    assert selectors.current_version(reply_app).text == REPLY + "# from elsewhere\n"
    with pytest.raises(Conflict, match="has a draft of its own"):
        file_imports.import_app(alice_actor, text=REPLY)
    assert App.objects.count() == 1


@pytest.mark.parametrize("written", ["app: reply  # its name", "app: 'reply'", '"app": "reply"'])
def test_a_file_is_imported_under_another_name(alice_actor: Actor, reply_app: App, written: str) -> None:
    text = REPLY.replace("app: reply", written)

    app = file_imports.import_app(alice_actor, text=text, name="answer")

    assert app.name == "answer"
    (head, _, rest), (_, _, rest_before) = (
        selectors.current_version(app).text.partition("\n"),
        text.partition("\n"),
    )
    assert rest == rest_before
    assert ("# its name" in head) == ("# its name" in written)


@pytest.mark.parametrize(("text", "name"), [("x", ""), (REPLY, "No name"), ("app: &a reply\n", "other")])
def test_a_file_or_name_that_cannot_be_read_is_refused(alice_actor: Actor, text: str, name: str) -> None:
    with pytest.raises(InvalidInput):
        file_imports.check_import(alice_actor, text=text, name=name)


def test_whoever_only_uses_apps_imports_none(alice_actor: Actor) -> None:
    user = Actor(alice_actor.organisation, frozenset({"workbench.use"}), member=alice_actor.member)
    for service in (file_imports.check_import, file_imports.import_app):
        with pytest.raises(PermissionDenied):
            service(user, text=REPLY)


def test_a_file_leaves_under_its_name_with_a_line_in_the_trail(alice_browser: Client, reply_app: App) -> None:
    answer = alice_browser.get(f"/apps/{reply_app.pk}/file/")

    assert answer.content.decode() == REPLY
    assert answer.headers["Content-Type"] == "application/yaml; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="reply.yaml"'
    assert AuditEntry.objects.filter(action="app.exported").count() == 1


def test_the_page_tells_first_and_stores_when_it_is_sent_again(alice_browser: Client) -> None:
    file = SimpleUploadedFile("needy.yaml", b"\xef\xbb\xbf" + NEEDY.replace("\n", "\r\n").encode())
    page = alice_browser.post("/apps/import/", {"file": file}).content.decode()
    assert "There is no collection “Handbook”" in page
    assert "weigh_tea" in page
    assert not App.objects.exists()
    confirmed = AppVersion(text=NEEDY).fingerprint
    assert confirmed in page

    other = alice_browser.post("/apps/import/", {"text": NEEDY + "# more\n", "confirmed": confirmed})
    assert "Before it is stored" in other.content.decode(), "another text is told of anew"
    stored = alice_browser.post("/apps/import/", {"text": NEEDY, "confirmed": confirmed}, follow=True)

    assert App.objects.get().name == "needy"
    assert "weigh_tea" in stored.content.decode()
    assert "/apps/import/" in html(alice_browser, "/apps/")


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"\xff\xfe", "not UTF-8 text"), (b"a" * 100_001, "too large"), (b"", "file is empty")],
)
def test_a_file_that_is_no_text_is_refused(alice_browser: Client, content: bytes, words: str) -> None:
    file = SimpleUploadedFile("app.yaml", content)

    assert words in alice_browser.post("/apps/import/", {"file": file}).content.decode()
    assert "Choose a file, or paste" in alice_browser.post("/apps/import/", {"text": ""}).content.decode()


def test_programs_import_and_export(alice_api: ApiClient, engine: ScriptedEngine) -> None:
    tried = alice_api.post_json("/api/v1/apps/", {"text": NEEDY, "dry_run": True})
    assert (tried.status_code, tried.json()["app"], tried.json()["is_new"]) == (200, None, True)
    assert "Handbook" in tried.json()["missing"][0]
    assert tried.json()["problems"][0]["line"] == 6
    assert not App.objects.exists()

    made = alice_api.post_json("/api/v1/apps/", {"text": REPLY, "name": "answer"})

    assert (made.status_code, made.json()["missing"], made.json()["app"]["name"]) == (201, [], "answer")
    file = alice_api.get(f"/api/v1/apps/{made.json()['app']['id']}/file/")
    assert file.content.decode() == REPLY.replace("app: reply", "app: answer")
