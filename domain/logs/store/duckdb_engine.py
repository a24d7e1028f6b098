"""DuckDB in the reader's own process, over files on the disk or ranges of a bucket."""

import threading
from collections.abc import Sequence

import duckdb
import pyarrow as pa
from sqlglot import exp

from domain.logs.store import statements
from domain.logs.store.bucket_files import BucketFiles
from domain.logs.store.errors import QueryTimeout, QueryTooLarge
from domain.logs.store.files import Files
from domain.logs.store.statements import Bindings

INTERRUPT_EVERY_S = 0.05


class DuckDBEngine:
    """Reads below one place only; threads and memory are its own limit."""

    def __init__(self, files: Files, *, threads: int, memory: str) -> None:
        self.connection = duckdb.connect(":memory:", config={"threads": threads, "memory_limit": memory})
        if isinstance(files, BucketFiles):
            # Only where a bucket is set: on a disk nothing of it is loaded.
            from domain.logs.store.bucket_filesystem import BucketFilesystem

            self.connection.register_filesystem(BucketFilesystem(files))
        folder = exp.Literal.string(files.address("")).sql(dialect=statements.DUCKDB)
        for setting in (
            f"allowed_directories = [{folder}]",
            "autoinstall_known_extensions = false",
            "autoload_known_extensions = false",
            "temp_directory = ''",
            "parquet_metadata_cache = true",
            # Whatever a statement says, it reads below this folder only.
            "enable_external_access = false",
            "lock_configuration = true",
        ):
            self.connection.execute(f"SET {setting}")

    def segment_table(self, paths: Sequence[str], bindings: Bindings) -> exp.Expr:
        return exp.Table(this=exp.Anonymous(this="read_parquet", expressions=[bindings.bind(paths)]))

    def run(self, statement: exp.Select, bindings: Bindings, seconds: float) -> pa.Table:
        """Raises QueryTimeout, QueryTooLarge; FileNotFoundError or duckdb.IOException where a file has gone."""
        is_done = threading.Event()
        with self.connection.cursor() as cursor:

            def interrupt() -> None:
                """More than once: before the statement runs, nothing is there to end."""
                wait = seconds
                while not is_done.wait(wait):
                    cursor.interrupt()
                    wait = INTERRUPT_EVERY_S

            clock = threading.Thread(target=interrupt, daemon=True)
            clock.start()
            try:
                sql = statement.sql(dialect=statements.DUCKDB)
                return cursor.sql(sql, params=bindings.values).to_arrow_table()
            except duckdb.InterruptException as error:
                raise QueryTimeout("DuckDB was interrupted.") from error
            except duckdb.OutOfMemoryException as error:
                raise QueryTooLarge("The query needs more memory than readers have.") from error
            except duckdb.Error as error:
                # Of no class of its own is what a filesystem in Python has raised.
                if type(error) is not duckdb.Error:
                    raise
                from domain.logs.store.bucket_filesystem import bucket_error

                raise bucket_error(error) from error
            finally:
                is_done.set()
                clock.join()
