"""An app is published when its cases hold as its file promises, and what it promises was measured of exactly this text."""

import pytest
from django.test import Client

from apps.accounts.actors import Actor
from apps.accounts.models import Membership, User
from apps.core.errors import Conflict, InvalidInput, PermissionDenied
from apps.jobs.models import Job
from apps.knowledge.models import Collection
from apps.workbench import evaluation, selectors, services
from apps.workbench.evaluation import AT_ONCE
from apps.workbench.models import App, AppEvaluation, AppVersion
from domain.workflows import checking
from tests.conftest import browser_of
from tests.scripted_engine_fixture import ScriptedEngine
from tests.workbench.conftest import REPLY, worked
from tests.workbench.test_pages import html

pytestmark = pytest.mark.django_db
TONE = """\
app: tone
title: {en: Tone, zh: 语气}
inputs:
  text: {type: text, title: {en: Text, zh: 文本}}
steps:
  - id: tone
    kind: branch
    cases:
      - {when: '"thank" in inputs.text', value: good}
    otherwise: bad
outputs:
  tone: {title: {en: Tone, zh: 语气}, value: "{{ tone.value }}"}
"""
CASE = '    - {title: Number %d, inputs: {text: %s}, expect: [outputs.tone == "%s"]}\n'


def with_cases(*cases: tuple[str, str], promise: float = 0.8) -> str:
    lines = [CASE % (number, text, tone) for number, (text, tone) in enumerate(cases, start=1)]
    return TONE + f"evaluation:\n  promise: {promise}\n  cases:\n" + "".join(lines)


GOOD, BAD, WRONG = ("thank you", "good"), ("go away", "bad"), ("thanks a lot for nothing", "bad")


def measured(actor: Actor, app: App) -> AppEvaluation:
    """With all its cases run, as workers do them."""
    made = evaluation.start_evaluation(actor, app)
    while waiting := made.runs.filter(job__state=Job.State.QUEUED).order_by("case").first():
        worked(waiting)
    return selectors.evaluation_list(actor.organisation).get(pk=made.pk)


def edited(actor: Actor, app: App, text: str) -> None:
    services.save_draft(actor, app, text=text, seen=selectors.current_version(app).fingerprint)


def test_a_draft_is_published_when_its_cases_hold_as_promised(alice_actor: Actor) -> None:
    app = services.create_app(alice_actor, text=with_cases(GOOD, BAD, WRONG, promise=0.66))
    row = measured(alice_actor, app)

    version = services.publish_app(alice_actor, app)

    assert (row.passed, row.ended, row.cases, row.active) == (2, 3, 3, 0)
    assert (version.passed, version.cases) == (2, 3)


def test_what_was_not_measured_is_not_published(alice_actor: Actor) -> None:
    app = services.create_app(alice_actor, text=with_cases(GOOD, promise=0.85))

    with pytest.raises(Conflict, match=r"promises that 85% of its cases hold.*Evaluate the draft first"):
        services.publish_app(alice_actor, app)


def test_another_text_is_measured_anew_and_the_same_one_is_not(alice_actor: Actor) -> None:
    app = services.create_app(alice_actor, text=with_cases(GOOD))
    measured(alice_actor, app)
    edited(alice_actor, app, with_cases(GOOD) + "# other\n")
    with pytest.raises(Conflict, match="has not been measured"):
        services.publish_app(alice_actor, app)

    edited(alice_actor, app, with_cases(GOOD))

    assert services.publish_app(alice_actor, app).number == 2


def test_less_than_promised_is_refused_with_what_is_missing(alice_actor: Actor) -> None:
    app = services.create_app(alice_actor, text=with_cases(GOOD, WRONG, WRONG, BAD))
    measured(alice_actor, app)

    with pytest.raises(Conflict, match=r"2 of 4 cases hold \(50%\).*promises 80%. At least 2 more"):
        services.publish_app(alice_actor, app)


def test_an_evaluation_under_way_is_no_measure(alice_actor: Actor) -> None:
    app = services.create_app(alice_actor, text=with_cases(GOOD))
    evaluation.start_evaluation(alice_actor, app)

    with pytest.raises(Conflict, match="still running"):
        services.publish_app(alice_actor, app)
    with pytest.raises(Conflict, match="evaluated already"):
        evaluation.start_evaluation(alice_actor, app)


def test_few_cases_wait_at_a_time_and_each_is_run_once(alice_actor: Actor) -> None:
    app = services.create_app(alice_actor, text=with_cases(*[GOOD] * 10))
    made = evaluation.start_evaluation(alice_actor, app)
    assert made.runs.count() == AT_ONCE
    assert set(made.runs.values_list("job__queue", flat=True)) == {"batch"}

    worked(made.runs.get(case=0))
    assert made.runs.count() == AT_ONCE + 1
    while waiting := made.runs.filter(job__state=Job.State.QUEUED).first():
        worked(waiting)

    assert sorted(made.runs.values_list("case", flat=True)) == list(range(10))


