"""Where records are stored: a folder, or `s3://bucket/prefix?endpoint=https://…` (Amazon's own without an endpoint)."""

from pathlib import Path

from domain.logs.store.commits import Commits, LocalCommits
from domain.logs.store.files import LocalFiles


def commits_at(place: Path | str) -> Commits:
    """Raises ValueError for an address that is none."""
    if isinstance(place, Path):
        return LocalCommits(LocalFiles(place))
    # Only where a bucket is set: on a disk nothing of it is loaded.
    from domain.logs.store.bucket_commits import BucketCommits
    from domain.logs.store.bucket_files import BucketFiles

    return BucketCommits(BucketFiles.from_url(place))
