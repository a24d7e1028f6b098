"""What the shop teaches the classifiers: intents and messages whose mood somebody has judged, and what was learnt."""

from django.utils.translation import gettext_lazy as _

from apps.core.row_table import ListColumn
from apps.customer_service.understanding import corrections, selectors
from apps.customer_service.understanding.forms import SentimentExampleForm
from apps.customer_service.understanding.models import ClassifierVersion, Intent, SentimentExample
from apps.resources.declaration import Resource, RowList

# Its texts are visitors' words: none of them stands in the audit trail.
SENTIMENT_EXAMPLES = Resource(
    model=SentimentExample,
    name="sentiment_example",
    plural="sentiment_examples",
    rows=selectors.sentiment_examples,
    form=SentimentExampleForm,
    columns={"text": _("Message"), "sentiment": _("Sentiment"), "created_at": _("Added")},
    read="conversations.view",
    write="conversations.manage",
    title=_("Sentiment examples"),
    lead=_(
        "Messages whose sentiment staff corrected. They are trained together with the built-in "
        "examples to fit your customers' wording."
    ),
    new_label=_("New example"),
    empty_title=_("No examples yet"),
    empty_text=_(
        "To correct the sentiment of a message, click the pencil beside it in the conversation. It "
        "then appears here and is used for training."
    ),
    icon="face-neutral",
    parent=(_("Intents"), "customer_service:intents"),
    identity=("text",),
    updates_existing=True,
    search=("text",),
    filters=("sentiment",),
    after_change=corrections.learn_sentiments,
)

INTENTS = RowList(
    model=Intent,
    plural="intents",
    rows=selectors.intent_list,
    columns={
        "name": ListColumn(_("Intent"), note="skill", badge="is_out_of_scope", words=(_("out of scope"), "")),
        "examples_count": ListColumn(_("Examples"), kind="number"),
    },
    read="conversations.view",
    page="customer_service:intent",
    page_rows=500,
    icon="chat",
    empty_title=_("No intents yet"),
    empty_text=_(
        "An intent is something visitors want, such as a refund. Add a few example messages, and every conversation shows "
        "what it is about."
    ),
    empty_page=(_("Create an intent"), "customer_service:create_intent"),
)
CLASSIFIER_VERSIONS = RowList(
    model=ClassifierVersion,
    plural="classifier_versions",
    rows=selectors.classifier_versions,
    columns={
        "number": ListColumn(_("Version"), badge="is_active", words=(_("in use"), ""), tone="good"),
        "accuracy_percent": ListColumn(_("Correct on unseen examples"), kind="percent"),
        "examples_count": ListColumn(_("Examples"), kind="number"),
        "created_at": _("Trained"),
    },
    acts_part="customer_service/understanding/restore.html",
    read="conversations.view",
    empty_title=_("Nothing trained yet"),
)
