import hashlib
from datetime import timedelta
from functools import partial
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import ApiKey, Membership
from apps.accounts.permissions import ROLE_LABELS
from apps.core.models import OrganisationOwned, OrganisationQuerySet
from apps.jobs import tools
from apps.jobs.backed_by_job import BackedByJob
from apps.jobs.models import Job, Schedule
from apps.vault.fields import SealedBytesField, SealedJSONField, SealedTextField
from apps.workbench.query_checks import query_problems
from domain.workflows import checking
from domain.workflows.checking import AppRefused, CheckedApp
from domain.workflows.problems import FileRefused, Problem
from domain.workflows.signatures import MAX_LEVELS, Outside, Signature
from domain.workflows.types import Record, Words


class App(OrganisationOwned):
    """A program that an organisation made, or took over from the platform. All of it stands in its versions.

    `reading_account`: the member with whose rights what is published reads documents; without, it is whoever runs it.
    """

    name = models.CharField(_("name"), max_length=40)
    reading_account = models.ForeignKey(Membership, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["App"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="app_name_once")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("workbench:app", args=[self.pk])

    @property
    def published(self) -> "AppVersion | None":
        return self._version(AppVersion.State.PUBLISHED)

    @property
    def draft(self) -> "AppVersion | None":
        return self._version(AppVersion.State.DRAFT)

    @property
    def title(self) -> str:
        """In the reader's language; the bare name while no version can be read."""
        version = self.published or self.draft
        app = version.checked if version else None
        return app.file.title.in_language(get_language() or "en") or self.name if app else self.name

    @property
    def description(self) -> str:
        app = self.published.checked if self.published else None
        return app.file.description.in_language(get_language() or "en") if app else ""

    @property
    def draft_text(self) -> str:
        """For a list: that there is something to publish."""
        return gettext("draft") if self.draft else ""

    def _version(self, state: str) -> "AppVersion | None":
        """Of those that a selector fetched along, as lists show many apps."""
        return next((version for version in self.versions.all() if version.state == state), None)


class AppVersion(OrganisationOwned):
    """The text of an app, as it was drafted, published or retired. A draft that was run is kept as `tried` when it is
    changed: what a run did is read by its text.

    `roles`: whom the published file names, for lists. `passed`, `cases`: what was measured of it before it was published.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        TRIED = "tried", pgettext_lazy("state of an earlier draft", "tried")
        PUBLISHED = "published", _("published")
        RETIRED = "retired", _("retired")

    app = models.ForeignKey(App, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    text = models.TextField()
    state = models.CharField(max_length=9, choices=State, default=State.DRAFT)
    saved_by = models.ForeignKey(Membership, on_delete=models.SET_NULL, null=True, related_name="+")
    saved_at = models.DateTimeField(default=timezone.now, editable=False)
    roles = ArrayField(models.CharField(max_length=40), default=list)
    passed = models.PositiveSmallIntegerField(null=True)
    cases = models.PositiveSmallIntegerField(null=True)

    objects = OrganisationQuerySet["AppVersion"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["app", "number"], name="app_version_number"),
            models.UniqueConstraint(fields=["app"], condition=Q(state="draft"), name="app_draft_once"),
            models.UniqueConstraint(
                fields=["app"], condition=Q(state="published"), name="app_published_once"
            ),
        ]

    def __str__(self) -> str:
        return gettext("Version %(number)s") % {"number": self.number}

    @property
    def fingerprint(self) -> str:
        """Tells whether somebody else saved another text since."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:16]

    @property
    def checked(self) -> CheckedApp | None:
        """What the text says; None while there are problems."""
        return self.checked_at(1)

    def checked_at(self, level: int) -> CheckedApp | None:
        """Of an app that runs inside others, so many levels deep."""
        try:
            return checking.load(self.text, outside(self.organisation_id, level))
        except FileRefused:
            return None

    @property
    def problems(self) -> list[Problem]:
        """Of the text itself, and of its roles and queries, which only this side knows."""
        found: CheckedApp | AppRefused
        try:
            found, problems = checking.load(self.text, outside(self.organisation_id)), []
        except AppRefused as refused:
            found, problems = refused, refused.problems
        known = ", ".join(ROLE_LABELS)
        unknown = [
            Problem("unknown_role", mark, {"name": role, "known": known})
            for role, mark in found.roles
            if role not in ROLE_LABELS
        ]
        return [*problems, *unknown, *query_problems(found.queries)]


class AppEvaluation(OrganisationOwned):
    """All cases of a version's file, each a run of its own."""

    version = models.ForeignKey(AppVersion, on_delete=models.CASCADE, related_name="evaluations")
    member = models.ForeignKey(Membership, on_delete=models.SET_NULL, null=True, related_name="+")
    cases = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    # Counted by `selectors.evaluation_list`.
    passed: int
    ended: int
    active: int

    objects = OrganisationQuerySet["AppEvaluation"].as_manager()

    def __str__(self) -> str:
        return gettext("Evaluation of %(app)s") % {"app": self.version.app}

    def get_absolute_url(self) -> str:
        return reverse("workbench:app_evaluation", args=[self.pk])


class AppRun(BackedByJob, OrganisationOwned):
    """An app used once, by its version. What went in and what came out lies sealed.

    `case`: of an evaluation, the number of the file's case; `is_passed`: whether all came out that it expects.
    """

    class Occasion(models.TextChoices):
        USE = "use", pgettext_lazy("why an app was run", "use")
        TRIAL = "trial", _("trial of a draft")
        EVALUATION = "evaluation", _("case of an evaluation")

    WAITING = "waiting"
    STATES = ((WAITING, pgettext_lazy("run of an app", "waiting for a person")), *Job.State.choices)

    app = models.ForeignKey(App, on_delete=models.CASCADE, related_name="runs")
    version = models.ForeignKey(AppVersion, on_delete=models.CASCADE, related_name="runs")
    member = models.ForeignKey(Membership, on_delete=models.SET_NULL, null=True, related_name="+")
    api_key = models.ForeignKey(ApiKey, on_delete=models.SET_NULL, null=True, related_name="+")
    inputs = SealedJSONField(default=dict)
    outputs = SealedJSONField(default=dict)
    # Cells of an uploaded table that do not fit: row, column, and the problem's code and names.
    input_problems = SealedJSONField(null=True)
    # Of outputs that suggest changes of a text, the numbers of those that a person accepted.
    accepted = SealedJSONField(null=True)
    # Of the file's checks, the numbers of those that did not hold; of apps inside it, their title and the check's words.
    failed_checks = SealedJSONField(default=list)
    # Its last job ended at a step that a person decides; the next one goes on there.
    is_waiting = models.BooleanField(default=False)
    occasion = models.CharField(max_length=10, choices=Occasion, default=Occasion.USE)
    evaluation = models.ForeignKey(AppEvaluation, on_delete=models.CASCADE, null=True, related_name="runs")
    case = models.PositiveSmallIntegerField(null=True)
    is_passed = models.BooleanField(null=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["AppRun"].as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "-id"], name="app_run_list"),
            models.Index(fields=["app", "-id"], name="app_run_of_app"),
            models.Index(fields=["created_at"], name="app_run_age"),
        ]
        constraints = [models.UniqueConstraint(fields=["evaluation", "case"], name="app_run_case_once")]

    def __str__(self) -> str:
        return self.app.title

    def get_absolute_url(self) -> str:
        return reverse("workbench:app_run", args=[self.pk])

    @property
    def acts(self) -> bool:
        """A trial or a case of an evaluation does nothing in the world, and asks nobody."""
        return self.occasion == self.Occasion.USE

    @property
    def state(self) -> str | None:
        """One of STATES: of its job, unless a person is waited for. None once the job is deleted."""
        return self.WAITING if self.is_waiting else self.job.state if self.job else None

    @property
    def state_label(self) -> str:
        return str(dict(self.STATES).get(self.state or "", ""))


