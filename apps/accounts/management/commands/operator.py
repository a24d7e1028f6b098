from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.urls import reverse

from apps.accounts.models import User
from apps.accounts.operators import dismiss_operator, make_operator


class Command(BaseCommand):
    help = "Makes a person an operator, who sees all organisations at /admin/. Makes the account where there is none."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("address", help="mail address of the person")
        parser.add_argument("--name", default="", help="of somebody who has no account yet")
        parser.add_argument("--dismiss", action="store_true", help="instead: an operator no longer")
        parser.add_argument("--url", default=settings.PUBLIC_URL, help="where the platform answers")

    def handle(self, *args: Any, address: str, name: str, dismiss: bool, url: str, **options: Any) -> None:
        if dismiss:
            user = User.objects.filter(email__iexact=address).first()
            if user is None:
                raise CommandError("Nobody has this address.")
            dismiss_operator(user)
            self.stdout.write(f"{user.email} is no operator any more.")
            return
        try:
            validate_email(address)
        except ValidationError as error:
            raise CommandError(f"{address} is no mail address.") from error
        user, password = make_operator(address, name=name)
        page = f"{url.rstrip('/')}{reverse('admin:index')}"
        self.stdout.write(f"Operator    {page}  all organisations, jobs, models and backups")
        if password:
            self.stdout.write(f"Sign in as  {user.email}  with the password  {password}  (shown once)")
        else:
            self.stdout.write(
                f"Sign in as  {user.email}  (new password: ./kongming manage changepassword {user.email})"
            )
