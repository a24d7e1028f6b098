"""What people and programs do with apps: draft, publish, go back, run."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor, requires_permission
from apps.audit import services as audit
from apps.core.errors import Conflict, InvalidInput, NotFound
from apps.core.locks import lock_until_commit
from apps.jobs import services as jobs
from apps.jobs.backed_by_job import UNDER_WAY
from apps.jobs.job_types import JobType
from apps.jobs.models import Job
from apps.knowledge.rights import readable_collections
from apps.vault.keys import holding_key
from apps.workbench import input_files, publishing, reading_accounts, selectors
from apps.workbench.execution import RUN_APP, RUN_IN_BACKGROUND
from apps.workbench.input_files import Files
from apps.workbench.models import App, AppRun, AppVersion, outside
from apps.workbench.problem_words import field_errors, line_sentence
from domain.workflows import checking, values, yaml_reading
from domain.workflows.checking import CheckedApp
from domain.workflows.problems import FileRefused
from domain.workflows.types import Collection as CollectionPort

State = AppVersion.State
Occasion = AppRun.Occasion
STARTED = {Occasion.USE: "app_run.started", Occasion.TRIAL: "app_run.tried"}
MAX_APPS = 200


@requires_permission("workbench.edit")
def create_app(actor: Actor, *, text: str) -> App:
    """A new app with its first draft, which may still have problems. Raises InvalidInput where not even its name can be
    read, and Conflict for a name that is taken.
    """
    name = name_in(text)
    with transaction.atomic():
        app = _new_app(actor, name)
        _new_version(actor, app, text, State.DRAFT)
        audit.record(actor, action="app.created", target=app, details={"app": name})
    return app


@requires_permission("workbench.publish")
def add_shipped_app(actor: Actor, *, app: str) -> App:
    """Takes over an app that comes with the platform, published at once. Raises NotFound and Conflict."""
    text = selectors.shipped_texts().get(app)
    if text is None:
        raise NotFound
    with transaction.atomic():
        row = _new_app(actor, app)
        # Measured by whoever ships it.
        _publish(actor, _new_version(actor, row, text, State.RETIRED), "app.published")
    return row


@requires_permission("workbench.edit")
@transaction.atomic
def save_draft(actor: Actor, app: App, *, text: str, seen: str) -> AppVersion:
    """`seen`: fingerprint of the text that the editor began with. Raises Conflict where it is another one by now, and
    InvalidInput for a file that says it is another app.
    """
    lock(app)
    if name_in(text) != app.name:
        reason = _("“app” must stay “%(name)s”: it is the address of the app.") % {"name": app.name}
        raise InvalidInput(fields={"text": [reason]})
    current = selectors.current_version(app)
    if current.fingerprint != seen:
        raise Conflict(_("Someone else changed the app. Copy your text, reload and add your changes again."))
    if current.text == text:
        return current
    if current.state == State.DRAFT and not current.runs.exists():
        current.text, current.saved_by, current.saved_at = text, actor.responsible_member, timezone.now()
        current.save(update_fields=["text", "saved_by", "saved_at"])
    else:
        _keep_tried(app)
        current = _new_version(actor, app, text, State.DRAFT)
    audit.record(actor, action="app.changed", target=app, details={"app": app.name})
    return current


@requires_permission("workbench.publish")
@transaction.atomic
def publish_app(actor: Actor, app: App) -> AppVersion:
    """The draft is used from now on. Raises Conflict where there is none, where less of its cases holds than its file
    promises, and where somebody else has to publish it; InvalidInput while it has problems; PermissionDenied where it reads
    with rights that the actor may not give.
    """
    lock(app)
    draft = _draft(app)
    checked = whole(draft)
    reading_accounts.require_publisher(actor, app)
    publishing.PUBLISHING.require(actor, draft)
    publishing.require_promise(draft, checked)
    return _publish(actor, draft, "app.published")


@requires_permission("workbench.edit")
@transaction.atomic
def discard_draft(actor: Actor, app: App, *, seen: str) -> None:
    """What is published is edited again. `seen`: fingerprint of the draft that the person looked at. Raises Conflict where
    it is another one by now, and where there is no draft or nothing else.
    """
    lock(app)
    draft = _draft(app)
    if draft.fingerprint != seen:
        raise Conflict(_("Someone else changed the draft. Look at it again before you discard it."))
    if not selectors.version_list(app).filter(state=State.PUBLISHED).exists():
        raise Conflict(_("Nothing is published yet. Delete the app if you do not need it."))
    if draft.runs.exists():
        _keep_tried(app)
    else:
        draft.delete()
    audit.record(actor, action="app.draft_discarded", target=app, details={"app": app.name})


@requires_permission("workbench.publish")
@transaction.atomic
def roll_back(actor: Actor, version: AppVersion) -> AppVersion:
    """The text of a retired version is used again, as a new one. Raises Conflict, InvalidInput, PermissionDenied."""
    lock(version.app)
    version.refresh_from_db()
    if version.state != State.RETIRED:
        raise Conflict(_("Only an earlier version can be used again."))
    reading_accounts.require_publisher(actor, version.app)
    whole(version)
    # What is drafted stays, and comes after it.
    again = _new_version(actor, version.app, version.text, State.RETIRED)
    again.passed, again.cases = version.passed, version.cases
    return _publish(actor, again, "app.rolled_back")


@requires_permission("workbench.publish")
@transaction.atomic
def delete_app(actor: Actor, app: App) -> None:
    """With its versions and runs. Raises Conflict while one is under way."""
    if AppRun.objects.within(app.organisation_id).filter(UNDER_WAY, app=app).exists():
        raise Conflict(_("The app is running. Delete it when its runs have ended."))
    audit.record(actor, action="app.deleted", target=app, details={"app": app.name})
    app.delete()


@requires_permission("workbench.use")
def start_run(
    actor: Actor,
    app: App | str,
    *,
    inputs: Mapping[str, Any],
    files: Files | None = None,
    is_awaited: bool = True,
) -> AppRun:
    """Queues a run of the published version; `is_awaited`: somebody looks on. `files` are read by its job. Raises NotFound,
    PermissionDenied, TooLarge, StorageQuotaExceeded, and InvalidInput per input.
    """
    version, checked = selectors.usable_app(actor, app)
    run = new_run(actor, version, Occasion.USE)
    return _start(actor, run, checked, inputs, files or {}, RUN_APP if is_awaited else RUN_IN_BACKGROUND)


@requires_permission("workbench.use")
def begin_run_inside(actor: Actor, app: str, job: Job, *, inputs: Mapping[str, Any], key: UUID) -> AppRun:
    """A run of the published version that is part of another job, which was admitted: `execution.run_inside` does its steps.
    `key`: its id. Raises NotFound, PermissionDenied, and InvalidInput per input.
    """
    version, checked = selectors.usable_app(actor, app)
    run = new_run(actor, version, Occasion.USE)
    run.pk = key
    with transaction.atomic(), holding_key(run.organisation_id):
        run.inputs, run.job = _given(actor, checked, inputs), job
        _save_new(actor, run)
    return run


@requires_permission("workbench.edit")
@transaction.atomic
def start_trial(actor: Actor, app: App, *, inputs: Mapping[str, Any], files: Files | None = None) -> AppRun:
    """Queues a run of the draft as it is now; a later change of it leaves what was tried. Raises Conflict where there is
    no draft, and InvalidInput per input and while the draft has problems.
    """
    lock(app)
    draft = _draft(app)
    return _start(actor, new_run(actor, draft, Occasion.TRIAL), whole(draft), inputs, files or {}, RUN_APP)


def new_run(actor: Actor, version: AppVersion, occasion: AppRun.Occasion) -> AppRun:
    """Not stored yet."""
    return AppRun(
        organisation=actor.organisation,
        app=version.app,
        version=version,
        member=actor.member,
        api_key=actor.api_key,
        occasion=occasion,
    )


def _start(
    actor: Actor, run: AppRun, checked: CheckedApp, inputs: Mapping[str, Any], files: Files, kind: JobType
) -> AppRun:
    files = {**input_files.of_documents(actor, checked, inputs), **files}
    given = _given(actor, checked, {**inputs, **input_files.placeholders(checked, files)})
    with transaction.atomic(), holding_key(run.organisation_id):
        run.inputs, run.job = given, jobs.create_row_job(actor, kind, run)
        _save_new(actor, run, files)
    return run


def _given(actor: Actor, checked: CheckedApp, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Raises InvalidInput per input, and what `_require_collections` raises."""
    try:
        given = values.checked(checked.inputs, inputs)
    except values.InvalidValues as refused:
        raise InvalidInput(fields=field_errors(refused)) from refused
    _require_collections(actor, checked, given)
    return given


