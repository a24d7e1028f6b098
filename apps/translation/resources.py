"""The desk's lists: what was translated, and the words that are always translated in the same way."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.row_table import ListColumn
from apps.resources.declaration import Resource, RowList
from apps.translation import selectors
from apps.translation.forms import TermForm
from apps.translation.models import GlossaryTerm, Translation

PAIR = ("source_language", "target_language")

GLOSSARY = Resource(
    model=GlossaryTerm,
    name="glossary_term",
    plural="glossary",
    rows=selectors.glossary,
    form=TermForm,
    columns={"source": _("term"), "target": _("translation"), "direction": _("Languages")},
    read="translation.use",
    write="translation.manage",
    title=_("Glossary"),
    new_label=_("Save the term"),
    empty_title=_("No terms yet"),
    empty_text=_(
        "Terms that must always be translated the same way. For terms that stay unchanged, repeat the "
        "term as its translation."
    ),
    icon="book",
    identity=(*PAIR, "source"),
    updates_existing=True,
    search=("source", "target"),
    filters=PAIR,
    table_columns=(*PAIR, "source", "target"),
    audit_fields=("source",),
    form_beside_list=True,
)

TRANSLATIONS = RowList(
    model=Translation,
    plural="translations",
    rows=selectors.translation_list,
    columns={
        "name": ListColumn(_("Name"), badge="marked_label", look="break"),
        "format": _("Format"),
        "direction": _("Languages"),
        "done_text": ListColumn(pgettext_lazy("of a translation", "Segments"), look="cell-number"),
        "job.state": ListColumn(_("State"), part="translation/state.html"),
        "created_at": _("Created"),
    },
    read="translation.use",
    page="translation:translation",
    refresh_on="moved",
    icon="globe",
    empty_title=_("No translations yet"),
    empty_text=_("Your translated texts and documents appear here."),
)
