"""Pins every image of deploy/images.env to the digest that its tag has now, wherever it is named.

python deploy/pin_images.py            ask the registry and write
python deploy/pin_images.py --offline  only bring the other files up to what deploy/images.env says
python deploy/pin_images.py --check    fail, and name the images that a tag alone names: no release without it
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "deploy" / "images.env"
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def images(file: Path) -> dict[str, str]:
    """Variable → reference, as NAME:TAG or NAME:TAG@DIGEST."""
    lines = (
        line.partition("=") for line in file.read_text().splitlines() if line and not line.startswith("#")
    )
    return {name: reference for name, _, reference in lines}


def digest_of(reference: str) -> str:
    command = ["docker", "buildx", "imagetools", "inspect", "--format", "{{.Manifest.Digest}}", reference]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    digest = done.stdout.strip()
    if done.returncode or not DIGEST.fullmatch(digest):
        sys.exit(
            f"The registry told no digest of {reference}: {done.stderr.strip() or digest}. Nothing was changed."
        )
    return digest


def files_that_name_images() -> list[Path]:
    manifests = sorted((ROOT / "deploy" / "kubernetes").rglob("*.yaml"))
    return [IMAGES, ROOT / "Dockerfile", ROOT / "docker-compose.yml", *manifests]


def replace_everywhere(reference: str) -> None:
    """Whatever tag or digest stands behind the same name becomes that of `reference`."""
    name = re.escape(reference.partition("@")[0].rpartition(":")[0])
    present = re.compile(rf"(?<![\w./]){name}:[\w.-]+(@{DIGEST.pattern})?")
    for path in files_that_name_images():
        text = path.read_text()
        if (pinned := present.sub(reference, text)) != text:
            path.write_text(pinned)


def refuse_tags(references: list[str]) -> None:
    """A tag can be moved to other content by whoever may push to its registry; a digest is the content."""
    tags = [reference for reference in references if not DIGEST.fullmatch(reference.partition("@")[2])]
    if tags:
        sys.exit(
            f"{len(tags)} of {len(references)} images are named by a tag alone: {', '.join(tags)}. "
            "Where their registry answers, run: python deploy/pin_images.py"
        )


def main(arguments: list[str]) -> None:
    references = list(images(IMAGES).values())
    if "--check" in arguments:
        refuse_tags(references)
        return
    if "--offline" not in arguments:
        tags = [reference.partition("@")[0] for reference in references]
        references = [f"{tag}@{digest_of(tag)}" for tag in tags]
    for reference in references:
        replace_everywhere(reference)
        print(reference)


if __name__ == "__main__":
    main(sys.argv[1:])
