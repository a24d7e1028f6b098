"""The tabs between the dashboards of an organisation; a topic adds its own."""

from django.utils.translation import gettext_lazy as _

from apps.core.desks import Tab

TABS = (
    Tab(_("Jobs"), "dashboards:jobs", "analytics.view"),
    Tab(_("Models"), "dashboards:models", "analytics.view"),
    Tab(_("Desks"), "dashboards:desks", "analytics.view"),
)
