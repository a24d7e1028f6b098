from django.utils.translation import gettext_lazy as _

from apps.core.row_table import ListColumn
from apps.marketing.video_scripts import selectors
from apps.marketing.video_scripts.forms import VideoScriptFilter
from apps.marketing.video_scripts.models import VideoScript
from apps.resources.declaration import RowList

VIDEO_SCRIPTS = RowList(
    model=VideoScript,
    plural="video_scripts",
    rows=selectors.script_list,
    columns={
        "brief.product": ListColumn(_("Product"), look="break"),
        "platform_name": _("platform"),
        "length": _("Length"),
        "status": ListColumn(_("State"), part="marketing/video_scripts/status.html"),
        "created_at": _("Created"),
    },
    read="marketing.use",
    filter_class=VideoScriptFilter,
    title=_("Video scripts"),
    icon="play",
    is_wide=True,
    empty_title=_("No video scripts yet"),
    empty_text=_("Generate a script from a brief, with a choice of openings and timed shots."),
    empty_page=(_("Briefs"), "marketing:briefs"),
)
