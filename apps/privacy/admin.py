from django.utils.translation import gettext_lazy as _

from apps.accounts.admin_tables import Table, register
from apps.privacy.models import RetentionClock

register(Table(RetentionClock, _("Retention clocks"), "checked_at stopped_at"))
