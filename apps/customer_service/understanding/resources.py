"""What the shop teaches the classifiers beside intents: messages whose mood somebody has judged."""

from django.utils.translation import gettext_lazy as _

from apps.customer_service.understanding import corrections, selectors
from apps.customer_service.understanding.forms import SentimentExampleForm
from apps.customer_service.understanding.models import SentimentExample
from apps.resources.declaration import Resource

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
