"""What each kind of source has to be told. Beside the name and how often it is looked into, a kind has fields of its own."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.accounts.actors import Actor
from apps.connectors import selectors
from apps.connectors.models import DocumentSource, SourceItem
from apps.connectors.reasons import REASONS
from apps.connectors.services import SourceSettings
from apps.connectors.sources.folder import allowed_root
from apps.connectors.sources.web import DEFAULT_PAGES, MAX_PAGES
from apps.core import ssrf_guard
from apps.core.errors import InvalidInput
from apps.core.forms import LinesField
from apps.knowledge import rights
from apps.knowledge.models import Collection
from llm_backend import patterns

Kind = DocumentSource.SourceKind
_VIEW = patterns.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)?")


class AddressField(forms.CharField):
    """An address of the web that may be asked. `allows_http`: nothing secret is sent there."""

    def __init__(self, *, allows_http: bool = False, **options: Any) -> None:
        self.allows_http = allows_http
        super().__init__(max_length=ssrf_guard.MAX_URL_CHARACTERS, **options)

    def clean(self, value: Any) -> str:
        address = str(super().clean(value)).strip()
        try:
            if address:
                ssrf_guard.check_url(address, allows_http=self.allows_http)
        except InvalidInput as refusal:
            raise forms.ValidationError([str(line) for line in refusal.fields["url"]]) from refusal
        return address


def _words(label: Any, **options: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=200, **options)


PORT: dict[str, Any] = {"min_value": 1, "max_value": 65535}
HTTP_ADDRESS = _("Address")


class KindForm(forms.Form):
    """`secret_label`: what is kept sealed; without one there is nothing to keep."""

    secret_label: Any = ""
    is_secret_needed = True


class WebForm(KindForm):
    address = AddressField(
        label=_("Where to begin"),
        allows_http=True,
        help_text=_("Pages that its sitemap names or that it links to are read, as robots.txt allows."),
    )
    only_below = AddressField(
        label=_("Only addresses that begin with"),
        allows_http=True,
        required=False,
        help_text=_("Leave empty for the folder of the first address."),
    )
    max_pages = forms.IntegerField(
        label=_("Pages at most"), min_value=1, max_value=MAX_PAGES, initial=DEFAULT_PAGES, required=False
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        prefix, address = values.get("only_below"), values.get("address", "")
        is_same_site = urlsplit(prefix or "").netloc == urlsplit(address).netloc
        if prefix and not (is_same_site and address.startswith(prefix)):
            self.add_error("only_below", _("The first address does not begin with this."))
        return values


class FeedForm(KindForm):
    address = AddressField(label=_("Address of the feed"), allows_http=True)


class FolderForm(KindForm):
    folder = _words(_("Folder"), help_text=_("On the server, below a folder that the operator allowed."))


class BucketForm(KindForm):
    secret_label, is_secret_needed = _("Secret key"), False
    address = AddressField(
        label=HTTP_ADDRESS, help_text=_("Of the service, such as https://s3.eu-central-1.amazonaws.com")
    )
    bucket = _words(_("Bucket"))
    only_below = _words(_("Only keys that begin with"), required=False)
    region = _words(_("Region"), required=False, help_text=_("Leave empty for us-east-1."))
    key_id = _words(_("Key ID"), required=False, help_text=_("Leave empty for a public bucket."))


class WebDavForm(KindForm):
    secret_label, is_secret_needed = _("Password"), False
    address = AddressField(
        label=HTTP_ADDRESS,
        help_text=_("Of the folder, such as https://cloud.example.com/remote.php/dav/files/anna/Handbook/"),
    )
    user = _words(_("User name"), required=False)


class MailboxForm(KindForm):
    secret_label = _("Password")
    host = _words(_("IMAP server"))
    port = forms.IntegerField(label=_("IMAP port"), initial=993, **PORT)
    is_encrypted = forms.BooleanField(
        label=_("Implicit TLS"),
        initial=True,
        required=False,
        help_text=_("Off: STARTTLS. Passwords are never sent unencrypted."),
    )
    user = _words(_("User name"))
    folder = _words(_("folder"), initial="INBOX")
    since = forms.DateField(
        label=_("Only mail since"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )


class DatabaseForm(KindForm):
    secret_label = _("Password")
    host = _words(_("Server"))
    port = forms.IntegerField(label=_("Port"), initial=5432, **PORT)
    is_encrypted = forms.BooleanField(label=_("Encrypted (TLS)"), initial=True, required=False)
    database = _words(_("Database"))
    user = _words(
        _("User name"), help_text=_("Use an account that can read this table or view and nothing else.")
    )
    view = _words(_("Table or view"), help_text=_("Such as public.products"))
    key_column = _words(
        _("Key column"),
        required=False,
        help_text=_(
            "Makes one document per row, told apart by this column. Leave empty to read all rows as one table."
        ),
    )
    title_column = _words(_("Title column"), required=False)

    def clean_view(self) -> str:
        name = str(self.cleaned_data["view"])
        if not _VIEW.fullmatch(name):
            raise forms.ValidationError(_("Write it as table or schema.table, in letters, digits and “_”."))
        return name


class FeishuForm(KindForm):
    secret_label = _("App secret")
    address = AddressField(
        label=HTTP_ADDRESS,
        initial="https://open.feishu.cn",
        help_text=_("Lark: https://open.larksuite.com"),
    )
    app_id = _words(_("App ID"))
    space = _words(_("Wiki space"), required=False, help_text=_("Its number. Leave empty to read a folder."))
    folder = _words(
        pgettext_lazy("of a drive", "Folder token"),
        required=False,
        help_text=_("The last part of the folder's address; of a wiki, the node to begin at."),
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not values.get("space") and not values.get("folder"):
            self.add_error("space", _("Enter a wiki space or a folder."))
        return values


class ConfluenceForm(KindForm):
    secret_label = _("API token")
    address = AddressField(label=HTTP_ADDRESS, help_text=_("Such as https://example.atlassian.net/wiki"))
    user = _words(
        _("E-mail of the user"),
        required=False,
        help_text=_("Leave empty for a personal access token of Confluence Server."),
    )
    spaces = LinesField(
        label=_("Space keys"), max_lines=50, max_characters=100, help_text=_("One on each line.")
    )

    def clean_spaces(self) -> list[str]:
        if not self.cleaned_data["spaces"]:
            raise forms.ValidationError(_("Enter at least one space key."))
        return list(self.cleaned_data["spaces"])


KIND_FORMS: Mapping[str, type[KindForm]] = {
    Kind.WEB: WebForm,
    Kind.FEED: FeedForm,
    Kind.FOLDER: FolderForm,
    Kind.BUCKET: BucketForm,
    Kind.WEBDAV: WebDavForm,
    Kind.MAILBOX: MailboxForm,
    Kind.DATABASE: DatabaseForm,
    Kind.FEISHU: FeishuForm,
    Kind.CONFLUENCE: ConfluenceForm,
}


class SourceForm(forms.Form):
    """Name, collection and interval, then the fields of the kind, and its secret. `cleaned_data` is what the services take.

    The collection of a source that is there stays.
    """

    name = forms.CharField(label=_("Name"), max_length=80)
    collection = forms.ModelChoiceField(
        Collection.objects.none(),
        label=_("Collection"),
        help_text=_("Everyone who can read this collection can read what the source brings."),
    )
    interval = forms.TypedChoiceField(
        label=_("Synchronised"),
        choices=DocumentSource.Interval.choices,
        coerce=int,
        initial=DocumentSource.Interval.DAY,
    )

    def __init__(
        self, data: Any = None, *, actor: Actor, kind: str, source: DocumentSource | None = None
    ) -> None:
        self.actor, self.source, self.kind_form = actor, source, KIND_FORMS[kind]
        initial: dict[str, Any] = {}
        if source:
            initial = {**source.settings, "name": source.name, "interval": source.interval}
        super().__init__(data, initial=initial)
        self.fields["collection"].queryset = rights.editable_collections(actor).order_by("name")  # type: ignore[attr-defined]
        if source:
            del self.fields["collection"]
        self.own = self.kind_form(data, initial=initial)
        self.fields |= self.own.fields
        if self.kind_form.secret_label:
            self.fields["secret"] = forms.CharField(
                label=self.kind_form.secret_label,
                required=self.kind_form.is_secret_needed and not source,
                strip=False,
                max_length=2000,
                widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
                help_text=_("Saved. Leave empty to keep it.") if source and source.secret else "",
            )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not self.own.is_valid():
            for name, lines in self.own.errors.items():
                if name not in self.errors:
                    self.add_error(name, [str(line) for line in lines])
        settings = {name: self.own.cleaned_data.get(name) for name in self.own.fields}
        if since := settings.get("since"):
            settings["since"] = since.isoformat()
        folder = settings.get("folder")
        if (
            self.kind_form is FolderForm
            and folder
            and not allowed_root(self.actor.organisation.slug, Path(folder))
        ):
            self.add_error("folder", str(REASONS["folder_not_allowed"]))
        if self.errors:
            return values
        wanted = SourceSettings(values["name"], values["interval"], settings, values.get("secret", ""))
        return {"wanted": wanted} | ({} if self.source else {"collection": values["collection"]})


class SourceItemFilter(django_filters.FilterSet):  # type: ignore[misc]
    """By the state that people see, which is failed, too, where an item was fetched and could not be read."""

    search = django_filters.CharFilter(method="with_name", label=_("Search"), max_length=100)
    state = django_filters.ChoiceFilter(method="in_state", label=_("State"), choices=SourceItem.State.choices)

    def with_name(self, items: QuerySet[SourceItem], _name: str, text: str) -> QuerySet[SourceItem]:
        return items.filter(Q(name__icontains=text) | Q(key__icontains=text))

    def in_state(self, items: QuerySet[SourceItem], _name: str, state: str) -> QuerySet[SourceItem]:
        return selectors.in_state(items, state)


class ApiSourceItemFilter(SourceItemFilter):
    class Meta:
        model = SourceItem
        fields = ("source",)


class PauseSourceForm(forms.Form):
    """It goes on where `continue` is sent."""

    def clean(self) -> dict[str, Any]:
        return {"is_paused": "continue" not in self.data}


class DeleteSourceForm(forms.Form):
    """The documents go as well, unless `keep` is sent."""

    def clean(self) -> dict[str, Any]:
        return {"keeps_documents": "keep" in self.data}
