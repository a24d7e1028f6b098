import hmac

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Membership
from apps.core.models import OrganisationOwned, OrganisationQuerySet
from apps.jobs.backed_by_job import BackedByJob
from apps.marketing.briefs.models import Brief
from apps.marketing.channels.names import channel_name
from apps.marketing.copywriting.models import CopyVariant
from apps.marketing.profiles.models import MAX_EXTERNAL_ID_CHARACTERS, Person
from apps.marketing.segments.models import Segment


class Experiment(OrganisationOwned):
    """Arms that are shown to people and compared. An arm is a text in a channel, or the control that is shown nothing.

    `shares`: segment's id, or "" for whoever is in none → the share of each arm by its id: the propensities that are
    stored with each exposure. `live_policy`: segment's id or "" → the arm that nearly everybody in it gets, whatever is
    counted; empty, the split decides. `links`: the brief's, as they were when it started; a short one names its place.
    `min_exposures`: of each arm, before anything is said to win. `is_simulated`: its people are made up.
    """

    class Metric(models.TextChoices):
        CLICK = "click", _("clicks")
        CONVERSION = "conversion", _("conversions")

    class Allocation(models.TextChoices):
        THOMPSON = "thompson", _("learns while it runs (Thompson sampling)")
        FIXED = "fixed", _("fixed split")

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        RUNNING = "running", _("running")
        STOPPED = "stopped", _("stopped")

    name = models.CharField(_("name"), max_length=120)
    brief = models.ForeignKey(Brief, on_delete=models.PROTECT, null=True, related_name="experiments")
    metric = models.CharField(_("success metric"), max_length=12, choices=Metric, default=Metric.CLICK)
    allocation = models.CharField(_("split"), max_length=12, choices=Allocation, default=Allocation.THOMPSON)
    segments = models.ManyToManyField(
        Segment, related_name="experiments", blank=True, verbose_name=_("segments")
    )
    min_exposures = models.PositiveIntegerField(_("minimum people per arm"), default=500)
    max_unsubscribe_increase = models.FloatField(_("maximum increase in unsubscribes"), default=0.2)
    stops_itself = models.BooleanField(_("stop once there is a winner"), default=False)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.DRAFT)
    shares = models.JSONField(default=dict)
    live_policy = models.JSONField(default=dict)
    links = ArrayField(models.CharField(max_length=500), default=list)
    winner = models.ForeignKey(
        "marketing.ExperimentArm", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    # Why it stopped, for people; the figures are counted anew whenever somebody looks.
    stop_reason = models.CharField(max_length=300, blank=True)
    is_simulated = models.BooleanField(default=False)
    # When the shares were last computed, and of how many people the stop rule last thought.
    judged_at = models.DateTimeField(null=True)
    judged_exposures = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    member = models.ForeignKey(Membership, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["Experiment"].as_manager()

    class Meta:
        indexes = [models.Index(fields=["organisation", "-id"], name="experiment_list")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("marketing:experiment", args=[self.pk])


class ExperimentArm(OrganisationOwned):
    """A text in a channel; without a channel it is the control. `texts`: as approved when the experiment started."""

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="arms")
    variant = models.ForeignKey(CopyVariant, on_delete=models.PROTECT, null=True, related_name="arms")
    channel = models.CharField(max_length=40, blank=True)
    label = models.CharField(max_length=120)
    texts = models.JSONField(default=dict)
    planned_share = models.FloatField(default=0)
    position = models.PositiveSmallIntegerField(default=0)

    objects = OrganisationQuerySet["ExperimentArm"].as_manager()

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["experiment", "position"], name="experiment_arm_once")]

    def __str__(self) -> str:
        return self.label

    @property
    def is_control(self) -> bool:
        return not self.channel

    @property
    def channel_name(self) -> str:
        return channel_name(self.channel) if self.channel else str(_("no message"))


