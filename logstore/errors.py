"""What the store refuses. Messages are for logs; the desk words what people read."""


class LogStoreError(Exception):
    """Everything below."""


class BatchTooLarge(LogStoreError):
    """More rows or bytes than one batch may have, or one text that is too long."""


class QueryTimeout(LogStoreError):
    """The query did not end in time."""


class QueryTooLarge(LogStoreError):
    """The query needs more memory than a reader may use."""


class SearchTooBroad(LogStoreError):
    """The text can stand in records in too many ways. A longer one, or another, can be searched for."""