def _save_new(actor: Actor, run: AppRun, files: Files = MappingProxyType({})) -> None:
    run.save(force_insert=True)
    input_files.store(run, files)
    details = {"app": run.app.name, "version": run.version.number}
    audit.record(actor, action=STARTED[AppRun.Occasion(run.occasion)], target=run, details=details)


@requires_permission("workbench.use")
@transaction.atomic
def accept_suggestions(actor: Actor, run: AppRun, *, output: str, accepted: list[int]) -> AppRun:
    """Keeps which changes of a text the person accepts, by their numbers; all others are not. Raises InvalidInput."""
    app = run.version.checked
    if app is None or output not in run.outputs or app.file.outputs[output].suggestions_for is None:
        raise InvalidInput(fields={"output": [_("This output suggests no changes.")]})
    run.accepted = {**(run.accepted or {}), output: sorted(set(accepted))}
    run.save(update_fields=["accepted"])
    details = {"app": run.app.name, "rows": len(run.accepted[output])}
    audit.record(actor, action="app_run.edited", target=run, details=details)
    return run


@requires_permission("workbench.use")
@transaction.atomic
def stop_run(actor: Actor, run: AppRun) -> AppRun:
    """Ends a run of the actor's own that is under way. Raises Conflict where nothing of it is."""
    if run.is_waiting:
        raise Conflict(_("The run waits for a decision. Decide, or delete it."))
    run.job = jobs.cancel_job(run.job, requested_by=actor)
    return run


