from django.utils.translation import gettext_lazy as _

from apps.core.row_table import ListColumn
from apps.marketing.experiments import selectors
from apps.marketing.experiments.models import Experiment
from apps.resources.declaration import RowList

EXPERIMENTS = RowList(
    model=Experiment,
    plural="experiments",
    rows=selectors.experiment_list,
    columns={
        "name": ListColumn(_("Name"), look="break"),
        "status": ListColumn(_("State"), part="marketing/experiments/status.html"),
        "brief.product": _("Product"),
        "winner.label": _("winner"),
        "created_at": _("Created"),
    },
    read="marketing.use",
    title=_("Experiments"),
    icon="chart",
    is_wide=True,
    new_page="marketing:new_experiment",
    new_label=_("New experiment"),
    empty_title=_("No experiment yet"),
    empty_text=_("Show approved texts, see which performs best, and send it to more people."),
    list_template="marketing/experiments/experiments.html",
)