class Exposure(OrganisationOwned):
    """That an arm was chosen for somebody, with the probability of that choice. One row is one line of the decision log.

    `subject`: the organisation's own number of the person, also of one who was never imported. `request_key` tells
    several choices for one person apart; empty, the first one stands. `delivered_at`: when a campaign sent it, or
    another system took it to send; `failure` is of a campaign. Its id stands in links and pixels; what is learnt of it
    later is written into it once. `is_compared` is false of one who got the winner after the experiment had ended: what
    they do says nothing of the arms against each other.
    """

    # Each index more is written a thousand times a request; those of Meta begin with these two.
    experiment = models.ForeignKey(
        Experiment, on_delete=models.CASCADE, related_name="exposures", db_index=False
    )
    arm = models.ForeignKey(ExperimentArm, on_delete=models.CASCADE, related_name="exposures")
    subject = models.CharField(max_length=MAX_EXTERNAL_ID_CHARACTERS)
    request_key = models.CharField(max_length=80, blank=True)
    person = models.ForeignKey(
        Person, on_delete=models.SET_NULL, null=True, related_name="exposures", db_index=False
    )
    segment = models.ForeignKey(Segment, on_delete=models.SET_NULL, null=True, related_name="+")
    propensity = models.FloatField()
    is_compared = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)
    delivered_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=60, blank=True)
    opened_at = models.DateTimeField(null=True)
    clicked_at = models.DateTimeField(null=True)
    converted_at = models.DateTimeField(null=True)
    unsubscribed_at = models.DateTimeField(null=True)
    revenue = models.FloatField(default=0)
    # Conversions with a value, of which only so many count.
    orders = models.PositiveIntegerField(default=0, db_default=0)

    objects = OrganisationQuerySet["Exposure"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["experiment", "subject", "request_key"], name="exposure_once")
        ]
        indexes = [
            models.Index(fields=["person", "created_at"], name="exposure_of_person"),
            models.Index(fields=["experiment", "id"], name="exposure_list"),
            models.Index(
                fields=["experiment", "id"],
                name="exposure_undelivered",
                condition=Q(delivered_at=None, failure=""),
            ),
            models.Index(fields=["experiment"], name="exposure_after_end", condition=Q(is_compared=False)),
            # Of people who were not stored here when they left: they are remembered when they are.
            models.Index(
                fields=["organisation", "subject"],
                name="exposure_of_stranger_who_left",
                condition=Q(person=None, unsubscribed_at__isnull=False),
            ),
        ]


class ArmCount(OrganisationOwned):
    """Exposures of an arm in a segment (or in none) by their day, and what came of them, whenever it came.

    Days are those of the clocks of `TIME_ZONE`, as in all reports.

    `expected`: how many exposures the shares of that time promised the arm; the sample ratio is checked against it.
    Opens, clicks, conversions and unsubscribes are people, each counted once; revenue is all of it.
    """

    arm = models.ForeignKey(ExperimentArm, on_delete=models.CASCADE, related_name="counts")
    # What was counted of a segment stays as long as its experiment.
    segment = models.ForeignKey(Segment, on_delete=models.RESTRICT, null=True, related_name="+")
    day = models.DateField()
    exposures = models.PositiveIntegerField(default=0)
    expected = models.FloatField(default=0)
    opens = models.PositiveIntegerField(default=0)
    clicks = models.PositiveIntegerField(default=0)
    conversions = models.PositiveIntegerField(default=0)
    unsubscribes = models.PositiveIntegerField(default=0)
    revenue = models.FloatField(default=0)
    revenue_squares = models.FloatField(default=0)

    objects = OrganisationQuerySet["ArmCount"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["arm", "segment", "day"], name="arm_count_once", nulls_distinct=False
            )
        ]


