from collections.abc import Callable
from pathlib import Path

import pytest

from domain.documents import blocks as block_forms
from domain.documents import reading
from domain.documents.blocks import Block

Read = Callable[[bytes, str], list[Block]]


@pytest.fixture
def answer(tmp_path: Path) -> Callable[[bytes, str], dict[str, object]]:
    def read_file(content: bytes, name: str) -> dict[str, object]:
        path = tmp_path / "upload"
        path.write_bytes(content)
        return reading.read(str(path), name)

    return read_file


@pytest.fixture
def read(answer: Callable[[bytes, str], dict[str, list[dict[str, object]]]]) -> Read:
    return lambda content, name: [block_forms.from_json(each) for each in answer(content, name)["blocks"]]


def told(blocks: list[Block]) -> list[tuple[str, str]]:
    return [(block.kind.value, block.text) for block in blocks]
