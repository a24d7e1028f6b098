"""Pages that act on several topics at once."""

from functools import partial
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from apps.accounts.access import actor_of, requires
from apps.core.pages import act_and_go_back
from apps.log_analysis import source_deletion
from apps.log_analysis.sources import selectors


@require_POST
@requires("logs.manage")
def delete_log_source(request: HttpRequest, log_source_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    source = selectors.source_list(actor.organisation).one(pk=log_source_id)
    delete = partial(source_deletion.delete_source, actor, source)
    return act_and_go_back(
        request, delete, "log_analysis:log_sources", success=_("The source is being deleted.")
    )
