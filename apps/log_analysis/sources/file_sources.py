"""The source of a file that came without one: whoever drops a log need not have made it before."""

from itertools import count
from pathlib import PurePath

from django.db import transaction

from apps.accounts.actors import Actor
from apps.log_analysis.sources import selectors, services
from apps.log_analysis.sources.models import LogFile, LogSource
from apps.log_analysis.sources.resources import SOURCES
from apps.resources import services as resources

MAX_NAME_CHARACTERS = 80
_PACKED = (".gz", ".zst", ".bz2", ".zip", ".tar", ".tgz")


@transaction.atomic
def begin_file(actor: Actor, *, file_name: str, length: int | None) -> LogFile:
    """Begins an upload into the source of its name, which is made where there is none, on the organisation's clocks.
    Raises PermissionDenied for whom sources are not, and what `services.begin_file` raises.
    """
    actor.require(SOURCES.write)
    source = _source_named(actor, source_name(file_name))
    return services.begin_file(actor, source, file_name=file_name, length=length)


def source_name(file_name: str) -> str:
    """That of the file, without what only says how it is packed."""
    name = PurePath(file_name).name
    while (path := PurePath(name)).suffix.lower() in _PACKED:
        name = path.stem
    return name.strip()[:MAX_NAME_CHARACTERS] or "log"


def _source_named(actor: Actor, name: str) -> LogSource:
    """What comes again tomorrow goes where it went today; a name that something else has gets a number."""
    sources = selectors.source_list(actor.organisation)
    for number in count(1):
        numbered = name if number == 1 else f"{name[: MAX_NAME_CHARACTERS - 6]} {number}"
        source = sources.filter(name=numbered).first()
        if source is None:
            return resources.store(actor, SOURCES, {"name": numbered})
        if source.kind == LogSource.Transport.FILES and not (source.is_paused or source.is_being_deleted):
            return source
    raise AssertionError("numbers do not end")
