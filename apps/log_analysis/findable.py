from django.utils.translation import gettext_lazy as _

from apps.log_analysis.sources.models import LogSource
from apps.resources.finding import Findable, register

register(Findable("log_analysis", _("Sources"), "logs.view", LogSource.objects.within, "name"))
