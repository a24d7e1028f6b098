"""Changes that an app suggests of a text are accepted one by one."""

import pytest
from django.test import Client

from apps.accounts.actors import Actor
from apps.core.errors import InvalidInput, NotFound
from apps.workbench import selectors, services
from apps.workbench.models import App, AppRun
from domain.workflows import checking
from domain.workflows.problems import FileRefused
from tests.workbench.conftest import Answers, RunApp, published

pytestmark = pytest.mark.django_db
PROOFREAD = """\
app: proofread
title: {en: Proofread, zh: 校对}
inputs:
  text: {type: text}
steps:
  - id: read
    kind: extract
    source: "{{ inputs.text }}"
    prompt: "Correct {{ inputs.text }}"
    fields:
      changes:
        type: list
        of:
          type: record
          fields: {quote: {type: quote}, replacement: {type: text}, reason: {type: text}}
outputs:
  text: {value: "{{ read.changes }}", suggestions_for: "{{ inputs.text }}"}
"""
TEXT = " Their is tea, and their is coffee.\n"
CHANGES = [
    {"quote": "Their is", "replacement": "There is", "reason": "Spelling"},
    {"quote": "is tea", "replacement": "are teas", "reason": "Overlaps"},
    {"quote": "their is coffee", "replacement": "there is coffee", "reason": "Spelling"},
    {"quote": "milk", "replacement": "cream", "reason": "Not there"},
]


@pytest.fixture
def run(alice_actor: Actor, answers: Answers, run_app: RunApp) -> AppRun:
    app: App = published(alice_actor, PROOFREAD)
    answers({"changes": CHANGES})
    return run_app(app, text=TEXT)


def text_of(client: Client, run: AppRun) -> str:
    return client.get(f"/apps/runs/{run.pk}/file/md/").content.decode()  # type: ignore[attr-defined]


@pytest.mark.slow
def test_nothing_is_changed_until_somebody_accepts_it(alice_browser: Client, run: AppRun) -> None:
    assert run.outputs["text"]["text"] == TEXT
    assert "Their is tea, and their is coffee." in text_of(alice_browser, run)


@pytest.mark.slow
def test_what_was_accepted_stands_in_the_text_and_in_its_file(alice_browser: Client, run: AppRun) -> None:
    sent = {"output": "text", "accepted": ["0", "1", "3"]}
    assert alice_browser.post(f"/apps/runs/{run.pk}/suggestions/", sent).status_code == 302
    # The second one overlaps the first, the fourth is nowhere: neither can be accepted.
    assert "There is tea, and their is coffee." in text_of(alice_browser, run)
    page = alice_browser.get(f"/apps/runs/{run.pk}/").content.decode()
    assert page.count("disabled") >= 2
    assert "<del>Their</del><ins>There</ins" in page.replace("\n", "")

    alice_browser.post(f"/apps/runs/{run.pk}/suggestions/", {"output": "text", "accepted": ["2"]})
    assert "Their is tea, and there is coffee." in text_of(alice_browser, run)


@pytest.mark.slow
def test_an_app_that_runs_it_gets_text_and_suggestions(
    alice_actor: Actor, answers: Answers, run_app: RunApp, run: AppRun
) -> None:
    outer = published(
        alice_actor,
        """\
app: outer
title: Outer
inputs: {text: {type: text}}
steps:
  - {id: read, kind: run_app, app: proofread, inputs: {text: "{{ inputs.text }}"}}
outputs:
  text: {value: "{{ read.text.text }}"}
  changes: {value: "{{ read.text.suggestions }}"}
""",
    )
    answers({"changes": CHANGES})
    made = run_app(outer, text=TEXT)

    assert made.outputs["text"] == TEXT
    assert [each["replacement"] for each in made.outputs["changes"]] == [
        each["replacement"] for each in CHANGES
    ]


def test_only_who_ran_the_app_accepts_for_outputs_that_suggest(
    alice_actor: Actor, colleague_actor: Actor, run: AppRun
) -> None:
    with pytest.raises(InvalidInput):
        services.accept_suggestions(alice_actor, run, output="other", accepted=[0])
    with pytest.raises(NotFound):
        selectors.own_run(colleague_actor, run.pk)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("replacement: {type: text}", "instead: {type: text}", "no_suggestions"),
        ('suggestions_for: "{{ inputs.text }}"', 'suggestions_for: "{{ read.changes }}"', "type_differs"),
        ('suggestions_for: "{{ inputs.text }}"', 'suggestions_for: "{{ inputs.other }}"', "unknown_field"),
    ],
)
def test_a_file_whose_output_suggests_nothing_usable_is_told_so(old: str, new: str, code: str) -> None:
    with pytest.raises(FileRefused) as refused:
        checking.load(PROOFREAD.replace(old, new))
    assert code in [problem.code for problem in refused.value.problems]


def test_what_is_kept_as_a_case_is_shown_and_nothing_is_accepted_there(
    alice_browser: Client, run: AppRun
) -> None:
    page = alice_browser.get(f"/apps/runs/{run.pk}/keep/").text

    assert "there is coffee" in page
    assert f"/apps/runs/{run.pk}/suggestions/" not in page
