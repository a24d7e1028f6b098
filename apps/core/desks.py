"""The desks of this installation, and what each tells the frame about itself.

A desk is a folder of `apps` with a manifest in `desk.py`, or a package installed beside the platform whose entry point of
the group `kongming.desks` names its manifest; the frame names none of them:

    DESK = Desk(app="apps.invoices", label=_("Invoices"), url_prefix="invoices/", room=Room(…), …)

Settings and Celery read the manifests before there are models, so a `desk.py` imports nothing that needs one.
Beside it the frame looks for `urls.py`, for `api_urls.py` (under /api/v1/), for tasks, and for `REGISTERING`.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Self

from django.urls import reverse

import apps
from apps.core.errors import Text

# Modules that only have to be imported for what is in them to be known: they register it.
REGISTERING = (  # each is a file beside `desk.py` or in a topic
    "personal_records",
    "alerts",
    "receivers",
    "openapi",
    "evaluation_adapter",
    "evaluation_work",
    "chat_tools",
    "retention_rules",
)


@dataclass(frozen=True)
class Role:
    """What a member of the organisation is. `permissions` are names, of the frame's and of any desk's."""

    name: str
    label: Text
    explanation: Text
    permissions: Collection[str]


@dataclass(frozen=True)
class Page:
    """A page that people go to. Without a permission every member sees it; `shortcut` is the key after “g”."""

    label: Text
    url_name: str
    permission: str | None = None
    shortcut: str = ""

    @property
    def url(self) -> str:
        return reverse(self.url_name)

    @property
    def pages(self) -> tuple[Self, ...]:
        """A page that stands in the row of tabs by itself."""
        return (self,)


@dataclass(frozen=True)
class Tab:
    """Several pages of a room under one word; it leads to the first that the member may open."""

    label: Text
    pages: tuple[Page, ...]


@dataclass(frozen=True)
class Room:
    """An entry of the menu, and the pages behind it in a row of tabs: six at most, or nobody finds them.

    `hue`: its colour, by the number of a series of the charts. `actions`: pages where something new begins.
    """

    label: Text
    icon: str
    tabs: tuple[Page | Tab, ...]
    hue: int = 6
    actions: tuple[Page, ...] = ()

    @property
    def pages(self) -> list[Page]:
        return [page for tab in self.tabs for page in tab.pages]


@dataclass(frozen=True)
class KeyPreset:
    """What an API key of a common purpose may do; `name` stands in an address."""

    name: str
    label: Text
    scopes: tuple[str, ...]


@dataclass(frozen=True)
class OnboardingStep:
    """Something that a new organisation does first; its start page leads there."""

    title: Text
    text: Text
    action: Text
    url_name: str
    permission: str

    @property
    def url(self) -> str:
        return reverse(self.url_name)


@dataclass(frozen=True)
class FileTaker:
    """Files that the start page hands on to whoever declares this. Whoever lacks one of `permissions` never sees it.

    `title`: what the file is taken for; `text`: what becomes of it, and what is made where it is missing;
    `formats`: what is taken, as people call it.
    `media_types`: of the content; one that ends in a slash stands for all that begin so.
    `uploads`: the API's address where files begin, by tus where its view set knows it, else as the field `file` of a
    form. The view set says how large a file may be: `max_bytes`.
    `opens`: the page of what came of it, which takes the id that the upload got; or a list, which takes none.
    `recognises`: dotted name of a function of the beginning of a text and its media type: whether it most likely is
    such a file, so that it is offered first.
    `form`: dotted name of a form whose fields are asked before, and sent along.
    `works_for`: dotted name of a function of the actor: whether what it needs is there.
    """

    title: Text
    text: Text
    formats: Text
    icon: str
    permissions: tuple[str, ...]
    media_types: tuple[str, ...]
    uploads: str
    opens: str
    recognises: str = ""
    form: str = ""
    works_for: str = ""

    def takes(self, media_type: str) -> bool:
        return any(
            media_type.startswith(each) if each.endswith("/") else media_type == each
            for each in self.media_types
        )


@dataclass(frozen=True)
class PeriodicTask:
    """A Celery task that beat sends every so many seconds. `task` is its whole name: "apps.jobs.tasks.reap_jobs"."""

    task: str
    seconds: float
    queue: str = ""

    @property
    def beat_entry(self) -> dict[str, Any]:
        """The entry of Celery's schedule. A message that waited until the next one is due expires: a worker that comes
        back must not run all that it missed.
        """
        queue = {"queue": self.queue} if self.queue else {}
        return {"task": self.task, "schedule": self.seconds, "options": {"expires": self.seconds, **queue}}


@dataclass(frozen=True)
class Desk:
    """The manifest of a desk. Whatever has a default may be left out.

    `room`: its entry of the menu with its pages; `resource_tabs`: of one that has none, its tabs in the room of resources.
    `home_tabs`: those beside the start page, for what every member comes for.
    `url_prefix`: where the pages of `urls.py` hang in the site, such as "medical/"; "" for a desk that has several.
    `permissions`: name → what it allows. The part before the dot is the desk's own: it groups them in forms.
    `role_permissions`: which of them the frame's roles have. An owner has all; an administrator those named here.
    `shared_permissions`: those that every role has.
    `roles`: those that the desk brings along.
    `takes`: which files of the start page become something of it.
    `webhook_events`: name → when other systems are told, as the end of “Tell it when …”.
    `audit_sentences`: recorded action → what somebody did, as a sentence without its subject.
    `audit_details`: the details of recorded actions that say something to people → their label.
    `audit_filters`: what a list that leaves as a file was narrowed by → its label.
    `audit_words`: those of them that hold a code, such as “sms” → what says it in the reader's language.
    `jobs`: the modules whose services do jobs, such as "attachments.voice"; kinds of jobs are known by them.
    `key_presets`: purposes of API keys, whose scopes the form then begins with.
    `middleware`: dotted names, run for every request of the whole site once it is known who sends it.
    `api_enum_names`: name in the API's schema → dotted name of the choices, where several fields share a name.
    `request_actor`: dotted name of a function that finds the sender of a request who comes with neither key nor
    session, such as a visitor with a token; senders that it knows may send long bodies.
    `prompt_readers`: topic → the permission that shows what its prompts are filled with; "" for the desk's other topics.
    Inputs are recorded and read by whoever holds it; where none is named, by nobody.
    `layers`: the desk's modules and topics, highest first, as import-linter writes layers. Empty for a single topic.
    """

    app: str
    label: Text
    url_prefix: str
    permissions: Mapping[str, Text] = field(default_factory=dict)
    role_permissions: Mapping[str, Collection[str]] = field(default_factory=dict)
    shared_permissions: Collection[str] = ()
    roles: tuple[Role, ...] = ()
    room: Room | None = None
    resource_tabs: tuple[Tab, ...] = ()
    home_tabs: tuple[Page | Tab, ...] = ()
    onboarding: tuple[OnboardingStep, ...] = ()
    takes: tuple[FileTaker, ...] = ()
    webhook_events: Mapping[str, Text] = field(default_factory=dict)
    audit_sentences: Mapping[str, Text] = field(default_factory=dict)
    audit_details: Mapping[str, Text] = field(default_factory=dict)
    audit_filters: Mapping[str, Text] = field(default_factory=dict)
    audit_words: Mapping[str, Callable[[str], Text]] = field(default_factory=dict)
    jobs: tuple[str, ...] = ()
    schedule: tuple[PeriodicTask, ...] = ()
    key_presets: tuple[KeyPreset, ...] = ()
    middleware: tuple[str, ...] = ()
    api_enum_names: Mapping[str, str] = field(default_factory=dict)
    request_actor: str = ""
    prompt_readers: Mapping[str, str] = field(default_factory=dict)
    layers: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name of its folder, which is also its label as an app and the namespace of its addresses."""
        return self.app.rpartition(".")[2]

    @property
    def folder(self) -> Path:
        return Path(import_module(self.app).__path__[0])

    def modules(self, name: str) -> list[str]:
        """Dotted names of the files called so, the desk's own and those of its topics."""
        found = [*self.folder.glob(f"{name}.py"), *sorted(self.folder.glob(f"*/{name}.py"))]
        return [".".join([self.app, *path.relative_to(self.folder).with_suffix("").parts]) for path in found]