class RunFile(OrganisationOwned):
    """A file for an input of a run, until the run's job has read it."""

    run = models.ForeignKey(AppRun, on_delete=models.CASCADE, related_name="files")
    input = models.CharField(max_length=40)
    file_name = SealedTextField(max_length=200)
    content = SealedBytesField(default=bytes)
    size = models.PositiveBigIntegerField(default=0)

    objects = OrganisationQuerySet["RunFile"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "input"], name="run_file_once")]

    def __str__(self) -> str:
        return str(self.file_name)


class StepRun(OrganisationOwned):
    """A step of a run that is done, with its result; stored before the next one begins.

    `place`: of the step in the flow, such as `read/3/found`. No run has two rows of one place, so what is stored is done
    once, whichever attempt did it. `begun`: stored before the step acts on the world. `waiting`: a person decides, one of
    `asked_roles`, or whoever started the run where there are none; `result` holds what they are asked. `failed`: `result`
    holds why, in words that may quote what went through the app; a later attempt does it again.
    """

    class State(models.TextChoices):
        BEGUN = "begun", _("begun")
        WAITING = "waiting", pgettext_lazy("step of an app", "waiting")
        DONE = "done", _("done")
        SKIPPED = "skipped", _("skipped")
        FAILED = "failed", _("failed")

    run = models.ForeignKey(AppRun, on_delete=models.CASCADE, related_name="steps")
    place = models.CharField(max_length=400)
    kind = models.CharField(max_length=10)
    state = models.CharField(max_length=7, choices=State, default=State.BEGUN)
    result = SealedJSONField(default=dict)
    began_at = models.DateTimeField(default=timezone.now, editable=False)
    ended_at = models.DateTimeField(null=True)
    asked_roles = ArrayField(models.CharField(max_length=40), default=list)
    decided_by = models.ForeignKey(Membership, on_delete=models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    objects = OrganisationQuerySet["StepRun"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "place"], name="step_run_place")]
        indexes = [
            models.Index(fields=["organisation"], name="step_run_waiting", condition=Q(state="waiting"))
        ]

    def __str__(self) -> str:
        return self.place

    def get_absolute_url(self) -> str:
        return reverse("workbench:waiting_step", args=[self.pk])

    @property
    def is_question(self) -> bool:
        """Of the app; else a person says whether what may have been done is done again."""
        return self.kind == "wait"

    @property
    def asked_role_labels(self) -> str:
        return ", ".join(str(ROLE_LABELS.get(role, role)) for role in self.asked_roles)

    @property
    def asks(self) -> str:
        """In the reader's language."""
        if "to" in self.result and self.kind == "send":
            words = gettext(
                "The mail “%(subject)s” to %(to)s was interrupted while it was sent. It may have arrived already."
            )
            return str(words % self.result)
        if not self.is_question:
            return gettext("This step was interrupted while it acted. It may have been done already.")
        return Words(**self.result["message"]).in_language(get_language() or "en")

    @property
    def failure(self) -> str:
        """What whoever edits the app has to know; of SQL that cannot be run in DuckDB's words."""
        reason = str(self.result.get("reason", "")) if self.state == self.State.FAILED else ""
        if reason and self.result["code"] == "other_columns":
            return gettext("The query gives the columns: %(names)s") % {"names": reason}
        return reason

    @property
    def duration(self) -> timedelta | None:
        return self.ended_at - self.began_at if self.ended_at else None


