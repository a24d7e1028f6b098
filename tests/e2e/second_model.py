"""Run inside an installation with the shop: another model beside the one that it has."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from apps.accounts.models import Membership  # noqa: E402
from apps.inference.models import Endpoint, Purpose  # noqa: E402

first = Endpoint.objects.get(organisation=None, purpose=Purpose.CHAT)
Endpoint.objects.create(
    organisation=Membership.objects.filter(user__email="alice@tea.example").get().organisation,
    name="Second",
    purpose=Purpose.REASONING,
    url=first.url,
    model="second-model",
    api_key=first.api_key,
)