class MarketingEvent(OrganisationOwned):
    """What somebody did after an exposure. `event_key`: the sender's own number; the same one twice is one event."""

    class EventType(models.TextChoices):
        OPEN = "open", _("opened")
        CLICK = "click", _("clicked")
        CONVERSION = "conversion", _("bought")
        UNSUBSCRIBE = "unsubscribe", _("unsubscribed")

    event_key = models.CharField(max_length=120)
    type = models.CharField(max_length=12, choices=EventType)
    exposure = models.ForeignKey(Exposure, on_delete=models.CASCADE, related_name="events")
    revenue = models.FloatField(default=0)
    happened_at = models.DateTimeField()
    received_at = models.DateTimeField(default=timezone.now)

    objects = OrganisationQuerySet["MarketingEvent"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "event_key"], name="marketing_event_once")
        ]
        indexes = [models.Index(fields=["received_at"], name="marketing_event_age")]


class EventBatch(OrganisationOwned):
    """Events as they came in one request, until a worker has counted them. `rejected`: how many said nothing usable.

    `events`: rows as `event_rows` makes them.
    """

    class Source(models.TextChoices):
        API = "api", _("REST API")
        LINK = "link", _("short link")
        PIXEL = "pixel", _("pixel")
        FILE = "file", _("file")

    source = models.CharField(max_length=8, choices=Source)
    events = models.JSONField(default=list)
    rejected = models.PositiveIntegerField(default=0)
    received_at = models.DateTimeField(default=timezone.now)

    objects = OrganisationQuerySet["EventBatch"].as_manager()

    class Meta:
        indexes = [models.Index(fields=["organisation", "id"], name="event_batch_queue")]


class OrderSettings(OrganisationOwned):
    """How many orders of one exposure count with their value, and up to which amount an order is believed."""

    max_orders_per_exposure = models.PositiveSmallIntegerField(
        _("maximum orders per exposure"),
        default=5,
        validators=[MinValueValidator(1), MaxValueValidator(1000)],
        help_text=_("Later orders of the same person count as a conversion without a value."),
    )
    max_order_value = models.FloatField(
        _("maximum value of an order"),
        default=100_000,
        validators=[MinValueValidator(0.01), MaxValueValidator(1e9)],
        help_text=_("Larger values are refused or left out of revenue."),
    )
    # Another number is another key.
    key_number = models.PositiveIntegerField(default=1)

    objects = OrganisationQuerySet["OrderSettings"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation"], name="order_settings_once")]

    def __str__(self) -> str:
        return f"{self.max_orders_per_exposure} × {self.max_order_value:g}"

    @property
    def signing_key(self) -> str:
        text = f"marketing orders {self.organisation_id} {self.key_number}"
        return hmac.digest(settings.SECRET_KEY.encode(), text.encode(), "sha256").hex()


class LeftOutRevenue(OrganisationOwned):
    """Orders of an experiment whose value does not count, by the reason; `revenue` is what they said of themselves."""

    class Reason(models.TextChoices):
        UNSIGNED = "unsigned", _("the value was not signed")
        BAD_SIGNATURE = "bad_signature", _("the signature or the amount is wrong")
        TOO_LARGE = "too_large", _("the value is above the maximum of an order")
        TOO_MANY = "too_many", _("the person had the maximum number of orders")

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="left_out")
    reason = models.CharField(max_length=16, choices=Reason)
    orders = models.PositiveIntegerField(default=0)
    revenue = models.FloatField(default=0)

    objects = OrganisationQuerySet["LeftOutRevenue"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["experiment", "reason"], name="left_out_revenue_once")]

    def __str__(self) -> str:
        return self.get_reason_display()


class EventIntake(BackedByJob, OrganisationOwned):
    """One for each organisation: the job that counts what arrives, and what it made of it so far.

    `unknown`: of no exposure of the organisation. `too_early`: said to have happened before the exposure.
    """

    counted = models.PositiveBigIntegerField(default=0)
    doubled = models.PositiveBigIntegerField(default=0)
    unknown = models.PositiveBigIntegerField(default=0)
    from_future = models.PositiveBigIntegerField(default=0)
    too_early = models.PositiveBigIntegerField(default=0)
    malformed = models.PositiveBigIntegerField(default=0)

    objects = OrganisationQuerySet["EventIntake"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation"], name="event_intake_once")]
