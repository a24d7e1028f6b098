"""Log records in Parquet files: writers only add files, any number of processes read. Knows no Django.

templates        what texts are made of: `Template` (a message), `Layout` (the line around it), `Catalogue` (those of a day)
record_columns   a record as it comes in, as it is stored, as it is read; limits
layouts          where the time stands in a line
rendering        texts put together again, byte for byte
segments         records as stored columns and as Parquet files
files            the one place that touches the disk
manifest         which segments of a day count
commits          how a change of a source comes to count; on a disk, by locks
bucket_files     the same as `files` in a bucket of S3; bucket_filesystem: for DuckDB
bucket_commits   how a change comes to count there, by one conditional PUT
places           which of the two an address means
store            `LogStore`: append exactly once, merge, drop days, delete a source, sizes
filters          what a reader asks for
value_types      what records can be counted by; value_columns: where it stands in a record
text_search      where a text can stand in records whose text is stored in pieces
statements       the queries, for DuckDB and for ClickHouse
duckdb_engine    answers them in the reader's own process; clickhouse_engine: on a server that reads the bucket
reader           `LogReader`; imported from there, since few processes search
"""

from domain.logs.store.filters import Filters
from domain.logs.store.layouts import line_layouts
from domain.logs.store.record_columns import Record
from domain.logs.store.store import BatchKey, LogStore
from domain.logs.store.templates import Catalogue, Layout, Template

__all__ = [
    "BatchKey",
    "Catalogue",
    "Filters",
    "Layout",
    "LogStore",
    "Record",
    "Template",
    "line_layouts",
]