@pytest.mark.slow
def test_a_stopped_evaluation_begins_no_further_case(alice_actor: Actor) -> None:
    app = services.create_app(alice_actor, text=with_cases(*[GOOD] * 10))
    made = evaluation.start_evaluation(alice_actor, app)

    evaluation.stop_evaluation(alice_actor, made)

    assert set(made.runs.values_list("job__state", flat=True)) == {Job.State.CANCELLED}
    evaluation._start_later_case(alice_actor, made, AT_ONCE)
    assert made.runs.count() == AT_ONCE
    with pytest.raises(Conflict, match="already ended"):
        evaluation.stop_evaluation(alice_actor, made)
    assert measured(alice_actor, app).passed == 10


def test_a_case_that_cannot_run_has_not_held(alice_actor: Actor, engine: ScriptedEngine) -> None:
    text = (
        REPLY
        + 'evaluation:\n  promise: 0.5\n  cases:\n    - {inputs: {mail: x, tone: warm}, expect: [outputs.reply != ""]}\n'
    )
    app = services.create_app(alice_actor, text=text)
    engine.script(*[{"text": "no JSON"}] * 4)

    row = measured(alice_actor, app)

    assert (row.passed, row.ended) == (0, 1)
    with pytest.raises(Conflict, match="0 of 1"):
        services.publish_app(alice_actor, app)


def test_an_earlier_version_keeps_its_measure(alice_actor: Actor) -> None:
    app = services.create_app(alice_actor, text=with_cases(GOOD, BAD))
    measured(alice_actor, app)
    first = services.publish_app(alice_actor, app)
    edited(alice_actor, app, TONE)
    services.publish_app(alice_actor, app)
    AppEvaluation.objects.all().delete()
    first.refresh_from_db()

    again = services.roll_back(alice_actor, first)

    assert (again.passed, again.cases, again.state) == (2, 2, AppVersion.State.PUBLISHED)


def test_a_file_without_cases_is_not_evaluated(alice_actor: Actor) -> None:
    app = services.create_app(alice_actor, text=TONE)

    with pytest.raises(Conflict, match="no cases yet"):
        evaluation.start_evaluation(alice_actor, app)


def test_cases_count_as_no_use_of_the_app(alice_actor: Actor) -> None:
    app = services.create_app(alice_actor, text=with_cases(GOOD))
    measured(alice_actor, app)

    assert not selectors.run_list(alice_actor).exists()


def test_a_run_is_kept_as_a_case_with_what_its_owner_accepts(alice_actor: Actor) -> None:
    app = services.create_app(alice_actor, text=TONE)
    run = services.start_trial(alice_actor, app, inputs={"text": "thank you"})
    worked(run)

    evaluation.keep_case(alice_actor, run, title="Thanks", expect=['outputs.tone == "good"'])

    draft = selectors.current_version(app)
    promised = checking.load(draft.text).file.evaluation
    assert promised
    assert (promised.promise, promised.cases[0].inputs) == (0.8, {"text": "thank you"})
    assert measured(alice_actor, app).passed == 1


def test_what_is_no_condition_is_not_kept(alice_actor: Actor) -> None:
    app = services.create_app(alice_actor, text=TONE)
    run = services.start_trial(alice_actor, app, inputs={"text": "thank you"})
    with pytest.raises(Conflict, match="with results"):
        evaluation.keep_case(alice_actor, run, title="", expect=['outputs.tone == "good"'])
    worked(run)

    with pytest.raises(InvalidInput) as refused:
        evaluation.keep_case(alice_actor, run, title="", expect=['outputs.tone == "good"', "outputs.mood"])

    assert "Line 2: " in str(refused.value.fields["expect"][0])
    assert "mood" in str(refused.value.fields["expect"][0])
    assert selectors.current_version(app).text == TONE


def test_whoever_only_uses_apps_evaluates_and_keeps_none(alice_actor: Actor) -> None:
    app = services.create_app(alice_actor, text=with_cases(GOOD))
    run = services.start_trial(alice_actor, app, inputs={"text": "x"})
    user = Actor(alice_actor.organisation, frozenset({"workbench.use"}), member=alice_actor.member)

    with pytest.raises(PermissionDenied):
        evaluation.start_evaluation(user, app)
    with pytest.raises(PermissionDenied):
        evaluation.keep_case(user, run, title="", expect=["outputs.tone"])


