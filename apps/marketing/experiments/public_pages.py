"""What people reach who got a message: links, the pixel, the way out. Nobody signs in, and nothing is told of a stranger.

A request stores one row and wakes a job; who leaves is left alone at once. What is opened by programs before people do it
is not counted.
"""

from collections.abc import Callable
from functools import partial
from uuid import UUID

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts import switches
from apps.accounts.access import public
from apps.accounts.authentication import caller_network
from apps.core.api import WINDOW_SECONDS, count_up
from apps.core.errors import LimitExceeded, NotFound
from apps.marketing.briefs.models import Brief
from apps.marketing.experiments import services, tracking
from apps.marketing.experiments.models import EventBatch, Exposure, MarketingEvent
from apps.marketing.experiments.order_values import read_order
from apps.marketing.profiles import services as profiles
from apps.marketing.profiles.models import Person

# The smallest there is: one transparent point.
PIXEL = bytes.fromhex(
    "47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b"
)
# Of one address, which may be the proxy of a large mail service; and of one exposure, which is one person.
MAX_ADDRESS_REQUESTS, MAX_EXPOSURE_EVENTS = 6000, 30
PIXEL_EVENTS = (MarketingEvent.EventType.OPEN, MarketingEvent.EventType.CONVERSION)
# Of what was stored, so that a picture that is loaded again costs nothing.
REMEMBERED_SECONDS = 3600
# Headers by which browsers and mail programs say that nobody has opened anything yet.
PREFETCH_HEADERS = ("Purpose", "Sec-Purpose", "X-Purpose", "X-Moz")
PREFETCH_WORDS = ("prefetch", "preview", "prerender")


@require_safe
@public
def short_link(request: HttpRequest, exposure_id: UUID, number: int) -> HttpResponse:
    """To the address that stood in the text, and to no other: nothing of the request says where. Raises NotFound where
    there is no such link.
    """
    exposure = _exposure(request, exposure_id)
    address = tracking.target(exposure, number)
    if address is None:
        raise NotFound
    if not _is_prefetch(request):
        _store(
            exposure, MarketingEvent.EventType.CLICK, f"link:{exposure.pk}:{number}", EventBatch.Source.LINK
        )
    # Its scheme was checked when the brief was saved.
    answer = HttpResponse(status=302, headers={"Location": address})
    # Whoever has the address of an exposure may act for it: the site that the link leads to must not learn it.
    answer["Referrer-Policy"] = "no-referrer"
    answer["X-Robots-Tag"] = "noindex"
    return answer


@require_safe
@public
def exposure_pixel(request: HttpRequest, exposure_id: UUID) -> HttpResponse:
    """Opened; with `?event=conversion` on a shop's page of thanks: bought, once, without a value.

    With `order`, `value` and `signature`, which the shop's server makes, each order counts once with what it was worth.
    """
    exposure = _exposure(request, exposure_id)
    event_type = request.GET.get("event", MarketingEvent.EventType.OPEN)
    if event_type in PIXEL_EVENTS and not _is_prefetch(request):
        if event_type == MarketingEvent.EventType.CONVERSION:
            order = read_order(exposure, request.GET)
            store = partial(services.receive_order, exposure, order, EventBatch.Source.PIXEL)
            _store_once(exposure, order.key, store)
        else:
            _store(exposure, event_type, f"pixel:{exposure.pk}:{event_type}", EventBatch.Source.PIXEL)
    answer = HttpResponse(PIXEL, content_type="image/gif")
    # It stands in mails and on pages of other sites.
    answer["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer["X-Robots-Tag"] = "noindex"
    return answer


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@public
def unsubscribe(request: HttpRequest, exposure_id: UUID) -> HttpResponse:
    """Looking changes nothing, as programs look too; sending the form does, and so does a mail program's one click.

    Whoever has the address may use it and nobody is signed in, so there is no session that a foreign page could misuse.
    """
    exposure = _exposure(request, exposure_id)
    if request.method == "POST":
        key = f"unsubscribe:{exposure.pk}"
        is_stored = _store(exposure, MarketingEvent.EventType.UNSUBSCRIBE, key, EventBatch.Source.LINK)
        # Not left to the event: where too many wait it is not stored, and the page says that it is done.
        if not exposure.arm.is_control and (person := _person(exposure)):
            profiles.unsubscribe(person, exposure.arm.channel)
        elif not is_stored:
            # For when they are imported. It is in no figure then.
            strangers = Exposure.objects.filter(pk=exposure.pk, unsubscribed_at=None)
            strangers.update(unsubscribed_at=timezone.now())
    brief = exposure.experiment.brief
    is_chinese = brief is None or brief.language == Brief.Language.CHINESE
    with translation.override("zh-hans" if is_chinese else "en"):
        context = {
            "organisation": exposure.organisation,
            "channel_name": exposure.arm.channel_name,
            "is_done": request.method == "POST" or exposure.unsubscribed_at is not None,
        }
        answer = render(request, "marketing/experiments/unsubscribe.html", context)
    answer["X-Robots-Tag"] = "noindex"
    return answer


def _exposure(request: HttpRequest, exposure_id: UUID) -> Exposure:
    window = int(timezone.now().timestamp() // WINDOW_SECONDS)
    if count_up(f"throttle:message:{caller_network(request)}:{window}") > MAX_ADDRESS_REQUESTS:
        raise LimitExceeded(retry_after_seconds=WINDOW_SECONDS)
    rows = Exposure.objects.select_related("experiment__brief", "experiment__campaign", "arm", "organisation")
    return switches.of_open(rows).one(pk=exposure_id)


def _person(exposure: Exposure) -> Person | None:
    """Also somebody who was imported after the message."""
    people = Person.objects.within(exposure.organisation_id)
    return exposure.person or people.filter(external_id=exposure.subject).first()


def _is_prefetch(request: HttpRequest) -> bool:
    words = " ".join(request.headers.get(name, "").lower() for name in PREFETCH_HEADERS)
    return request.method == "HEAD" or any(word in words for word in PREFETCH_WORDS)


def _store(exposure: Exposure, event_type: str, key: str, source: str) -> bool:
    event = {"exposure": str(exposure.pk), "event_key": key, "type": event_type}
    return _store_once(
        exposure, key, partial(services.receive_events, exposure.organisation, [event], source)
    )


def _store_once(exposure: Exposure, key: str, store: Callable[[], object]) -> bool:
    """Once for each key within the hour, and only so many of one exposure: whoever has its address may call it often.
    Whether it is stored.

    The database counts each key once in any case.
    """
    window = int(timezone.now().timestamp() // WINDOW_SECONDS)
    if cache.get(f"marketing:{key}"):
        return True
    if count_up(f"throttle:exposure:{exposure.pk}:{window}") > MAX_EXPOSURE_EVENTS:
        return False
    try:
        store()
    except LimitExceeded:
        # Somebody who follows a link is taken there whatever our counting does.
        return False
    cache.set(f"marketing:{key}", True, REMEMBERED_SECONDS)
    return True
