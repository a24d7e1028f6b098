"""What a password may and may not be, and what a new one ends."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from cryptography.fernet import Fernet
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.test import Client

from apps.accounts import second_factors
from apps.accounts.models import Organisation, User
from apps.core import fields
from tests.conftest import PASSWORD, browser_of

SESSIONS = "/accounts/sessions/"
NEW = "rain-over-seven-hills"


def change(browser: Client, new: str, old: str = PASSWORD) -> None:
    browser.post("/accounts/password/change/", {"oldpassword": old, "password1": new, "password2": new})


@pytest.mark.parametrize(
    "password", ["elevenchars", "password1234", "Kongming2026!", "Tea House 12", "管理员密码12345"]
)
def test_short_common_and_foreseeable_passwords_are_refused(
    alice: User, tea_house: Organisation, password: str
) -> None:
    with pytest.raises(ValidationError):
        validate_password(password, alice)


@pytest.mark.parametrize(
    "password",
    ["8264917305528", "rain over the seven hills", "雨落在七座山上的那个下午三点", "x" * 5 + "🦉" * 60],
)
def test_any_composition_and_length_will_do(alice: User, tea_house: Organisation, password: str) -> None:
    browser = browser_of(alice)

    change(browser, password)

    alice.refresh_from_db()
    assert alice.check_password(password)
    assert not alice.check_password(password[:-1])


def test_a_new_password_asks_for_the_old_one(alice: User, tea_house: Organisation) -> None:
    change(browser_of(alice), NEW, old="something-else")

    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)


def test_a_new_password_signs_all_other_browsers_out(alice: User, tea_house: Organisation) -> None:
    here, elsewhere = browser_of(alice), browser_of(alice)

    change(here, NEW)

    assert here.get("/jobs/").status_code == 200
    assert elsewhere.get("/jobs/").status_code == 302


def test_people_see_their_browsers_and_sign_the_others_out_with_the_password(
    alice: User, tea_house: Organisation
) -> None:
    here, elsewhere = Client(headers={"User-Agent": "Tea/1"}), Client(headers={"User-Agent": "Stolen/1"})
    for browser in (here, elsewhere):
        browser.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    assert here.get(SESSIONS)["Location"].startswith("/accounts/reauthenticate/")
    here.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert "Stolen/1" in here.get(SESSIONS).content.decode()

    here.post(SESSIONS)

    assert here.get("/jobs/").status_code == 200
    assert elsewhere.get("/jobs/").status_code == 302


def test_the_operator_ends_the_sessions_of_one_person_or_of_all(alice: User, charlie: User) -> None:
    hers, his = browser_of(alice), browser_of(charlie)

    call_command("end_sessions", alice.email)
    assert (hers.get("/jobs/").status_code, his.get("/jobs/").status_code) == (302, 200)

    call_command("end_sessions", "--all")
    assert his.get("/jobs/").status_code == 302


def test_whoever_is_shut_out_of_the_installation_is_signed_out(alice: User, tea_house: Organisation) -> None:
    browser = browser_of(alice)
    User.objects.filter(pk=alice.pk).update(is_active=False)

    assert browser.get("/jobs/").status_code == 302


def test_password_fields_are_masked_and_may_be_filled_in_by_programs(db: None) -> None:
    page = Client().get("/accounts/login/").content.decode()

    assert 'type="password"' in page
    assert 'autocomplete="current-password"' in page


def test_secrets_of_second_factors_lie_sealed_and_move_to_a_new_key(
    alice: User, settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = generate_totp_secret()
    TOTP.activate(alice, secret)
    codes = RecoveryCodes.activate(alice).get_unused_codes()
    assert secret not in str(list(Authenticator.objects.values_list("data", flat=True)))

    new = Fernet.generate_key().decode()
    settings.FIELD_KEYS = [new, *settings.FIELD_KEYS]  # type: ignore[attr-defined]
    fields._keys.cache_clear()
    try:
        assert second_factors.wrap_anew() == 2
        settings.FIELD_KEYS = [new]  # type: ignore[attr-defined]
        fields._keys.cache_clear()

        row = Authenticator.objects.get(type=Authenticator.Type.RECOVERY_CODES)
        assert RecoveryCodes(row).get_unused_codes() == codes
    finally:
        fields._keys.cache_clear()


@pytest.mark.slow
def test_a_password_of_before_is_stored_as_argon2id_once_its_owner_signs_in(
    alice: User, client: Client, settings: object
) -> None:
    old = "django.contrib.auth.hashers.PBKDF2PasswordHasher"
    new = "apps.accounts.password_hasher.Argon2idHasher"
    settings.PASSWORD_HASHERS = [old]  # type: ignore[attr-defined]
    alice.set_password(PASSWORD)
    alice.save()
    settings.PASSWORD_HASHERS = [new, old]  # type: ignore[attr-defined]

    answer = client.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})

    alice.refresh_from_db()
    assert answer.status_code == 302
    assert alice.password.startswith("argon2$argon2id$")
