from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Conflict, InvalidInput, NotFound
from apps.workbench import selectors
from apps.workbench.models import AppVersion
from apps.workbench.steps import Execution, Result, StepKind
from domain.workflows import values
from domain.workflows.signatures import MAX_LEVELS
from domain.workflows.step_kinds.run_app import RunApp


def _do(execution: Execution, step: RunApp, place: str) -> Result:
    """The steps of the app at places within this one. The version that is published now is used to the end."""
    version = _pinned_version(execution, step, place)
    app = version.checked
    if app is None or execution.level >= MAX_LEVELS:
        raise Conflict(_("An app that this one runs does not work any more. Open it to see why."))
    selectors.require_use(execution.run.actor_today(), app)
    try:
        inputs = values.checked(app.inputs, execution.arguments(step.inputs))
    except values.InvalidValues as refused:
        raise InvalidInput(_("An app that this one runs got a value that it does not take.")) from refused
    inner = replace(
        execution,
        app=app,
        values={"inputs": inputs},
        level=execution.level + 1,
        published_app=version.app_id,
        addresses=execution.addresses | execution.app.addresses,
    )
    inner.do_steps(app.file.steps, f"{place}/")
    outputs = inner.outputs()
    inner.results.keep_failed_checks(
        {"app": app.file.title.model_dump(), "message": app.file.checks[number].message.model_dump()}
        for number in inner.failed_checks(outputs)
    )
    return outputs


def _pinned_version(execution: Execution, step: RunApp, place: str) -> AppVersion:
    """Raises NotFound."""
    gone = _("An app that this one runs is gone or not published. Change the app, or publish that one again.")
    versions = AppVersion.objects.within(execution.row.organisation)
    row = execution.results.rows.get(place)
    if row is None:
        published = versions.filter(state=AppVersion.State.PUBLISHED, app__name=step.app).first()
        if published is None:
            raise NotFound(gone)
        row, _is_new = execution.results.begin(step, place, {"version": str(published.pk)})
    return versions.one(pk=row.result["version"], reason=gone)


KIND = StepKind(_("Run another app"), "star", _do, asks_model=True)
