from django.utils.translation import gettext_lazy as _

from apps.marketing.briefs.selectors import brief_list
from apps.marketing.campaigns.selectors import campaign_list
from apps.marketing.segments.models import Segment
from apps.resources.finding import Findable, register

register(Findable("marketing", _("Briefs"), "marketing.use", brief_list, "product"))
register(Findable("marketing", _("Campaigns"), "marketing.use", campaign_list, "name"))
register(Findable("marketing", _("Segments"), "marketing.people", Segment.objects.within, "name"))
