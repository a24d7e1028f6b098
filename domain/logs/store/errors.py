"""What the store refuses. Messages are for logs; the desk words what people read."""


class LogStoreError(Exception):
    """Everything below."""


class BatchTooLarge(LogStoreError):
    """More rows or bytes than one batch may have, or one text that is too long."""


class StoreBusy(LogStoreError):
    """Others changed the source each time that this change was tried. Nothing was stored; later it may be."""


class StoreUnreachable(LogStoreError):
    """The bucket does not answer, or refuses."""


class ChangedMeanwhile(LogStoreError):
    """Another one has changed it first, and nothing was written. Whoever raised it for good has tried again."""


class OutcomeUnknown(LogStoreError):
    """A change was sent and no answer came: it may count, or still come to."""


class QueryTimeout(LogStoreError):
    """The query did not end in time."""


class QueryTooLarge(LogStoreError):
    """The query needs more memory than a reader may use."""


class TooManyQueries(LogStoreError):
    """Others, or the organisation's own, are being answered. Later it may be asked again."""


class SearchTooBroad(LogStoreError):
    """The text can stand in records in too many ways. A longer one, or another, can be searched for."""
