"""Apps with their versions, and the runs of whoever asks."""

import logging
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Prefetch, Q, Sum
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor, own_rows
from apps.accounts.models import Membership, Organisation
from apps.core.errors import NotFound, PermissionDenied
from apps.core.models import OrganisationQuerySet, WrittenQuery
from apps.inference.models import InferenceCall
from apps.jobs.models import Job
from apps.knowledge.models import Collection
from apps.knowledge.rights import readable_collections, readable_documents
from apps.workbench.models import App, AppEvaluation, AppRun, AppVersion, RunFile, StepRun, outside
from domain.workflows import checking
from domain.workflows.checking import CheckedApp
from domain.workflows.problems import FileRefused

logger = logging.getLogger(__name__)
BROKEN = _("This app does not work any more: what it needs is gone or changed. Open it to see why.")
# In the order of their names, too.
CURRENT = (AppVersion.State.DRAFT, AppVersion.State.PUBLISHED)
# What comes with the platform, for an organisation to take over as its own.
APP_FILES = Path(__file__).parent / "app_files"
# Written down: what each request to run an app asks, and each worker before the first step.
NAMED_VERSION = WrittenQuery(
    """
    SELECT {columns} FROM workbench_appversion version JOIN workbench_app app ON app.id = version.app_id
    WHERE app.organisation_id = %(organisation)s AND app.name = %(name)s AND version.state = 'published'
        AND (%(sees_all)s OR cardinality(version.roles) = 0 OR %(role)s = ANY (version.roles))
    """,
    version=AppVersion,
    app=App,
)
RUN_WITH_APP = WrittenQuery(
    """
    SELECT {columns} FROM workbench_apprun run
    JOIN workbench_app app ON app.id = run.app_id JOIN workbench_appversion version ON version.id = run.version_id
    WHERE run.id = %(id)s AND run.organisation_id = %(organisation)s
    """,
    run=AppRun,
    app=App,
    version=AppVersion,
)
STEPS_OF_RUN = WrittenQuery(
    "SELECT {columns} FROM workbench_steprun step WHERE step.run_id = %(run)s", step=StepRun
)


def shipped_texts() -> dict[str, str]:
    """By name, of the platform, of packages beside it, and of the installation's own folder: a later one takes the place
    of an earlier one.
    """
    folders = (APP_FILES, *_installed_folders(), settings.STATE_DIR / "apps")
    return {
        path.stem: path.read_text(encoding="utf-8")
        for folder in folders
        for path in sorted(folder.glob("*.yaml"))
    }


@cache
def _installed_folders() -> tuple[Path, ...]:
    """An entry point of the group names a folder of app files."""
    return tuple(Path(entry.load()) for entry in entry_points(group="kongming.apps"))


def shipped_apps(organisation: Organisation) -> list[CheckedApp]:
    """Those that the organisation has not taken over, and that work here."""
    own = set(App.objects.within(organisation).values_list("name", flat=True))
    found: list[CheckedApp] = []
    for name, text in shipped_texts().items():
        try:
            app = checking.load(text, outside(organisation.pk))
        except FileRefused as refused:
            logger.warning("the app file %s.yaml is not offered: %s", name, refused)
        else:
            found += [app] if app.file.app == name and name not in own else []
    return found


def app_list(organisation: Organisation) -> OrganisationQuerySet[App]:
    apps = App.objects.within(organisation).select_related("reading_account__user")
    return apps.prefetch_related(_current_versions("versions")).order_by("name")


def _current_versions(of: str) -> Prefetch[str]:
    """What an app is called and says of itself now."""
    return Prefetch(of, AppVersion.objects.filter(state__in=CURRENT))


def visible_apps(actor: Actor) -> OrganisationQuerySet[App]:
    """What is published for the actor's role, by the file that was published; all of them, drafts too, for whoever edits."""
    apps = app_list(actor.organisation)
    if actor.may("workbench.edit"):
        return apps
    published = AppVersion.objects.within(actor.organisation).filter(state=AppVersion.State.PUBLISHED)
    member = actor.responsible_member
    named = Q(roles=[]) | (Q(roles__contains=[member.role]) if member else Q(pk=None))
    return apps.filter(pk__in=published.filter(named).values("app"))


