from django.db.models import Count
from django.urls import reverse
from django.utils.translation import ngettext

from apps.accounts.actors import Actor
from apps.accounts.alerts import Alert, provider
from apps.translation.models import TranslationSegment


@provider("translation.use")
def marked_segments(actor: Actor) -> Alert | None:
    """What a check found in the member's own translations and nobody has looked at. Leads to the latest one."""
    marked = TranslationSegment.objects.within(actor.organisation).filter(
        is_marked=True, translation__member=actor.member
    )
    by_translation = marked.values_list("translation").annotate(count=Count("pk")).order_by("-translation")
    counts = list(by_translation[:100])
    if not counts or actor.member is None:
        return None
    count = sum(each for _translation, each in counts)
    text = ngettext(
        "%(count)d segment of your translations needs review",
        "%(count)d segments of your translations need review",
        count,
    )
    url = reverse("translation:translation", args=[counts[0][0]])
    return Alert(text % {"count": count}, url, icon="globe")