@pytest.mark.slow
def test_the_pages_show_the_share_and_what_failed(alice_browser: Client, alice_actor: Actor) -> None:
    app = services.create_app(alice_actor, text=with_cases(GOOD, BAD, WRONG))
    edit = f"/apps/{app.pk}/edit/"
    assert "This text has not been measured." in html(alice_browser, edit)
    refused = alice_browser.post(f"/apps/{app.pk}/publish/", follow=True).content.decode()
    assert "Evaluate the draft first" in refused

    started = alice_browser.post(f"/apps/{app.pk}/evaluate/")
    made = AppEvaluation.objects.get()
    assert started.headers["Location"] == made.get_absolute_url()
    assert f'data-jobs="{made.runs.order_by("case")[0].job_id}' in html(
        alice_browser, made.get_absolute_url()
    )
    for run in made.runs.all():
        worked(run)
    page = html(alice_browser, made.get_absolute_url())

    assert "2 of 3 cases hold (66%)" in page
    assert "between 21% and 94%" in page
    assert page.index("Number 3") < page.index("Number 1"), "what failed comes first"
    assert "outputs.tone == &quot;bad&quot;" in page
    assert "2 of 3 cases hold (66%)" in html(alice_browser, edit)
    AppVersion.objects.update(passed=2, cases=3)
    assert "2 of 3 cases hold\n" in html(alice_browser, edit), "in the list of versions"


def test_the_page_says_what_got_better_and_worse(alice_browser: Client, alice_actor: Actor) -> None:
    app = services.create_app(alice_actor, text=with_cases(GOOD, WRONG))
    measured(alice_actor, app)
    edited(alice_actor, app, with_cases(GOOD, WRONG).replace('"thank" in', '"not" not in'))
    page = html(alice_browser, measured(alice_actor, app).get_absolute_url())

    assert page.count("got better") == 1
    assert "got worse" not in page
    assert "Evaluations of this app" in page


def test_the_page_of_a_run_leads_to_keeping_it(alice_browser: Client, alice_actor: Actor) -> None:
    app = services.create_app(alice_actor, text=TONE)
    run = services.start_trial(alice_actor, app, inputs={"text": "thank you"})
    worked(run)
    keep = f"/apps/runs/{run.pk}/keep/"
    assert keep in html(alice_browser, run.get_absolute_url())
    form = html(alice_browser, keep)
    assert "outputs.tone == &quot;good&quot;" in form
    assert 'Tone <code class="faint small">outputs.tone</code>' in form, "what the condition speaks of"

    page = alice_browser.post(keep, {"title": "Thanks", "expect": 'outputs.tone == "good"'}, follow=True)

    assert "Kept as a case of the draft." in page.content.decode()
    assert "title: Thanks" in html(alice_browser, f"{page.request['PATH_INFO']}?view=file")


def test_a_case_that_is_kept_as_it_was_proposed_holds(alice_browser: Client, alice_actor: Actor) -> None:
    """White space within what came out counts, and no more is proposed than a case may expect."""
    more = "".join(f'  more_{number}: {{value: "{{{{ tone.value }}}}"}}\n' for number in range(25))
    app = services.create_app(alice_actor, text=TONE.replace("value: good", "value: 茶叶　两盒  good") + more)
    run = services.start_trial(alice_actor, app, inputs={"text": "thank you"})
    worked(run)
    keep = f"/apps/runs/{run.pk}/keep/"
    proposed = alice_browser.get(keep).context["form"].initial["expect"]

    page = alice_browser.post(keep, {"title": "Thanks", "expect": "\r\n".join(proposed)}, follow=True)

    assert "Kept as a case of the draft." in page.content.decode()
    assert measured(alice_actor, app).passed == 1


def test_whoever_may_not_edit_sees_no_evaluation(bob_browser: Client, alice_actor: Actor) -> None:
    app = services.create_app(alice_actor, text=with_cases(GOOD))
    made = measured(alice_actor, app)

    assert bob_browser.get(made.get_absolute_url()).status_code == 404


def test_what_an_app_read_for_its_evaluation_is_shown_to_who_started_it_alone(
    alice_browser: Client, alice_actor: Actor, charlie: User
) -> None:
    """Cases are run with the rights of one member, and another one may not read the same documents."""
    Collection.objects.create(organisation=alice_actor.organisation, name="Prices")
    reading = "steps:\n  - {id: found, kind: retrieve, question: Price, collections: [Prices]}\n"
    app = services.create_app(alice_actor, text=with_cases(WRONG).replace("steps:\n", reading))
    row = measured(alice_actor, app)
    Membership.objects.filter(user=charlie).update(role="marketer")
    shown = '<h3 class="small" hx-disable>Tone</h3>'

    assert shown in html(alice_browser, row.get_absolute_url())
    page = html(browser_of(charlie), row.get_absolute_url())
    assert shown not in page
    assert "only the member who started this evaluation sees it" in page
