"""Who takes a file that somebody drops on the start page. Desks say so in their manifests; none is known by name here."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from django import forms
from django.template.defaultfilters import filesizeformat
from django.urls import NoReverseMatch, resolve, reverse
from django.utils.module_loading import import_string
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from apps.accounts import switches
from apps.accounts.actors import Actor
from apps.core import desks
from apps.core.desks import FileTaker
from apps.core.errors import InvalidInput, TooLarge, UnsupportedContent
from apps.files.api import ResumableUploadViewSet
from apps.portal import recognition
from domain.documents import content

FILE_TAKERS = (
    FileTaker(
        title=gettext_lazy("Document"),
        text=gettext_lazy("Adds it to “Unsorted documents”, where it can be searched and cited."),
        formats=gettext_lazy(
            "documents (.pdf, .docx, .pptx, .xlsx, .ods, .epub, .eml, .msg, .mbox, .ics, .html, .md, .txt, .csv, .png, "
            ".jpg, .tif)"
        ),
        icon="book",
        permissions=("knowledge.view", "knowledge.edit"),
        media_types=tuple(content.Kind),
        uploads="api:document-list",
        opens="knowledge:document",
    ),
    FileTaker(
        title=gettext_lazy("Recording"),
        text=gettext_lazy("Transcribes it, with timestamps."),
        formats=gettext_lazy("recordings and videos (.wav, .mp3, .m4a, .ogg, .webm, .mp4)"),
        icon="microphone",
        permissions=("recordings.view", "recordings.edit"),
        media_types=("audio/", "video/"),
        uploads="api:recording-list",
        opens="speech:recording",
    ),
    *(taker for desk in desks.all_desks() for taker in desk.takes),
)
# Stands in the address of a result until the upload has an id.
NO_ID = UUID(int=0)


@dataclass(frozen=True)
class FileOffer:
    """A card: what a file may be taken for, and where it then goes."""

    taker: FileTaker

    @cached_property
    def uploads_url(self) -> str:
        return reverse(self.taker.uploads)

    @property
    def opens_url(self) -> str:
        try:
            return reverse(self.taker.opens, args=[NO_ID])
        except NoReverseMatch:
            return reverse(self.taker.opens)

    @cached_property
    def view_set(self) -> Any:
        return resolve(self.uploads_url).func.cls  # type: ignore[attr-defined]

    @property
    def max_bytes(self) -> int:
        return int(self.view_set.max_bytes)

    @property
    def is_resumable(self) -> bool:
        return issubclass(self.view_set, ResumableUploadViewSet)

    @property
    def form(self) -> forms.Form | None:
        """What is asked before. Several cards of several files stand on one page, so fields go without ids."""
        return import_string(self.taker.form)(auto_id=False) if self.taker.form else None


def takers_for(actor: Actor) -> list[FileTaker]:
    """Those whose every permission the actor has and that work for them, without those of desks that are switched off."""
    return [
        taker
        for taker in FILE_TAKERS
        if all(map(actor.may, taker.permissions))
        and switches.is_on(actor.organisation.pk, taker.opens.partition(":")[0])
        and (not taker.works_for or import_string(taker.works_for)(actor))
    ]


def offers_for(actor: Actor, *, name: str, head: bytes, size: int) -> list[FileOffer]:
    """What the file may be taken for, the likeliest first. `head`: its first bytes; `size`: of all of it.

    Raises InvalidInput for an empty file, UnsupportedContent for one that nobody takes, TooLarge.
    """
    if size == 0 or not head.strip():
        raise InvalidInput(_("The file is empty. Choose another one."))
    takers = takers_for(actor)
    media_type = recognition.media_type_of(head, name)
    fitting = [FileOffer(taker) for taker in takers if media_type and taker.takes(media_type)]
    if not fitting:
        raise UnsupportedContent(
            _("This file type is not supported. You can drop: %(formats)s.") % {"formats": formats_of(takers)}
        )
    if not (small_enough := [offer for offer in fitting if size <= offer.max_bytes]):
        limit = filesizeformat(max(offer.max_bytes for offer in fitting))
        raise TooLarge(_("The file is too large: at most %(limit)s. Split it.") % {"limit": limit})
    text = recognition.beginning(head)
    return sorted(small_enough, key=lambda offer: not _is_recognised(offer.taker, text, media_type))


def titles_of(takers: Sequence[FileTaker]) -> str:
    """What is taken, in a few words; empty where nothing is."""
    return capfirst(pgettext("list", ", ").join(str(taker.title).lower() for taker in takers))


def formats_of(takers: Sequence[FileTaker]) -> str:
    return _("; ").join(str(taker.formats) for taker in takers)


def _is_recognised(taker: FileTaker, text: str, media_type: str) -> bool:
    return bool(taker.recognises and import_string(taker.recognises)(text, media_type))
