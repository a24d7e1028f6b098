from django.utils.translation import gettext_lazy as _

from apps.marketing.channels import selectors
from apps.marketing.channels.forms import ChannelOverrideForm
from apps.marketing.channels.models import ChannelOverride
from apps.resources.declaration import Resource

CHANNEL_OVERRIDES = Resource(
    model=ChannelOverride,
    name="channel_override",
    plural="channel_overrides",
    rows=selectors.channel_overrides,
    form=ChannelOverrideForm,
    columns={"__str__": _("Channel"), "hints": _("Hints")},
    read="marketing.use",
    write="marketing.manage",
    title=_("Channels"),
    lead=_("What each channel allows. You may change limits and add hints of your own."),
    new_label=_("Change a channel"),
    empty_title=_("No channel was changed"),
    empty_text=_("Every channel has the limits that it publishes itself."),
    icon="settings",
    identity=("channel",),
    conflict=_("This channel was changed already."),
    updates_existing=True,
    audit_fields=("channel",),
    delete_question=_("Take this channel back to its built-in limits?"),
)
