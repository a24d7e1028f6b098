"""Log records in Parquet files: writers only add files, any number of processes read. Knows neither Django nor the network.

templates        what texts are made of: `Template` (a message), `Layout` (the line around it), `Catalogue` (those of a day)
record_columns   a record as it comes in, as it is stored, as it is read; limits
layouts          where the time stands in a line
rendering        texts put together again, byte for byte
segments         records as stored columns and as Parquet files
files            the one place that touches the disk
manifest         which segments count
store            `LogStore`: append exactly once, merge, drop days, delete a source, sizes
filters          what a reader asks for
text_search      where a text can stand in records whose text is stored in pieces
statements       the queries, for DuckDB and for ClickHouse
reader           `LogReader`: DuckDB in the reader's own process; imported from there, since few processes search
"""

from logstore.filters import Filters
from logstore.layouts import line_layouts
from logstore.record_columns import Record
from logstore.store import BatchKey, LogStore
from logstore.templates import Catalogue, Layout, Template

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
