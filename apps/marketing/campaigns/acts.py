"""What is done with a campaign at the press of a button."""

from functools import partial

from django.utils.translation import gettext_lazy as _

from apps.accounts.act_declaration import Act
from apps.marketing.campaigns import services
from apps.marketing.campaigns.forms import MoveForm
from apps.marketing.campaigns.selectors import campaign_list
from apps.marketing.copywriting.forms import CommentForm, ReviewForm

CAMPAIGN = "campaigns/<uuid:campaign_id>/"
campaign_act = partial(Act, rows=campaign_list)
SUBMIT_CAMPAIGN = campaign_act(
    services.submit_campaign,
    at=f"{CAMPAIGN}submit/",
    label=_("Submit for approval"),
    icon="send",
    look="primary",
    success=_("Submitted for approval."),
)
APPROVE_CAMPAIGN = campaign_act(
    services.approve_campaign, at=f"{CAMPAIGN}approve/", form=ReviewForm, success=_("Approved.")
)
RETURN_CAMPAIGN = campaign_act(
    services.return_campaign, at=f"{CAMPAIGN}return/", form=CommentForm, success=_("Returned for changes.")
)
MOVE_CAMPAIGN = campaign_act(
    services.move_campaign,
    at=f"{CAMPAIGN}move/",
    form=MoveForm,
    success=_("Rescheduled. It needs approval again."),
)
START_CAMPAIGN = campaign_act(
    services.start_campaign,
    at=f"{CAMPAIGN}start/",
    label=_("Send now"),
    icon="play",
    look="primary",
    success=_("Sending started."),
)
PAUSE_CAMPAIGN = campaign_act(
    services.pause_campaign, at=f"{CAMPAIGN}pause/", label=_("Pause"), icon="pause", success=_("Paused.")
)
CANCEL_CAMPAIGN = campaign_act(
    services.cancel_campaign,
    at=f"{CAMPAIGN}cancel/",
    label=_("Cancel"),
    look="danger",
    confirm=_("Cancel this campaign? This cannot be undone."),
    success=_("Cancelled."),
)
SEND_CAMPAIGN_AGAIN = campaign_act(
    services.send_again,
    at=f"{CAMPAIGN}again/",
    icon="retry",
    confirm=_("Send again? Anyone who already received it gets it twice."),
    success=_("Sending started."),
)
DELETE_CAMPAIGN = campaign_act(
    services.delete_campaign,
    at=f"{CAMPAIGN}delete/",
    label=_("Delete"),
    icon="trash",
    look="danger quiet",
    confirm=_("Delete this campaign?"),
    success=_("Deleted."),
    back="marketing:campaigns",
)
