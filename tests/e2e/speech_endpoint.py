"""Run inside an installation: `python -m tests.e2e.speech_endpoint URL` lets a server write down what is said."""

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from apps.accounts.models import Membership  # noqa: E402
from apps.inference.models import Endpoint, Purpose  # noqa: E402

NAME = "scripted speech"

Endpoint.objects.filter(name=NAME).delete()
if len(sys.argv) > 1:
    Endpoint.objects.create(
        organisation=Membership.objects.get(role="owner").organisation,
        name=NAME,
        purpose=Purpose.SPEECH,
        url=sys.argv[1],
        model="whisper-large",
    )
