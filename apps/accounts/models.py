from typing import Any, ClassVar, Self

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.accounts.permissions import permissions_of, role_choices
from apps.core import languages
from apps.core.fields import EncryptedTextField
from apps.core.models import OrganisationOwned, OrganisationQuerySet, new_id


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in. What they may do is decided by their membership in an organisation."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(pgettext_lazy("of a person", "name"), max_length=100, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    is_from_directory = models.BooleanField(default=False, editable=False)
    joined_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_ignores_case")]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        """What Django's own users answer to: the admin's menu shows it above the address."""
        return self.name

    def check_password(self, raw_password: str | None) -> bool:
        """Whoever came by the directory has no password here: one set by mail would outlive the entry there."""
        return not self.is_from_directory and super().check_password(raw_password)

    def has_usable_password(self) -> bool:
        """Whether there is a password to ask for before something that gives power: here or in the directory."""
        return self.is_from_directory or super().has_usable_password()


class Organisation(models.Model):
    """A tenant: every other row belongs to one."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(unique=True, max_length=60)
    output_language = models.CharField(
        _("language of generated text"),
        max_length=10,
        choices=languages.CHOICES,
        default="zh-hans",
    )
    second_factor_roles = ArrayField(
        models.CharField(max_length=20),
        verbose_name=_("roles that require two-factor sign-in"),
        default=list,
        blank=True,
    )
    idle_minutes = models.PositiveSmallIntegerField(
        _("idle minutes before sign-out"),
        null=True,
        blank=True,
        validators=[MinValueValidator(5), MaxValueValidator(1440)],
    )
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name


class RetiredSlug(models.Model):
    """The short name of an organisation that was deleted, as a digest. Nobody is called so again.

    What an operator binds to a name, such as LOG_FOLDERS, would otherwise be inherited by whoever takes it next.
    """

    digest = models.CharField(max_length=64, primary_key=True)

    def __str__(self) -> str:
        return self.digest


class Membership(OrganisationOwned):
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=20, choices=role_choices)
    is_active = models.BooleanField(default=True)
    follows_groups = models.BooleanField(default=False, editable=False)
    # Of the identity provider or directory, as it said last: what they open beside the role, such as documents.
    groups = ArrayField(models.CharField(max_length=200), default=list, blank=True, editable=False)
    joined_at = models.DateTimeField(default=timezone.now)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "user"], name="one_membership_per_organisation"),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()}"

    @property
    def permissions(self) -> frozenset[str]:
        return permissions_of(self.role)


class GroupRole(OrganisationOwned):
    """What a group of the identity provider is in the organisation. Several organisations may name the same group."""

    group = models.CharField(_("group"), max_length=200)
    role = models.CharField(_("role"), max_length=20, choices=role_choices)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "group"], name="one_role_for_a_group")]

    def __str__(self) -> str:
        return f"{self.group} → {self.get_role_display()}"


class ProvisionedUser(OrganisationOwned):
    """A person as the organisation's identity provider keeps them here by SCIM; see `provisioning`.

    `user` is the account, from the first time on that one of the groups gives a role.
    """

    user_name = models.CharField(max_length=254)
    external_id = models.CharField(max_length=254, blank=True)
    email = models.EmailField(_("e-mail"))
    given_name = models.CharField(max_length=100, blank=True)
    family_name = models.CharField(max_length=100, blank=True)
    display_name = models.CharField(max_length=100, blank=True)
    is_active = models.BooleanField(default=True)
    user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)

    objects = OrganisationQuerySet["ProvisionedUser"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("organisation", Lower("user_name"), name="provisioned_user_once")
        ]

    def __str__(self) -> str:
        return self.full_name or self.user_name

    @property
    def full_name(self) -> str:
        return self.display_name or f"{self.given_name} {self.family_name}".strip()


