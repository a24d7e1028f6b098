"""One module for each kind of source, all with the interface of `interface.Connector`."""

from collections.abc import Callable, Mapping
from typing import Any

from apps.connectors.models import DocumentSource
from apps.connectors.sources.bucket import BucketConnector
from apps.connectors.sources.confluence import ConfluenceConnector
from apps.connectors.sources.database import DatabaseConnector
from apps.connectors.sources.feed import FeedConnector
from apps.connectors.sources.feishu import FeishuConnector
from apps.connectors.sources.folder import FolderConnector
from apps.connectors.sources.interface import Connector
from apps.connectors.sources.mailbox import MailboxConnector
from apps.connectors.sources.web import WebConnector
from apps.connectors.sources.webdav import WebDavConnector
from apps.jobs.runs import JobRun

Kind = DocumentSource.SourceKind
# Each is made from the run, the settings of the source and its secret.
CONNECTORS: Mapping[str, Callable[[JobRun, Mapping[str, Any], str], Connector]] = {
    Kind.WEB: WebConnector,
    Kind.FEED: FeedConnector,
    Kind.FOLDER: FolderConnector,
    Kind.BUCKET: BucketConnector,
    Kind.WEBDAV: WebDavConnector,
    Kind.MAILBOX: MailboxConnector,
    Kind.DATABASE: DatabaseConnector,
    Kind.FEISHU: FeishuConnector,
    Kind.CONFLUENCE: ConfluenceConnector,
}