@requires_permission("workbench.use")
@transaction.atomic
def delete_run(actor: Actor, run: AppRun) -> None:
    """With all that went in and came out. One that is under way is stopped."""
    if run.job and run.is_under_way:
        jobs.cancel_if_running(run.job)
    audit.record(actor, action="app_run.deleted", target=run, details={"app": run.app.name})
    run.delete()


def _require_collections(actor: Actor, app: CheckedApp, given: Mapping[str, Any]) -> None:
    for name, port in app.file.inputs.items():
        if isinstance(port, CollectionPort):
            actor.require("knowledge.view")
            readable_collections(actor).one(pk=given[name])


def name_in(text: str) -> str:
    """Raises InvalidInput."""
    try:
        document = yaml_reading.read(text)
        return checking.checked_name(document.value.get("app"), document.mark(("app",)))
    except FileRefused as refused:
        raise InvalidInput(fields={"text": [line_sentence(refused.problems[0])]}) from refused


def _new_app(actor: Actor, name: str) -> App:
    lock_until_commit(f"apps:{actor.organisation.pk}")
    own = App.objects.within(actor.organisation)
    if own.filter(name=name).exists():
        raise Conflict(_("There is an app called “%(name)s”. Give this one another name.") % {"name": name})
    if own.count() >= MAX_APPS:
        raise Conflict(_("An organisation can have at most %(count)d apps.") % {"count": MAX_APPS})
    return App.objects.create(organisation=actor.organisation, name=name)


def _new_version(actor: Actor, app: App, text: str, state: str) -> AppVersion:
    last = selectors.version_list(app).first()
    return AppVersion.objects.create(
        organisation=actor.organisation,
        app=app,
        number=last.number + 1 if last else 1,
        text=text,
        state=state,
        saved_by=actor.responsible_member,
    )


def _keep_tried(app: App) -> None:
    """What a run ran on stays as it was."""
    selectors.version_list(app).filter(state=State.DRAFT).update(state=State.TRIED)


def _draft(app: App) -> AppVersion:
    """Raises Conflict."""
    draft = selectors.current_version(app)
    if draft.state != State.DRAFT:
        raise Conflict(_("There is no draft. Change the file first."))
    return draft


def whole(version: AppVersion) -> CheckedApp:
    """The text of a version without problems. Raises InvalidInput with the first of them."""
    if problems := version.problems:
        raise InvalidInput(fields={"text": [line_sentence(problems[0])]})
    return checking.load(version.text, outside(version.organisation_id))


def _publish(actor: Actor, version: AppVersion, action: str) -> AppVersion:
    """Inside the caller's transaction, which holds the app."""
    AppVersion.objects.within(actor.organisation).filter(app=version.app, state=State.PUBLISHED).update(
        state=State.RETIRED
    )
    version.state, version.roles = State.PUBLISHED, list(whole(version).file.use.roles)
    version.save(update_fields=["state", "roles", "passed", "cases"])
    details = {"app": version.app.name, "version": version.number}
    audit.record(actor, action=action, target=version.app, details=details)
    return version


def lock(app: App) -> None:
    """One writer for the versions of an app until its transaction ends."""
    lock_until_commit(f"app:{app.pk}")
