from django.urls import reverse
from django.utils.translation import ngettext

from apps.accounts.actors import Actor
from apps.accounts.alerts import Alert, provider
from apps.jobs.models import Job
from apps.knowledge.rights import readable_documents


@provider("knowledge.edit")
def unread_documents(actor: Actor) -> Alert | None:
    failed = readable_documents(actor).filter(job__state=Job.State.FAILED)
    count = failed.count()
    if not count:
        return None
    text = ngettext("%(count)d document could not be read", "%(count)d documents could not be read", count)
    return Alert(text % {"count": count}, reverse("knowledge:documents"), icon="book", tone="bad")