class AppSchedule(OrganisationOwned):
    """What a schedule puts into an app, each time."""

    schedule = models.OneToOneField(Schedule, on_delete=models.CASCADE, related_name="+")
    app = models.ForeignKey(App, on_delete=models.CASCADE, related_name="+")
    inputs = SealedJSONField(default=dict)

    objects = OrganisationQuerySet["AppSchedule"].as_manager()

    def __str__(self) -> str:
        return self.app.title


class WorkbenchSettings(OrganisationOwned):
    """How an organisation publishes its apps."""

    needs_second_person = models.BooleanField(
        _("apps are published by someone else than who changed them last"),
        default=False,
        help_text=_("As long as another member may publish apps."),
    )

    objects = OrganisationQuerySet["WorkbenchSettings"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation"], name="workbench_settings_once")]

    def __str__(self) -> str:
        return str(self.organisation)


def outside(organisation_id: UUID, level: int = 1) -> Outside:
    """What an app of the organisation may call; `level`: how deep it runs inside others itself."""
    return partial(_signature, organisation_id, level)


def _signature(organisation_id: UUID, level: int, kind: str, name: str) -> Signature | None:
    if kind == "call":
        tool = tools.find_tool(organisation_id, name)
        return Signature(takes=Record(fields=dict(tool.parameters)), gives=tool.result) if tool else None
    if level > MAX_LEVELS:
        # Two that were published at the same moment may run each other: what is deeper than it may be is not looked at.
        return Signature(takes=Record(fields={}), gives=Record(fields={}), levels=MAX_LEVELS)
    named = AppVersion.objects.within(organisation_id).filter(app__name=name)
    version = named.filter(state=AppVersion.State.PUBLISHED).first()
    checked = version.checked_at(level + 1) if version else None
    return checked.signature if checked else None
