from pathlib import Path

import pytest

from stack.errors import StackError
from stack.settings import checked_settings, chosen_settings


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text('PORT=9000\nLLM_MODEL="of the file"\n')
    monkeypatch.setenv("PORT", "9001")
    settings = chosen_settings(tmp_path / ".env")
    assert (settings["PORT"], settings["LLM_MODEL"]) == ("9001", "of the file")


def test_a_file_in_another_encoding_is_named_not_read_in_part(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("# 端口\r\nPORT=9000\r\n".encode("gbk"))
    with pytest.raises(StackError, match=r"\.env is not in UTF-8"):
        chosen_settings(tmp_path / ".env")


def test_an_impossible_setting_is_named() -> None:
    with pytest.raises(StackError, match="PORT: "):
        checked_settings({"PORT": "ninety"})
