"""Files in a bucket of S3, or of a server that speaks it. An object appears as a whole, and only here is it asked for."""

import io
import os
import tempfile
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

from domain.logs.store.errors import ChangedMeanwhile, OutcomeUnknown, StoreUnreachable
from domain.logs.store.manifest import is_plain_name

# A conditional PUT that is sent twice is refused the second time, because the first one counted.
MAX_RETRIES, MAX_CONDITIONAL_RETRIES = 3, 0
RETRY_TIMEOUT_S, TIMEOUT_S, CONNECT_TIMEOUT_S = 20, 30, 5
OPTIONS = {"endpoint", "region"}
MAX_MESSAGE_CHARACTERS = 500
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class BucketFiles:
    """At `s3://bucket/prefix?endpoint=…&region=…`; keys come from the usual AWS variables of the environment."""

    bucket: str
    prefix: str
    endpoint: str = ""
    region: str = ""

    @classmethod
    def from_url(cls, url: str) -> "BucketFiles":
        """Raises ValueError."""
        parts = urlsplit(url)
        options = parse_qs(parts.query, strict_parsing=bool(parts.query))
        endpoint = urlsplit(options.get("endpoint", [""])[0])
        if parts.scheme != "s3" or not parts.netloc or set(options) - OPTIONS:
            raise ValueError("write it as s3://bucket/prefix?endpoint=https://host")
        if not all(is_plain_name(part) for part in parts.path.strip("/").split("/") if part):
            raise ValueError("the prefix is made of letters, digits, -, _ and /")
        if "@" in parts.netloc or "@" in endpoint.netloc:
            raise ValueError("keys belong in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
        return cls(parts.netloc, parts.path.strip("/"), endpoint.geturl(), options.get("region", [""])[0])

    def publish(self, path: str, write: Callable[[Path], object]) -> int:
        """One PUT. Raises StoreUnreachable, as all of these do."""
        with tempfile.TemporaryDirectory(prefix="kongming-logs-") as folder:
            draft = Path(folder) / "draft"
            write(draft)
            self.upload(draft, path)
            return draft.stat().st_size

    def upload(self, file: Path, path: str) -> None:
        self._ask(lambda: self._store.put(path, file, use_multipart=False))

    def make_folder(self, folder: str) -> None:
        """There are none."""

    def read(self, path: str) -> bytes:
        return self.read_tagged(path)[0]

    def read_tagged(self, path: str) -> tuple[bytes, str]:
        """With what tells this version from every other. Raises FileNotFoundError."""

        def get() -> tuple[bytes, str]:
            result = self._store.get(path)
            return bytes(result.bytes()), result.meta["e_tag"]

        return self._ask(get)

    def read_range(self, path: str, start: int, length: int) -> bytes:
        return self._ask(lambda: bytes(self._store.get_range(path, start=start, length=length)))

    def size(self, path: str) -> int:
        """Raises FileNotFoundError."""
        return self._ask(lambda: int(self._store.head(path)["size"]))

    def replace_if_unchanged(self, path: str, content: bytes, tag: str | None) -> None:
        """`tag`: of the version that is replaced; None where there was none.

        Raises ChangedMeanwhile where it is another one now: then nothing was written. Raises OutcomeUnknown where no
        answer says whether it was.
        """
        from obstore import exceptions

        client = _client(self, os.getpid(), is_conditional=True)
        mode: Any = "create" if tag is None else {"e_tag": tag}
        try:
            client.put(path, content, mode=mode, use_multipart=False)
        except (exceptions.PreconditionError, exceptions.AlreadyExistsError) as error:
            raise ChangedMeanwhile(path) from error
        except (exceptions.PermissionDeniedError, exceptions.UnauthenticatedError) as error:
            raise StoreUnreachable(_message(error)) from error
        except exceptions.BaseError as error:
            raise OutcomeUnknown(_message(error)) from error

    def folders(self, folder: str) -> list[str]:
        prefixes = self._ask(lambda: self._store.list_with_delimiter(folder)["common_prefixes"])
        return sorted(each.rsplit("/", 1)[-1] for each in prefixes)

    def objects(self, folder: str) -> dict[str, datetime]:
        """Everything below it, by its path, and when it was written by the server's clock."""

        def list_all() -> dict[str, datetime]:
            chunks = self._store.list(folder, chunk_size=1000)
            return {each["path"]: each["last_modified"] for chunk in chunks for each in chunk}

        return self._ask(list_all)

    def remove(self, path: str) -> None:
        self.remove_all([path])

    def remove_all(self, paths: Collection[str]) -> None:
        if paths:
            self._ask(lambda: self._store.delete(sorted(paths)))

    def address(self, path: str) -> str:
        return "/".join(filter(None, (f"s3://{self.bucket}", self.prefix, path)))

    def path(self, address: str) -> str:
        """Of what `address` gave."""
        return address.removeprefix(self.address("") + "/")

    def web_address(self, path: str) -> str:
        """For another program that reads the bucket."""
        amazon = f"https://{self.bucket}.s3.{self.region + '.' if self.region else ''}amazonaws.com"
        start = f"{self.endpoint.rstrip('/')}/{self.bucket}" if self.endpoint else amazon
        return "/".join(filter(None, (start, self.prefix, path)))

    def parquet(self, path: str) -> io.BytesIO:
        return io.BytesIO(self.read(path))

    def _ask(self, request: Callable[[], Answer]) -> Answer:
        from obstore import exceptions

        try:
            return request()
        except exceptions.BaseError as error:
            raise StoreUnreachable(_message(error)) from error

    @property
    def _store(self) -> Any:
        return _client(self, os.getpid(), is_conditional=False)


@lru_cache(maxsize=8)
def _client(files: BucketFiles, process: int, *, is_conditional: bool) -> Any:
    """Its connections and threads do not go along into a child, so each process has its own."""
    try:
        from obstore.store import S3Store
    except ImportError as error:
        raise StoreUnreachable(
            "obstore is not installed: pip install --no-deps --require-hashes -r requirements/s3.txt"
        ) from error
    options: dict[str, Any] = {"endpoint": files.endpoint, "region": files.region}
    return S3Store(
        files.bucket,
        prefix=files.prefix or None,
        client_options={
            "allow_http": files.endpoint.startswith("http://"),
            "timeout": timedelta(seconds=TIMEOUT_S),
            "connect_timeout": timedelta(seconds=CONNECT_TIMEOUT_S),
        },
        retry_config={
            "max_retries": MAX_CONDITIONAL_RETRIES if is_conditional else MAX_RETRIES,
            "retry_timeout": timedelta(seconds=RETRY_TIMEOUT_S),
        },
        **{name: value for name, value in options.items() if value},
    )


def _message(error: Exception) -> str:
    """Without what the library adds for its authors. Keys stand in headers, which it does not tell."""
    return str(error).partition("Debug source")[0].strip()[:MAX_MESSAGE_CHARACTERS]
