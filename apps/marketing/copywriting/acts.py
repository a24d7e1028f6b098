"""What is done with marketing copy at the press of a button."""

from functools import partial

from django.utils.translation import gettext_lazy as _

from apps.accounts.act_declaration import Act, page_of
from apps.marketing.briefs.selectors import brief_list
from apps.marketing.copywriting import rewriting, services, translation
from apps.marketing.copywriting.forms import (
    CommentForm,
    CopyRequestForm,
    ReviewForm,
    RewriteForm,
    TranslateForm,
)
from apps.marketing.copywriting.models import SpanRewrite
from apps.marketing.copywriting.selectors import variant_list

VARIANT = "copy/<uuid:copy_variant_id>/"
REQUEST_COPY = Act(
    services.request_copy,
    brief_list,
    at="briefs/<uuid:brief_id>/write/",
    form=CopyRequestForm,
    then=page_of("marketing:copy_request"),
)
variant_act = partial(Act, rows=variant_list)
APPROVE_COPY_VARIANT = variant_act(
    services.approve_variant, at=f"{VARIANT}approve/", form=ReviewForm, success=_("Approved.")
)
RETURN_COPY_VARIANT = variant_act(
    services.return_variant, at=f"{VARIANT}return/", form=CommentForm, success=_("Returned for changes.")
)
REWRITE_COPY_VARIANT = variant_act(rewriting.request_rewrite, at=f"{VARIANT}rewrite/", form=RewriteForm)
TRANSLATE_COPY_VARIANT = variant_act(
    translation.request_translation, at=f"{VARIANT}translate/", form=TranslateForm
)
DELETE_COPY_VARIANT = variant_act(
    services.delete_variant,
    at=f"{VARIANT}delete/",
    label=_("Delete"),
    look="danger",
    confirm=_("Delete this text?"),
    success=_("Deleted."),
    back=lambda variant: variant.brief,
)
TAKE_SPAN_REWRITE = Act(
    rewriting.take_rewrite,
    SpanRewrite.objects.within,
    at="rewrites/<uuid:span_rewrite_id>/take/",
    label=_("Use this"),
    icon="check",
    success=_("Saved."),
    back=lambda rewrite: rewrite.variant,
)
