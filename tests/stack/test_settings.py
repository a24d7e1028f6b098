from pathlib import Path

import pytest

from stack import doctor
from stack.errors import StackError
from stack.installation import Installation
from stack.settings import checked_settings, chosen_settings, misspelt_settings


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


def test_a_misspelt_name_is_told_and_that_of_another_program_is_not(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "LLM_ENDPIONT=x\nTIMEZONE=UTC\nPOSTGRES_PASSWORD=x\nHTTP_PROXY=x\nPORT=9000\n"
    )

    assert misspelt_settings(tmp_path / ".env") == {"LLM_ENDPIONT": "LLM_ENDPOINT", "TIMEZONE": "TIME_ZONE"}


@pytest.mark.parametrize(
    ("chosen", "level"),
    [
        ({}, doctor.Level.WELL),
        ({"HOST": "0.0.0.0"}, doctor.Level.WARNING),
        ({"HOST": "0.0.0.0", "ALLOWED_HOSTS": "10.2.0.7"}, doctor.Level.WELL),
        ({"HOST": "0.0.0.0", "PUBLIC_URL": "https://tea.example"}, doctor.Level.WELL),
    ],
)
def test_the_doctor_tells_that_others_are_let_in_by_no_name(
    tmp_path: Path, chosen: dict[str, str], level: doctor.Level
) -> None:
    assert doctor.host_names(Installation(tmp_path, settings=chosen)).level == level
