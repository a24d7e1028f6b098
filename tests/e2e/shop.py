"""Run inside an installation: makes alice's shop with the demo's handbook, prints how to reach it as JSON."""

import json
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from apps.accounts.models import Membership, User  # noqa: E402
from apps.customer_service.channels.models import Channel  # noqa: E402
from benchmarks.shop import make_shop  # noqa: E402

EMAIL, COLLEAGUE, PASSWORD = "alice@tea.example", "dora@tea.example", "correct-horse-battery"

channel_id, token = make_shop()
alice = User.objects.create_user(EMAIL, PASSWORD, name="Alice")
owner = Membership.objects.get(role="owner")
Membership.objects.create(organisation=owner.organisation, user=alice, role="admin")
dora = User.objects.create_user(COLLEAGUE, PASSWORD, name="Dora")
Membership.objects.create(organisation=owner.organisation, user=dora, role="agent")
channel = Channel.objects.get(pk=channel_id)
made = {
    "email": EMAIL,
    "colleague": COLLEAGUE,
    "password": PASSWORD,
    "token": token,
    "channel": channel_id,
    "slug": channel.slug,
    "identity_secret": channel.identity_secret,
}
sys.stdout.write(json.dumps(made) + "\n")
