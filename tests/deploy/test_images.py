"""Images of others: named in one file, and a pin is a digest."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.pin_images import DIGEST, images
from tests.scripted_engine_fixture import ROOT

IMAGES = images(ROOT / "deploy" / "images.env")
OURS = ("kongming:", "kongming-vllm-audio:")
NAMED = re.compile(
    r"""(?:image: +|ARG \w+_IMAGE=|_IMAGE:-)"?(?:\$\{\w+:-)?([\w./-]+:[\w.-]+(?:@\S+?)?)(?=["}\s]|$)"""
)
DIGEST_OF_STUB = "sha256:" + "ab" * 32


def files(root: Path) -> list[Path]:
    return [
        root / "Dockerfile",
        root / "docker-compose.yml",
        *sorted((root / "deploy" / "kubernetes").rglob("*.yaml")),
    ]


def references(root: Path) -> set[str]:
    found = {reference for path in files(root) for reference in NAMED.findall(path.read_text())}
    return {reference for reference in found if not reference.startswith(OURS)}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "deploy", tmp_path / "deploy")
    for name in ("Dockerfile", "docker-compose.yml"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def pin(root: Path, *arguments: str, path: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, root / "deploy" / "pin_images.py", *arguments],
        env={"PATH": path}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_every_image_is_the_one_that_the_list_names() -> None:
    assert references(ROOT) == set(IMAGES.values())


@pytest.mark.parametrize("reference", IMAGES.values())
def test_an_image_has_a_tag_and_its_pin_is_a_digest(reference: str) -> None:
    tag, _, digest = reference.partition("@")
    assert re.fullmatch(r"[\w./-]+:[\w.-]+", tag)
    assert not tag.endswith(":latest")
    assert digest == "" or DIGEST.fullmatch(digest)


def test_pinning_writes_the_registrys_digest_wherever_an_image_is_named(copy: Path) -> None:
    docker = copy / "bin" / "docker"
    docker.parent.mkdir()
    docker.write_text(f"#!/bin/sh\necho {DIGEST_OF_STUB}\n")
    docker.chmod(0o755)
    for _ in range(2):
        pinned = pin(copy, path=f"{docker.parent}:/bin:/usr/bin")
        assert pinned.returncode == 0, pinned.stderr
        assert references(copy) == {f"{reference}@{DIGEST_OF_STUB}" for reference in IMAGES.values()}
        assert set(images(copy / "deploy" / "images.env").values()) == references(copy)


def test_a_release_is_refused_while_a_tag_alone_names_an_image(copy: Path) -> None:
    listed = copy / "deploy" / "images.env"
    pinned = [f"{name}={reference.partition('@')[0]}@{DIGEST_OF_STUB}" for name, reference in IMAGES.items()]
    listed.write_text("\n".join(pinned) + "\n")
    assert pin(copy, "--check").returncode == 0

    name, reference = next(iter(IMAGES.items()))
    listed.write_text("\n".join([*pinned[1:], f"{name}={reference.partition('@')[0]}"]) + "\n")
    refused = pin(copy, "--check")
    assert refused.returncode == 1
    assert (
        f"1 of {len(IMAGES)} images are named by a tag alone: {reference.partition('@')[0]}" in refused.stderr
    )
    assert "python deploy/pin_images.py" in refused.stderr


def test_a_registry_that_tells_no_digest_changes_nothing(copy: Path) -> None:
    docker = copy / "bin" / "docker"
    docker.parent.mkdir()
    docker.write_text("#!/bin/sh\necho no such image >&2\nexit 1\n")
    docker.chmod(0o755)
    refused = pin(copy, path=f"{docker.parent}:/bin:/usr/bin")
    assert refused.returncode != 0
    assert "no such image" in refused.stderr
    assert references(copy) == references(ROOT)
