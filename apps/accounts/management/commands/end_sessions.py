from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts.models import User


class Command(BaseCommand):
    help = "Signs a person, or everybody, out of every browser at once. Passwords and keys stay."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("address", nargs="?", help="mail address of the person")
        parser.add_argument("--all", action="store_true", help="instead: of everybody")

    def handle(self, *args: Any, **options: Any) -> None:
        if bool(options["address"]) == options["all"]:
            raise CommandError("Name a person by mail address, or give --all.")
        user = None if options["all"] else User.objects.filter(email__iexact=options["address"]).first()
        if user is None and not options["all"]:
            raise CommandError("Nobody has this address.")
        self.stdout.write(f"{end_sessions(user)} sessions ended.")


def end_sessions(user: User | None) -> int:
    """Also those that only the cache still knows. None: of everybody."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    count = 0
    for session in Session.objects.iterator():
        if user is None or session.get_decoded().get(SESSION_KEY) == str(user.pk):
            store(session.session_key).delete()
            count += 1
    return count
