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
    title=_("Text formats"),
    lead=_("Limits of each channel. You can change them and add your own hints."),
    new_label=_("Customise a channel"),
    empty_title=_("No custom channels"),
    empty_text=_("All channels use the platform's published limits."),
    icon="settings",
    identity=("channel",),
    conflict=_("This channel is already customised."),
    updates_existing=True,
    audit_fields=("channel",),
    delete_question=_("Reset this channel to its built-in limits?"),
)