def require_use(actor: Actor, app: CheckedApp) -> None:
    """Raises PermissionDenied for whoever the file does not name."""
    member, roles = actor.responsible_member, app.file.use.roles
    actor.require("workbench.use")
    if roles and (member is None or member.role not in roles):
        raise PermissionDenied


def require_run(actor: Actor, run: AppRun, app: CheckedApp) -> None:
    """What a run may ask whoever started it: to use what is published, or to edit what is tried. Raises PermissionDenied."""
    if run.occasion == AppRun.Occasion.USE:
        require_use(actor, app)
    else:
        actor.require("workbench.edit")


def usable_app(actor: Actor, app: App | str) -> tuple[AppVersion, CheckedApp]:
    """What is run of an app, or of the one of this name. Raises NotFound where nothing is published, or seen by the actor,
    and PermissionDenied.
    """
    version = _named_version(actor, app) if isinstance(app, str) else app.published
    if version is None:
        raise NotFound
    checked = version.checked
    if checked is None:
        raise NotFound(BROKEN)
    require_use(actor, checked)
    return version, checked


def _named_version(actor: Actor, name: str) -> AppVersion | None:
    """In one statement."""
    member = actor.responsible_member
    parameters = {
        "organisation": actor.organisation.pk,
        "name": name,
        "sees_all": actor.may("workbench.edit"),
        "role": member.role if member else "",
    }
    rows = NAMED_VERSION.first(parameters)
    if rows is None:
        return None
    version: AppVersion = rows[0]
    version.app = rows[1]
    return version


def run_of_job(job: Job, app_run_id: UUID) -> AppRun | None:
    """A run with its app and its version, for the worker that does it; None where it was deleted."""
    rows = RUN_WITH_APP.first({"id": app_run_id, "organisation": job.organisation_id})
    if rows is None:
        return None
    run: AppRun = rows[0]
    run.app, run.version, run.organisation = *rows[1:], job.organisation
    return run


def stored_steps(run: AppRun) -> dict[str, StepRun]:
    """What is stored of a run's steps, by place."""
    return {row[0].place: row[0] for row in STEPS_OF_RUN.rows({"run": run.pk})}


def version_list(app: App) -> OrganisationQuerySet[AppVersion]:
    return (
        AppVersion.objects.within(app.organisation_id)
        .filter(app=app)
        .select_related("saved_by__user")
        .order_by("-number")
    )


def current_version(app: App) -> AppVersion:
    """The draft, else what is published: what an editor goes on with. Raises NotFound."""
    versions = version_list(app).filter(state__in=CURRENT).select_related("app", "organisation")
    version = versions.order_by("state").first()
    if version is None:
        raise NotFound
    return version


def versions_within(organisation: Organisation) -> OrganisationQuerySet[AppVersion]:
    return AppVersion.objects.within(organisation).select_related("app")


def evaluation_list(organisation: Organisation) -> OrganisationQuerySet[AppEvaluation]:
    """Newest first, each with how many of its cases `passed`, `ended`, and are `active`. A case that failed to run has
    ended, too; one that was stopped or deleted leaves the evaluation without a measure.
    """
    is_ended = Q(runs__is_passed__isnull=False) | Q(runs__job__state=Job.State.FAILED)
    rows = AppEvaluation.objects.within(organisation).select_related("version__app", "member__user")
    return rows.annotate(  # type: ignore[no-redef]
        passed=Count("runs", filter=Q(runs__is_passed=True)),
        ended=Count("runs", filter=is_ended),
        active=Count("runs", filter=Q(runs__job__isnull=False, runs__job__finished_at=None)),
    ).order_by("-id")


def evaluations_of(app: App) -> OrganisationQuerySet[AppEvaluation]:
    versions = _current_versions("version__app__versions")
    return evaluation_list(app.organisation).filter(version__app=app).prefetch_related(versions)


def latest_evaluation(version: AppVersion) -> AppEvaluation | None:
    """Of exactly this text, whichever version had it."""
    return (
        evaluation_list(version.organisation)
        .filter(version__app=version.app_id, version__text=version.text)
        .first()
    )


def case_runs(evaluation: AppEvaluation) -> OrganisationQuerySet[AppRun]:
    runs = AppRun.objects.within(evaluation.organisation_id).filter(evaluation=evaluation)
    return runs.select_related("job").order_by("is_passed", "case")


