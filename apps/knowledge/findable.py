from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.knowledge.selectors import document_list
from apps.resources.finding import Findable, register

register(
    Findable(
        "knowledge",
        _("Documents"),
        "knowledge.view",
        None,
        "title",
        lambda document: reverse("knowledge:document", args=[document.pk]),
        visible_rows=document_list,
    )
)