@cache
def all_desks() -> tuple[Desk, ...]:
    """Every desk on the disk and of every installed package, by its name."""
    manifests = [path for folder in apps.__path__ for path in Path(folder).glob("*/desk.py")]
    own: list[Desk] = [import_module(f"apps.{path.parent.name}.desk").DESK for path in manifests]
    installed: list[Desk] = [entry.load() for entry in entry_points(group="kongming.desks")]
    return tuple(sorted((*own, *installed), key=lambda desk: desk.name))


def name_of_module(module: str) -> str:
    """The desk that a module belongs to; empty for the frame's."""
    return next((desk.name for desk in all_desks() if f"{module}.".startswith(f"{desk.app}.")), "")


@cache
def name_of(view: Callable[..., Any], namespaces: tuple[str, ...]) -> str:
    """The desk whose page or API a view is; empty for the frame's, whose own views serve desks under their namespace."""
    named = next((desk.name for desk in all_desks() if desk.name in namespaces), "")
    return named or name_of_module(view.__module__)


def import_registrations() -> None:
    """Imports what the desks register: kinds of jobs, alerts, personal data. To be called when the models are there."""
    for desk in all_desks():
        for module in desk.jobs:
            import_module(f"{desk.app}.{module}")
        for name in REGISTERING:
            for module in desk.modules(name):
                import_module(module)
