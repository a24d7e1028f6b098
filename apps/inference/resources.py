"""What is kept of models in lists: how much an organisation, a member or a key may use."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.inference import quotas, selectors
from apps.inference.forms import QuotaForm
from apps.inference.models import Quota
from apps.resources.declaration import Resource

# Their list is a part of the page about usage, beside what is used of each.
QUOTAS = Resource(
    model=Quota,
    name="quota",
    plural="usage",
    rows=selectors.quota_list,
    form=QuotaForm,
    columns={},
    read="inference.view",
    write="inference.manage",
    title=_("Models and usage"),
    new_label=_("New quota"),
    empty_title="",
    empty_text="",
    identity=("metric",),
    conflict=_("This quota already exists. Edit it instead."),
    audit_fields=("metric", "window", "soft_limit", "hard_limit"),
    after_change=lambda _actor: transaction.on_commit(quotas.quota_rows.clear),
    delete_question=_("Remove this quota?"),
)
