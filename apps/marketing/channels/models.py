from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models import OrganisationOwned, OrganisationQuerySet
from apps.marketing.channels.names import channel_name

MAX_FIELD_LIMITS = 12
DEFAULT_SEND_DAYS = 7


class ChannelOverride(OrganisationOwned):
    """What an organisation changes about a built-in channel; an empty limit stays as it is built in.

    `field_limits`: lines such as “title = 18”, in the channel's own way of counting. `hints`: for whoever writes.
    `max_sends` within `send_days`: how often one person is written to.
    """

    channel = models.CharField(_("channel"), max_length=40)
    min_hashtags = models.PositiveSmallIntegerField(_("minimum hashtags"), null=True, blank=True)
    max_hashtags = models.PositiveSmallIntegerField(_("maximum hashtags"), null=True, blank=True)
    max_emoji = models.PositiveSmallIntegerField(_("maximum emoji"), null=True, blank=True)
    max_links = models.PositiveSmallIntegerField(_("maximum links"), null=True, blank=True)
    field_limits = ArrayField(
        models.CharField(max_length=60),
        verbose_name=_("length limits"),
        size=MAX_FIELD_LIMITS,
        default=list,
        blank=True,
    )
    send_cost = models.DecimalField(
        _("cost per message"), max_digits=10, decimal_places=4, null=True, blank=True
    )
    max_sends = models.PositiveSmallIntegerField(_("message limit per person"), null=True, blank=True)
    send_days = models.PositiveSmallIntegerField(_("within days"), default=DEFAULT_SEND_DAYS)
    hints = models.TextField(_("hints"), max_length=1000, blank=True)

    objects = OrganisationQuerySet["ChannelOverride"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "channel"], name="channel_override_once")
        ]

    def __str__(self) -> str:
        return channel_name(self.channel)
