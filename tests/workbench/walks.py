"""What the walks of `tests/architecture` ask of this desk."""

from collections.abc import Callable
from typing import Any

from apps.workbench import selectors, services
from apps.workbench.models import App, AppRun, AppVersion
from apps.workbench.part_fields import TypesField
from domain.app_functions import (
    field_values,
    file_texts,
    label_lines,
    picture_fields,
    picture_statements,
    selections,
    span_features,
    text_mending,
    texts,
)
from domain.workflows import checking, editing, evaluation, expressions, outline, values, yaml_reading
from domain.workflows.problems import FileRefused
from domain.workflows.types import Text
from tests.workbench.conftest import REPLY

SHOP = "the house's own programs"
SCOPE = {"text": Text()}
TYPE_ROW = {"name": "", "type": "choice", "help": ""}


def _read(text: str) -> object:
    try:
        return yaml_reading.read(text[: yaml_reading.MAX_BYTES // 4])
    except FileRefused as refused:
        return refused


def _check(text: str) -> object:
    try:
        return checking.load(text)
    except FileRefused as refused:
        return refused


def _add_case(text: str) -> object:
    try:
        return evaluation.with_case(
            text[:20_000], title=text[:50], inputs={"text": text[:20_000]}, expect=["x"]
        )
    except FileRefused as refused:
        return refused


def _parse(text: str) -> object:
    try:
        return expressions.check_text(text, SCOPE)
    except expressions.Wrong as wrong:
        return wrong


def _mend(text: str) -> object:
    rules = {
        "language": "English",
        "at_least": 5,
        "at_most": 40,
        "points": 2,
        "paragraphs": None,
        "title": True,
    }
    words = {"must_say": ["tea"], "must_not_say": ["a"], "ending": "."}
    return text_mending.find_missing_parts(text, {**rules, **words}), text_mending.mend_text(
        text, {**rules, **words, "paragraphs": 3, "points": None}, ["more"], [text], is_last=False
    )


def _put(text: str) -> object:
    try:
        return editing.put(REPLY, ("steps", 0, "prompt"), text[: yaml_reading.MAX_BYTES // 4])
    except FileRefused as refused:
        return refused


def _outline(text: str) -> object:
    try:
        return outline.names_at(text[: yaml_reading.MAX_BYTES // 8], ("outputs", ""))
    except FileRefused as refused:
        return refused


def _picture(text: str) -> dict[str, Any]:
    """A page as `types.MAX_ITEMS` lines bound it."""
    place = {"confidence": 0.9, "left": 0.1, "right": 0.9, "boxes": [[0.1, 0.1, 0.9, 0.2]]}
    lines = [{**place, "text": each, "row": row} for row, each in enumerate(text.split("\n")[:1000])]
    return {"text": text, "is_recognised": True, "lines": lines, "blocks": []}


def _told(text: str) -> object:
    picture = _picture(text)
    return (
        picture_statements.describe_picture(picture, text, "looked"),
        picture_statements.answer_of_picture(picture, text, "", "no_model"),
        picture_statements.compare_readings(picture, text),
    )


ACTIONS: dict[str, tuple[str, Callable[[Any], object]]] = {
    "workbench.services.delete_app": ("app.deleted", lambda h: services.delete_app(h.actor, _idle(h))),
    "workbench.services.discard_draft": ("app.draft_discarded", lambda h: _discard(h)),
    "workbench.services.delete_run": (
        "app_run.deleted",
        lambda h: services.delete_run(h.actor, h.row(AppRun)),
    ),
}
FUNCTIONS: dict[str, Callable[[str], object]] = {
    "workflows.yaml": _read,
    "workflows.app_file": _check,
    "workflows.template": _parse,
    "workflows.with_case": _add_case,
    "workflows.split_text": lambda text: texts.split_text(text, 1000),
    "app_functions.mended_text": _mend,
    "app_functions.labels": lambda text: label_lines.read_labels([], text.split("\n")),
    "app_functions.file_texts": lambda text: file_texts.gather_texts(
        [], {"name": "a.csv", "text": text}, text[:20], has_lines=True, most=300
    ),
    "app_functions.marks": lambda text: field_values.state_fields(["x"], text),
    "app_functions.marked_features": lambda text: span_features.features(text, {}, {}, has_words=False),
    "app_functions.selection": lambda text: selections.find_selection(text, text[-50:]),
    "app_functions.picture_fields": lambda text: [
        picture_fields.read_fields(_picture(text), schema, text.split("\n")[:40])
        for schema in ("receipt", "invoice", "id_card", "business_card", "meter", "own")
    ],
    "app_functions.picture_statements": _told,
    "workflows.editing": _put,
    "workflows.outline": _outline,
    "workflows.notes": outline.notes,
    "workflows.name_from": lambda text: outline.name_from(text, "x"),
    "workbench.type_rows": lambda text: TypesField().to_file(
        [{**TYPE_ROW, "options": text, "title": text}], {}
    ),
    "workflows.quotes": lambda text: values.Finder(text).place(text[-50:]),
    "workflows.prompt": lambda text: expressions.for_model("{{ text }}", {"text": text}, SCOPE),
}
CONTENT = {
    "App": {"name": "reply"},
    "AppVersion": {"text": REPLY, "state": "published", "number": 1},
    "AppRun": {"inputs": {"mail": "x", "tone": "warm"}, "outputs": {}, "failed_checks": []},
    "StepRun": {
        "place": "ok",
        "kind": "wait",
        "state": "waiting",
        "result": {
            "message": {"en": "May it go?", "zh": "可以吗？"},
            "fields": {"type": "record", "fields": {}},
            "values": {},
        },
    },
}
# A run is its owner's alone.
ALSO = {"AppRun": ("member",)}
PLAIN_KWARGS = {"app_name": "reply"}
WITHOUT_PERSONS = {
    "workbench.App": SHOP,
    "workbench.AppVersion": SHOP,
}


def _discard(house: Any) -> None:
    app = house.row(AppVersion).app
    draft = services.save_draft(
        house.actor, app, text=REPLY + "\n", seen=selectors.current_version(app).fingerprint
    )
    services.discard_draft(house.actor, app, seen=draft.fingerprint)


def _idle(house: Any) -> App:
    return App.objects.create(organisation=house.actor.organisation, name="idle")
