"""What the pages show of an app and of a run's steps."""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from django.utils.translation import get_language

from apps.workbench import selectors
from apps.workbench.models import AppRun, StepRun
from apps.workbench.step_kinds import KINDS
from domain.workflows.checking import CheckedApp
from domain.workflows.steps import StepFields
from domain.workflows.types import Words

# Of a step's result on the page of a run.
MAX_TRACE_CHARACTERS = 4000
# Of the states of a step in a loop.
TOLD_FIRST = ("failed", "waiting", "begun", "done", "skipped")
# Of a step that was executed for many items.
MAX_TRACES = 20


@dataclass(frozen=True)
class StepView:
    """`rows`: what was executed of it in a run; several in a loop."""

    id: str
    title: str
    kind: str
    icon: str
    condition: str
    is_inside: bool
    rows: list[StepRun] = field(default_factory=list)

    @property
    def state(self) -> str:
        """The word that the page shows: of a step in a loop what needs to be known first."""
        states = {row.state for row in self.rows}
        return next((state for state in TOLD_FIRST if state in states), "")

    @property
    def state_label(self) -> str:
        return str(StepRun.State(self.state).label) if self.state else ""

    @property
    def untold_count(self) -> int:
        """Executions whose results the page leaves out."""
        return max(0, len(self.rows) - MAX_TRACES)

    @property
    def traces(self) -> Iterator[tuple[StepRun, str]]:
        for row in self.rows[:MAX_TRACES]:
            text = json.dumps(row.result, ensure_ascii=False, indent=1)
            yield row, text[:MAX_TRACE_CHARACTERS] + ("…" if len(text) > MAX_TRACE_CHARACTERS else "")


def app_cards(apps: list[CheckedApp]) -> list[dict[str, str]]:
    language = get_language() or "en"
    return [
        {
            "name": app.file.app,
            "title": app.file.title.in_language(language),
            "description": app.file.description.in_language(language),
        }
        for app in apps
    ]


def example_titles(app: CheckedApp) -> list[str]:
    language = get_language() or "en"
    return [example.title.in_language(language) for example in app.file.examples]


def step_views(app: CheckedApp, run: AppRun | None = None) -> list[StepView]:
    language = get_language() or "en"
    rows: dict[str, list[StepRun]] = {}
    loops = {step.id for step, _is_inside in app.steps() if step.steps_inside}
    for row in selectors.step_list(run) if run else ():
        rows.setdefault(_step_id(row.place, loops), []).append(row)
    return [_step_view(step, is_inside, language, rows.get(step.id, [])) for step, is_inside in app.steps()]


def _step_id(place: str, loops: Collection[str]) -> str:
    """Of the app's own step that was executed there: what an app inside it did belongs to the step that runs it."""
    ids = [word for word in place.split("/") if not word.isdigit()]
    return ids[1] if ids[0] in loops and len(ids) > 1 else ids[0]


def _step_view(step: StepFields, is_inside: bool, language: str, rows: list[StepRun]) -> StepView:
    kind = KINDS[step.kind]
    title = step.title.in_language(language) or step.id
    return StepView(step.id, title, str(kind.label), kind.icon, step.when or "", is_inside, rows)


def is_written_by_model(run: AppRun) -> bool:
    """Whether any step that was done asked a model for words: then people are told so."""
    kinds = [name for name, kind in KINDS.items() if kind.asks_model]
    return selectors.step_list(run).filter(kind__in=kinds, state=StepRun.State.DONE).exists()


def failed_check_texts(app: CheckedApp, run: AppRun) -> list[str]:
    language = get_language() or "en"
    return [
        f"{Words(**each['app']).in_language(language)}: {Words(**each['message']).in_language(language)}"
        if isinstance(each, dict)
        else app.file.checks[each].message.in_language(language)
        for each in run.failed_checks
    ]
