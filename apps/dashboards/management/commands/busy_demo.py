"""Ninety days of an installation in use, made up, so that every chart can be looked at."""

import secrets
from datetime import timedelta
from importlib import import_module
from random import Random
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from apps.accounts import selectors
from apps.accounts.models import ApiKey, Membership, Organisation, User
from apps.core import desks
from apps.dashboards.busy import failures, ledger
from apps.dashboards.busy.traffic import Traffic
from apps.dashboards.rollups import services as rollups
from apps.dashboards.value.models import ValueAssumptions

DAYS, SEED, JOBS_PER_DAY = 90, 7, 160.0
ROLL_UP_SECONDS = 300.0
# Without them the page of value would only say what is missing.
ASSUMPTIONS = {"hourly_cost": 45, "gpu_hour_price": 12, "parallel_requests": 8}
KEYS = ("Shop system", "Nightly export", "Telephone system")
PEOPLE = (
    ("Lin", "林晓雨"), ("Chen", "陈思远"), ("Wang", "王可欣"), ("Zhao", "赵明轩"), ("Sun", "孙雅琴"),
)  # fmt: skip


class Command(BaseCommand):
    help = (
        "Fills the demo's organisations with made-up activity of many days: each desk brings its own in a module "
        "`busy_demo` with `ORGANISATION`, the short name of where it belongs, and `fill(traffic)`."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organisation", help="the short name of one to fill with all desks")
        parser.add_argument("--days", type=int, default=DAYS)
        parser.add_argument("--seed", type=int, default=SEED)
        parser.add_argument("--jobs", type=float, default=JOBS_PER_DAY, help="a day, on average")

    def handle(
        self, *args: Any, organisation: str, days: int, seed: int, jobs: float, **options: Any
    ) -> None:
        homes: dict[str, list[tuple[str, Any]]] = {}
        for desk in desks.all_desks():
            for name in desk.modules("busy_demo"):
                module = import_module(name)
                homes.setdefault(organisation or module.ORGANISATION, []).append((desk.name, module))
        for slug, generators in homes.items():
            owner = Organisation.objects.filter(slug=slug).first()
            if owner is None:
                raise CommandError(f"There is no organisation {slug}.")
            if ApiKey.objects.within(owner).filter(name=KEYS[0]).exists():
                self.stdout.write(f"{owner}: filled already")
                continue
            with transaction.atomic():
                traffic = made_up_traffic(owner, days=days, seed=seed)
                for _name, module in generators:
                    module.fill(traffic)
                ValueAssumptions.objects.get_or_create(organisation=owner, defaults=ASSUMPTIONS)
                made = ledger.fill(traffic, {name for name, _module in generators}, per_day=jobs)
                failures.fill(traffic)
            self.stdout.write(f"{owner}: {days} days, {made[0]:,} jobs, {made[1]:,} calls to models")
        rollups.roll_up(seconds=ROLL_UP_SECONDS)


def made_up_traffic(organisation: Organisation, *, days: int, seed: int) -> Traffic:
    """With colleagues, who have no password and so cannot sign in, and keys, whose secrets nobody has."""
    for latin, name in PEOPLE:
        email = f"{latin.lower()}.{organisation.slug}@demo.example"
        user = User.objects.filter(email=email).first() or User.objects.create_user(email, name=name)
        Membership.objects.get_or_create(organisation=organisation, user=user, defaults={"role": "viewer"})
    members = list(
        Membership.objects.within(organisation)
        .select_related("user", "organisation")
        .order_by("joined_at", "pk")
    )
    keys = ApiKey.objects.bulk_create(
        ApiKey(
            organisation=organisation,
            name=name,
            prefix=secrets.token_hex(5),
            secret_hash=selectors.hash_secret(secrets.token_hex(32)),
            scopes=["jobs.view"],
            created_by=members[0],
            created_at=timezone.now() - timedelta(days=days),
        )
        for name in KEYS
    )
    return Traffic(organisation, members, keys, days, timezone.now(), Random(seed))  # noqa: S311  (made-up)
