from django.utils.translation import gettext_lazy as _

from apps.marketing.briefs import selectors
from apps.marketing.briefs.catalogue_cache import renew_catalogue
from apps.marketing.briefs.forms import BriefForm
from apps.marketing.briefs.models import Brief
from apps.resources.declaration import Resource

BRIEFS = Resource(
    model=Brief,
    name="brief",
    plural="briefs",
    rows=selectors.brief_list,
    form=BriefForm,
    columns={
        "product": _("Product"),
        "language": _("Language"),
        "texts_count": _("Texts"),
        "approved_count": _("Approved"),
        "created_at": _("Created"),
    },
    read="marketing.use",
    write="marketing.use",
    title=_("Briefs"),
    lead=_("A product and its facts. Copy for each channel is written from them and checked against them."),
    new_label=_("New brief"),
    empty_title=_("No briefs yet"),
    empty_text=_("Add a product and its facts to get copy for every channel you choose, within minutes."),
    icon="note",
    list_template="marketing/briefs/briefs.html",
    form_template="marketing/briefs/brief_form.html",
    # Where what contradicts itself stands first.
    opens_saved=True,
    search=("product", "audience", "goal"),
    filters=("language",),
    audit_fields=("product",),
    delete_question=_("Delete this brief and all its copy?"),
    after_change=lambda actor: renew_catalogue(actor.organisation.pk),
)
