"""An organisation's own text of a prompt is what its desks render, from the moment it is in use."""

import ast
from pathlib import Path

import pytest
from django.utils import translation
from django.utils.translation import gettext

from apps.accounts.actors import Actor
from apps.inference import prompts
from apps.inference.models import PromptVersion
from apps.inference.prompt_catalogue import shipped_prompt, shipped_prompts
from llm_backend import prompt_checks
from llm_backend.prompts import load
from tests.architecture.test_code import nodes_of

APPS = Path(__file__).resolve().parents[2] / "apps"


def write_version(actor: Actor, name: str, text: str, **fields: object) -> PromptVersion:
    shipped = shipped_prompt(name).prompt
    values = {
        "state": "active",
        "number": 1,
        "temperature": 0.5,
        "max_tokens": 50,
        "based_on": shipped.source,
    }
    return PromptVersion.objects.create(
        organisation=actor.organisation, prompt=name, text=text, **values | fields
    )


def test_every_prompt_is_named_once_and_says_what_it_is_for() -> None:
    shipped = {each.path for each in shipped_prompts().values()}
    of_the_frame = set(APPS.glob("**/prompts/*.md")) - shipped

    assert shipped
    # Nobody rewrites those, so no desk's page lists them.
    assert all(load(path).settings.locked for path in of_the_frame)
    assert not any((APPS / path.relative_to(APPS).parts[0] / "desk.py").exists() for path in of_the_frame)
    for each in shipped_prompts().values():
        assert each.prompt.settings.title, each.path
        assert each.prompt.settings.purpose, each.path


@pytest.mark.parametrize(
    "name", [name for name, each in shipped_prompts().items() if not each.prompt.settings.locked]
)
def test_a_prompt_that_can_be_rewritten_is_valid_itself_and_can_be_tried(name: str) -> None:
    shipped = shipped_prompt(name)
    own = shipped.prompt.with_text(shipped.prompt.text, temperature=0.2, max_tokens=None)

    assert prompt_checks.problems(own, shipped.prompt) == []
    assert own.render(**shipped.sample).messages == shipped.prompt.render(**shipped.sample).messages


def test_desks_load_prompts_for_an_organisation() -> None:
    """What is loaded past `apps.inference.prompts` would never be an organisation's own text."""
    frame = {APPS / "inference" / "prompts.py", APPS / "inference" / "prompt_catalogue.py"}
    past = []
    for path in set(APPS.rglob("*.py")) - frame:
        for node in nodes_of(path, ast.ImportFrom):
            if node.module == "llm_backend":
                past += [str(path) for name in node.names if name.name == "prompts"]

    assert past == []


@pytest.mark.django_db
def test_the_own_text_is_rendered_for_its_organisation_alone(alice_actor: Actor, bob_actor: Actor) -> None:
    shipped = shipped_prompt("shorten")
    text = shipped.prompt.text.replace("about half as long", "in one sentence")
    write_version(alice_actor, "shorten", text)

    own = prompts.load(alice_actor.organisation, shipped.path).render(**shipped.sample)

    assert "in one sentence" in str(own.messages[0]["content"])
    assert (own.name, own.temperature, own.max_tokens) == ("shorten", 0.5, 50)
    assert own.hash != shipped.prompt.hash
    assert prompts.load(bob_actor.organisation, shipped.path) is shipped.prompt


@pytest.mark.django_db
def test_a_text_that_does_not_fit_this_release_is_passed_over(
    alice_actor: Actor, caplog: pytest.LogCaptureFixture
) -> None:
    shipped = shipped_prompt("shorten")
    write_version(alice_actor, "shorten", shipped.prompt.text.replace("{{ language }}", "{{ gone }}"))

    assert prompts.load(alice_actor.organisation, shipped.path) is shipped.prompt
    assert "does not fit" in caplog.text


@pytest.mark.django_db
def test_a_locked_prompt_stays_as_it_was_shipped(alice_actor: Actor) -> None:
    shipped = shipped_prompt("choose_intent")
    write_version(alice_actor, "choose_intent", "## system\nSay yes.\n## user\n{{ question }}")

    assert shipped.prompt.settings.locked
    assert prompts.load(alice_actor.organisation, shipped.path) is shipped.prompt


def test_titles_speak_chinese() -> None:
    with translation.override("zh-hans"):
        for each in shipped_prompts().values():
            settings = each.prompt.settings
            for text in filter(None, (settings.title, settings.purpose, settings.locked)):
                assert any("\u4e00" <= character <= "\u9fff" for character in gettext(text)), text
