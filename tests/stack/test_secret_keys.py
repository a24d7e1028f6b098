import stat
from pathlib import Path

from cryptography.fernet import Fernet

from stack.secret_keys import GENERATED, load_secrets


def test_secrets_are_made_once_and_stay(tmp_path: Path) -> None:
    first = load_secrets(tmp_path / "secrets.env")
    assert set(first) == set(GENERATED)
    assert load_secrets(tmp_path / "secrets.env") == first


def test_only_the_owner_can_read_them(tmp_path: Path) -> None:
    load_secrets(tmp_path / "secrets.env")
    assert stat.S_IMODE((tmp_path / "secrets.env").stat().st_mode) == 0o600


def test_two_installations_have_different_secrets(tmp_path: Path) -> None:
    first, second = load_secrets(tmp_path / "first.env"), load_secrets(tmp_path / "second.env")
    assert not set(first.values()) & set(second.values())


def test_a_missing_secret_is_added_and_the_others_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "secrets.env"
    key = Fernet.generate_key().decode()
    path.write_text(f"FIELD_KEYS={key}\nOF_MY_OWN=kept\n")
    completed = load_secrets(path)
    assert completed["FIELD_KEYS"] == key
    assert completed["OF_MY_OWN"] == "kept"
    assert completed["SECRET_KEY"]
    assert load_secrets(path) == completed
