"""A file made of a plan that a model filled in: words are left to the model, everything that must fit is written here."""

from difflib import get_close_matches
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, create_model

from domain.workflows import editing, outline, types
from domain.workflows.outline import free_name, name_from
from domain.workflows.types import Passages, Type

Title = Annotated[str, StringConstraints(min_length=1, max_length=60)]
MAX_WISHES = 6
# Beside one for each wish.
MORE_STEPS = 2
# Of the language of expressions: a plan holds none.
SIGNS = ("{{", "}}", "{%", "%}", "{#", "#}")


class _Planned(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Wish(_Planned):
    wish: str = Field(min_length=1, max_length=80, description="One thing that is asked for")
    kind: Literal["text", "outside"] = Field(description="outside: something is sent, saved or called")


class Wishes(_Planned):
    """What a description asks for, thing by thing. A model that is asked for the steps at once leaves some out."""

    wishes: list[Wish] = Field(min_length=1, max_length=MAX_WISHES)


class PlannedInput(_Planned):
    title: Title = Field(description="What a person fills in")
    type: Literal["text", "number", "collection"] = Field(description="collection: documents to search")


@cache
def plannable_kinds() -> dict[str, type[BaseModel]]:
    """The kinds of steps that words are enough for: one text, and perhaps fields, or documents to look in."""
    return {kind: model for kind, model in outline.step_models().items() if _text_field(model)}


def _text_field(model: type[BaseModel]) -> str:
    """The one field that must be written out; empty for a kind that needs more than that."""
    needed = {name for name, info in model.model_fields.items() if info.is_required()} - {"id", "kind"}
    texts = needed - {"fields", "collections"}
    name = next(iter(texts), "")
    return name if len(texts) == 1 and name in ("prompt", "text", "question") else ""


@cache
def plan_model(wishes: int) -> type[BaseModel]:
    """What a model is asked to fill in for so many wishes; a step for each at least."""
    kind: Any = Literal[tuple(plannable_kinds())]
    step: Any = create_model(
        "PlannedStep",
        __base__=_Planned,
        wish=(int, Field(ge=1, le=wishes, description="Number of the wish that it is for")),
        title=(Title, ...),
        kind=(kind, ...),
        uses=(list[Title], Field(max_length=3, description="Titles of inputs and of steps above")),
        instruction=(str, Field(max_length=240, description="What is done, in one or two sentences")),
        fields=(list[Title], Field(max_length=6, description="Of a step that fills in fields: which")),
    )
    return create_model(
        "Plan",
        __base__=_Planned,
        description=(str, Field(max_length=120)),
        inputs=(list[PlannedInput], Field(min_length=1, max_length=4)),
        steps=(list[step], Field(min_length=wishes, max_length=wishes + MORE_STEPS)),
        results=(list[Title], Field(max_length=3, description="Titles of the steps whose results are shown")),
    )


def forgotten(plan: Any, wishes: list[str]) -> list[str]:
    """The wishes that no step is for."""
    served = {step.wish for step in plan.steps}
    return [wish for number, wish in enumerate(wishes, 1) if number not in served]


def file_of(plan: Any, *, app: str, title: Any) -> str:
    """The text of a file that does what was planned."""
    file: dict[str, Any] = {"app": app, "title": title, "description": plan.description, "inputs": {}}
    file |= {"steps": [], "outputs": {}}
    named: dict[str, str] = {}
    for each in plan.inputs:
        name = free_name(file, "inputs", name_from(each.title, each.type))
        file["inputs"][name] = {"type": each.type, "title": each.title}
        named[each.title.casefold()] = f"inputs.{name}"
    for each in plan.steps:
        step = _step(each, file, named)
        file["steps"].append(step)
        named[each.title.casefold()] = step["id"]
    shown = _roots(plan.results, named)
    last = file["steps"][-1]["id"]
    for expression, port in _names(file, ("outputs", ""), shown or [last]) or _names(
        file, ("outputs", ""), [last]
    ):
        title = next(each["title"] for each in file["steps"] if each["id"] == expression.partition(".")[0])
        words = port.title.in_language("en") or title
        output = free_name(file, "outputs", name_from(words, "result"))
        file["outputs"][output] = {"title": words, "value": "{{ " + expression + " }}"}
    return editing.file_text(file)


def _step(planned: Any, file: dict[str, Any], named: dict[str, str]) -> dict[str, Any]:
    model, title = plannable_kinds()[planned.kind], planned.title
    step = {
        "id": free_name(file, "steps", name_from(title, planned.kind)),
        "kind": planned.kind,
        "title": title,
    }
    place = ("steps", len(file["steps"]))
    used = _roots(planned.uses, named)
    # Without a word about it: what the step above gave, or all that came in.
    used = used or ([file["steps"][-1]["id"]] if file["steps"] else ["inputs"])
    values = [outline.in_text(name, port) for name, port in _names(file, place, used)]
    field, instruction = _text_field(model), _plain(planned.instruction)
    if field == "prompt":
        step[field] = "\n".join([*values, instruction or title]) + "\n"
    else:
        step[field] = (
            (values[0] if field == "question" else "\n\n".join(values)) if values else instruction or title
        )
    if "fields" in model.model_fields:
        step["fields"] = {}
        for words in planned.fields or [title]:
            step["fields"][name_from(words, f"field_{len(step['fields']) + 1}")] = {
                "type": "text",
                "title": words,
            }
    if "collections" in model.model_fields:
        step["collections"] = "{{ inputs." + _documents(file, title) + " }}"
    return step


def _roots(titles: list[str], named: dict[str, str]) -> list[str]:
    """What the titles are about; small models do not write them the same way twice."""
    return [
        named[near[0]] for title in titles if (near := get_close_matches(title.casefold(), named, 1, 0.7))
    ]


def _documents(file: dict[str, Any], title: str) -> str:
    """The input that says in which documents to look; where none was planned, one more."""
    found = [name for name, port in file["inputs"].items() if port["type"] == "collection"]
    if not found:
        found = [free_name(file, "inputs", "documents")]
        file["inputs"][found[0]] = {"type": "collection", "title": title}
    return str(found[0])


def _names(file: dict[str, Any], path: Any, roots: list[str]) -> list[tuple[str, Type]]:
    """What of these inputs and results can be written into a text."""
    names = outline.names_at(editing.file_text(file), path)
    return [
        (name, port)
        for name, port in names.items()
        if any(name == root or name.startswith(f"{root}.") for root in roots)
        and (isinstance(port, (*types.TEXTS, Passages)) or types.item_of(port))
    ]


def _plain(words: str) -> str:
    for sign in SIGNS:
        words = words.replace(sign, " ")
    return words.strip()
