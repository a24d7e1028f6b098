from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from apps.accounts.access import requires


@requires(None)
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/home.html")


@login_required
def no_organisation(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/no_organisation.html")
