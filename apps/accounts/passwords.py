"""What a password may not be, beside too short and too common: names that everybody who tries would try first."""

from urllib.parse import urlsplit

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from apps.accounts.models import Membership, User

PRODUCT_WORDS = {"kongming", "孔明", "password", "密码", "admin", "管理员"}
# In bytes: two characters of a Chinese name are a word, three Latin letters are none.
SHORTEST_WORD = 4
# What is left of a password without those names has at least so many.
CHARACTERS_OF_ONES_OWN = 8


class ContextWordsValidator:
    """Refuses a password that is little more than names of the product, the installation or the organisation."""

    def validate(self, password: str, user: User | None = None) -> None:
        rest = password.casefold()
        # The longest first: otherwise a name inside a longer one would leave pieces that count as one's own.
        for word in sorted(context_words(user), key=len, reverse=True):
            rest = rest.replace(word, "")
        if rest != password.casefold() and len(rest) < CHARACTERS_OF_ONES_OWN:
            raise ValidationError(self.get_help_text(), code="password_of_known_names")

    def get_help_text(self) -> str:
        return _(
            "It must be more than the name of your organisation or of this product with a few characters added."
        )


def context_words(user: User | None) -> set[str]:
    """Words of the product, the host that people type, and the organisations of the person, in lower case."""
    host = urlsplit(settings.PUBLIC_URL).hostname or ""
    names = [host.rpartition(".")[0].replace(".", " ")]
    if user and user.pk:
        names += Membership.objects.filter(user=user).values_list("organisation__name", flat=True)
    words = {word for name in names for word in [name, *name.split()]}
    # One character of Chinese says as much as two letters.
    return PRODUCT_WORDS | {
        word.casefold() for word in words if len(word.encode()) >= SHORTEST_WORD and not word.isdigit()
    }


def end_unproven_password(user: User) -> None:
    """For whoever is about to give an account what is meant for the holder of its address. Where sign-up is open, anybody
    can have made it, and until it belongs to somebody nothing has proven whose it is. Its browsers are signed out, a new
    password comes by mail, and the second factor goes with the one that set it up.
    """
    is_local = user.has_usable_password() and not user.is_from_directory
    if is_local and _is_of_nobody(user):
        user.set_unusable_password()
        user.save(update_fields=["password"])
        end_unproven_second_factors(user)


def end_unproven_second_factors(user: User) -> None:
    """Of an account that belongs to nobody yet: whoever holds its address could not sign in past a stranger's."""
    if _is_of_nobody(user):
        Authenticator.objects.filter(user=user).delete()


def is_kept_elsewhere(user: User) -> bool:
    """Whether the directory, or the groups of single sign-on, let somebody in who has no password here. One that they gave
    themselves would go on letting them in after they were taken out there.
    """
    if user.is_from_directory or user.has_usable_password():
        return user.is_from_directory
    has_provider = bool(settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"])
    follows = Membership.objects.filter(user=user, follows_groups=True)
    return has_provider and SocialAccount.objects.filter(user=user).exists() and follows.exists()


def _is_of_nobody(user: User) -> bool:
    return not (user.is_staff or Membership.objects.filter(user=user).exists())