def run_list(actor: Actor) -> OrganisationQuerySet[AppRun]:
    """What the actor used apps for; trials and evaluations stand beside their drafts. A list needs neither pictures that
    went in nor texts that came out.
    """
    return own_runs(actor).filter(occasion=AppRun.Occasion.USE).defer("inputs", "outputs")


def own_runs(actor: Actor) -> OrganisationQuerySet[AppRun]:
    """On every occasion. What people put into an app is theirs, also before whoever made the app."""
    runs = AppRun.objects.within(actor.organisation).filter(own_rows(actor))
    versions = _current_versions("app__versions")
    return runs.select_related("job", "app", "version").prefetch_related(versions).order_by("-id")


def stored_bytes(organisation_id: UUID) -> int:
    """How many bytes the files take that no run has read yet."""
    return RunFile.objects.within(organisation_id).aggregate(sum=Sum("size"))["sum"] or 0


def own_run(actor: Actor, app_run_id: object) -> AppRun:
    return own_runs(actor).one(pk=app_run_id)


def step_list(run: AppRun) -> OrganisationQuerySet[StepRun]:
    return (
        StepRun.objects.within(run.organisation_id)
        .filter(run=run)
        .select_related("decided_by__user")
        .order_by("id")
    )


def read_documents(run: AppRun) -> frozenset[str]:
    """Ids of the documents whose passages its steps found."""
    steps = step_list(run).filter(kind="retrieve")
    found = (passage for step in steps for passage in step.result.get("passages", ()))
    return frozenset(passage["document"] for passage in found if "document" in passage)


def model_calls(run: AppRun) -> OrganisationQuerySet[InferenceCall]:
    """The latest hundred of the run's jobs: it has a new one after each decision of a person."""
    jobs = (
        Job.objects.within(run.organisation_id)
        .filter(subject=f"app_run:{run.pk}")
        .values_list("pk", flat=True)
    )
    calls = InferenceCall.objects.filter(organisation=run.organisation_id, job__in={*jobs, run.job_id})
    return calls.exclude(job=None).order_by("-id")[:100]


def waiting_steps(actor: Actor) -> OrganisationQuerySet[StepRun]:
    """What the actor is asked to decide, oldest first: of all runs that name their role, and of their own."""
    waiting = StepRun.objects.within(actor.organisation).filter(state=StepRun.State.WAITING)
    versions = _current_versions("run__app__versions")
    asked = waiting.filter(_asks(actor)).select_related("run__app").prefetch_related(versions)
    return asked.order_by("began_at")


def asked_step(actor: Actor, step_run_id: object) -> StepRun:
    """One that waits or that somebody has decided. Raises NotFound, and PermissionDenied for who is not asked (any more)."""
    steps = StepRun.objects.within(actor.organisation).select_related("run__app", "decided_by__user")
    step = steps.filter(Q(state=StepRun.State.WAITING) | ~Q(decided_at=None)).one(pk=step_run_id)
    require_asked(actor, step)
    return step


def require_asked(actor: Actor, step: StepRun) -> None:
    if not StepRun.objects.within(actor.organisation).filter(_asks(actor), pk=step.pk).exists():
        raise PermissionDenied(_("You are not, or no longer, among those who may decide this."))


def _asks(actor: Actor) -> Q:
    of_role = Q(asked_roles__contains=[actor.member.role]) if actor.member else Q(pk=None)
    return of_role | own_rows(actor, "run__") & Q(asked_roles=[])


@dataclass(frozen=True)
class Opening:
    """Collections that an account reads, as far as whoever looks may, too; `has_more`: it reads what they may not."""

    collections: list[Collection]
    has_more: bool


def opening(actor: Actor, account: Membership) -> Opening:
    own, opened = set(readable_collections(actor)), opened_collections(account)
    shown = [each for each in opened if each in own]
    # Single documents may be open to fewer than their collection is.
    beyond = readable_documents(Actor.from_member(account)).exclude(pk__in=readable_documents(actor))
    return Opening(shown, len(shown) < len(opened) or (bool(opened) and beyond.exists()))


def opened_collections(account: Membership) -> list[Collection]:
    """What the account reads today; nothing once the member has left."""
    is_here = account.is_active and account.user.is_active
    return list(readable_collections(Actor.from_member(account)).order_by("name")) if is_here else []
