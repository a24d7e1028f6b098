import hashlib
from datetime import timedelta

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
from apps.jobs.backed_by_job import BackedByJob
from apps.jobs.models import Schedule
from apps.vault.fields import SealedJSONField
from domain.workflows import checking
from domain.workflows.checking import CheckedApp
from domain.workflows.problems import FileRefused, Mark, Problem


class App(OrganisationOwned):
    """A program that an organisation made, or took over from the platform. All of it stands in its versions."""

    name = models.CharField(_("name"), max_length=40)
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
        try:
            return checking.load(self.text)
        except FileRefused:
            return None

    @property
    def problems(self) -> list[Problem]:
        """Of the text itself, and of the roles that it names, which only this side knows."""
        try:
            checked = checking.load(self.text)
        except FileRefused as refused:
            return refused.problems
        unknown = [role for role in checked.file.use.roles if role not in ROLE_LABELS]
        lines = [number for number, line in enumerate(self.text.split("\n"), 1) if line.startswith("use:")]
        known = ", ".join(ROLE_LABELS)
        return [
            Problem("unknown_role", Mark(max(lines, default=1)), {"name": role, "known": known})
            for role in unknown
        ]


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

    app = models.ForeignKey(App, on_delete=models.CASCADE, related_name="runs")
    version = models.ForeignKey(AppVersion, on_delete=models.CASCADE, related_name="runs")
    member = models.ForeignKey(Membership, on_delete=models.SET_NULL, null=True, related_name="+")
    api_key = models.ForeignKey(ApiKey, on_delete=models.SET_NULL, null=True, related_name="+")
    inputs = SealedJSONField(default=dict)
    outputs = SealedJSONField(default=dict)
    # Of the file's checks, the numbers of those that did not hold.
    failed_checks = SealedJSONField(default=list)
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


class StepRun(OrganisationOwned):
    """A step of a run that is done, with its result; stored before the next one begins.

    `place`: of the step in the flow, such as `read/3/found`. No run has two rows of one place, so what is stored is done
    once, whichever attempt did it. `begun` is for steps that act on the world: stored before they act.
    """

    class State(models.TextChoices):
        BEGUN = "begun", _("begun")
        DONE = "done", _("done")
        SKIPPED = "skipped", _("skipped")

    run = models.ForeignKey(AppRun, on_delete=models.CASCADE, related_name="steps")
    place = models.CharField(max_length=100)
    kind = models.CharField(max_length=10)
    state = models.CharField(max_length=7, choices=State)
    result = SealedJSONField(default=dict)
    began_at = models.DateTimeField(default=timezone.now, editable=False)
    ended_at = models.DateTimeField(null=True)

    objects = OrganisationQuerySet["StepRun"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "place"], name="step_run_place")]

    def __str__(self) -> str:
        return self.place

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
