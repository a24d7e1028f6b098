from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from apps.accounts.models import Membership
from apps.core import languages
from apps.core.models import OrganisationOwned, OrganisationQuerySet
from apps.customer_service.channels.models import Channel


class SavedAnswerQuerySet(OrganisationQuerySet["SavedAnswer"]):
    def usable(self) -> Self:
        """Enabled and not expired."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()), is_enabled=True)


class SavedAnswer(OrganisationOwned):
    """An answer that a person wrote. It is given word for word, without a model."""

    AUDIT_TYPE = "curatedanswer"

    answer = models.TextField(_("answer"), max_length=4000)
    language = models.CharField(_("language"), max_length=10, choices=languages.CHOICES)
    channels = models.ManyToManyField(
        Channel,
        verbose_name=_("channels"),
        blank=True,
        related_name="+",
        help_text=_("None selected: all."),
    )
    owner = models.ForeignKey(
        Membership,
        verbose_name=pgettext_lazy("saved answer", "owner"),
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
    )
    expires_at = models.DateTimeField(
        _("valid until"), null=True, blank=True, help_text=_("Not used after this date.")
    )
    is_enabled = models.BooleanField(_("in use"), default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    changed_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = SavedAnswerQuerySet.as_manager()

    def __str__(self) -> str:
        return self.answer[:60]

    @property
    def first_question(self) -> str:
        return next((each.text for each in self.questions.all()), "")

    @property
    def variants_text(self) -> str:
        """How many other ways there are to ask for it; nothing where there is none."""
        more = len(self.questions.all()) - 1
        text = ngettext("and %(more)s more variant", "and %(more)s more variants", more)
        return text % {"more": more} if more > 0 else ""

    @property
    def is_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()


class SavedAnswerQuestion(OrganisationOwned):
    """One way to ask for a saved answer, with its embedding once a job has made it."""

    saved_answer = models.ForeignKey(SavedAnswer, on_delete=models.CASCADE, related_name="questions")
    text = models.CharField(max_length=500)
    embedding = models.BinaryField(null=True, help_text="float32, little-endian.")
    embedding_model = models.CharField(max_length=200, blank=True)

    objects = OrganisationQuerySet["SavedAnswerQuestion"].as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["saved_answer", "text"], name="saved_answer_question_text")
        ]

    def __str__(self) -> str:
        return self.text[:60]
