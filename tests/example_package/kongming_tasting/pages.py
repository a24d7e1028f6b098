from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from apps.accounts.access import actor_of, requires
from kongming_tasting.models import Cup


@requires("tasting.taste")
def cups(request: HttpRequest) -> HttpResponse:
    rows = Cup.objects.within(actor_of(request).organisation)
    return render(request, "kongming_tasting/cups.html", {"cups": rows})
