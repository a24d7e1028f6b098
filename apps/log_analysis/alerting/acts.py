"""What is done with a channel of alerts at the press of a button."""

from django.utils.translation import gettext_lazy as _

from apps.accounts.act_declaration import Act, page_of
from apps.log_analysis.alerting import selectors, services

TEST_ALERT_CHANNEL = Act(
    services.send_test,
    selectors.channel_list,
    at="alerts/<uuid:alert_channel_id>/test/",
    label=_("Send a test"),
    icon="send",
    success=_("Test sent."),
    back=page_of("log_analysis:alert_channel"),
)