class ProvisionedGroup(OrganisationOwned):
    """A group of the identity provider with who is in it; a `GroupRole` of its name says what they are here."""

    name = models.CharField(max_length=200)
    external_id = models.CharField(max_length=254, blank=True)
    members = models.ManyToManyField(ProvisionedUser, related_name="groups")
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)

    objects = OrganisationQuerySet["ProvisionedGroup"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name"], name="provisioned_group_once")
        ]

    def __str__(self) -> str:
        return self.name


class ApiKeyQuerySet(OrganisationQuerySet["ApiKey"]):
    def usable(self) -> Self:
        """Neither revoked nor expired, and made by somebody who still is a member."""
        is_in_time = models.Q(expires_at=None) | models.Q(expires_at__gt=timezone.now())
        return self.filter(
            is_in_time, revoked_at=None, created_by__is_active=True, created_by__user__is_active=True
        )


class ApiKey(OrganisationOwned):
    """A key of another system. Only the hash of its secret is stored; the key is shown once, when made."""

    name = models.CharField(_("name"), max_length=100)
    prefix = models.CharField(max_length=12, unique=True)
    secret_hash = models.CharField(max_length=64)
    group = models.CharField(_("system or environment"), max_length=60, blank=True)
    scopes = ArrayField(models.CharField(max_length=40), verbose_name=_("scopes"))
    allowed_addresses = ArrayField(
        models.CharField(max_length=50), verbose_name=_("allowed addresses"), default=list, blank=True
    )
    created_by = models.ForeignKey(Membership, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)

    objects = ApiKeyQuerySet.as_manager()

    @property
    def prefix_text(self) -> str:
        """By what people tell their keys apart."""
        return f"km_{self.prefix}…"

    def __str__(self) -> str:
        return f"{self.name} (km_{self.prefix}…)"

    @property
    def has_maker(self) -> bool:
        """Whether who made it still is a member: without them the key opens nothing."""
        return bool(self.created_by and self.created_by.is_active and self.created_by.user.is_active)


class Invitation(OrganisationOwned):
    """An offer to join, sent by mail. Only the hash of its token is stored."""

    email = models.EmailField(_("e-mail"))
    role = models.CharField(_("role"), max_length=20, choices=role_choices)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(Membership, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, editable=False)

    objects = OrganisationQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.email} → {self.organisation_id}"


class Confirmation(OrganisationOwned):
    """A change that somebody asked for and that an owner has to confirm before it is made."""

    class State(models.TextChoices):
        PENDING = "pending", pgettext_lazy("a change", "pending")
        CONFIRMED = "confirmed", _("confirmed")
        REFUSED = "refused", _("refused")

    change = models.CharField(max_length=60)
    subject = models.CharField(max_length=300)
    payload = EncryptedTextField(blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    requested_by = models.ForeignKey(Membership, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(Membership, on_delete=models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True, editable=False)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="confirmation_decided_has_time",
                condition=models.Q(state="pending", decided_at=None)
                | (~models.Q(state="pending") & models.Q(decided_at__isnull=False)),
            )
        ]

    def __str__(self) -> str:
        return f"{self.change}: {self.subject}"


class SwitchQuerySet(OrganisationQuerySet["Switch"]):
    def visible_to(self, organisation: Organisation | None) -> Self:
        """An organisation's own and those of the installation; without one the latter alone."""
        return self.filter(models.Q(organisation=organisation) | models.Q(organisation=None))


class Switch(OrganisationOwned):
    """A desk or a tool that is switched off, in one organisation or, without one, in the whole installation.

    What has no row is on. `name`: the desk's, or that of a kind of job, which begins with it.
    """

    organisation = models.ForeignKey(  # type: ignore[assignment]
        Organisation, on_delete=models.CASCADE, null=True, related_name="+"
    )
    name = models.CharField(max_length=80)
    changed_by = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = SwitchQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name"], name="switch_once", nulls_distinct=False)
        ]

    def __str__(self) -> str:
        return self.name
