from django.utils.translation import gettext_lazy as _

from apps.inference import services as inference
from apps.workbench.step_kinds.ask import prompt_of
from apps.workbench.steps import Execution, Result, StepKind
from domain.workflows import types, values
from domain.workflows.step_kinds.extract import Extract
from domain.workflows.types import Record


def _do(execution: Execution, step: Extract, _place: str) -> Result:
    record = Record(fields=step.fields)
    prompt = prompt_of(execution, "extract_step.md", step, {"fields": types.described(record)})
    answer = inference.extract(execution.run, prompt, values.model_of(record))
    source = execution.value(step.source) if step.source else ""
    written = answer.model_dump(by_alias=True)
    return dict(values.with_places(record, written, source if isinstance(source, str) else source["text"]))


KIND = StepKind(_("Fill in fields"), "tag", _do, asks_model=True)
