from config.mail import mail_settings


def test_without_a_server_mails_go_to_the_log() -> None:
    assert mail_settings("") == {"EMAIL_BACKEND": "apps.core.mail.LogBackend"}


def test_smtp_with_a_password_upgrades_to_tls() -> None:
    found = mail_settings("smtp://robot:p%40ss@mail.example?from=kongming@tea.example")

    assert (found["EMAIL_HOST"], found["EMAIL_PORT"]) == ("mail.example", 587)
    assert (found["EMAIL_HOST_USER"], found["EMAIL_HOST_PASSWORD"]) == ("robot", "p@ss")
    assert (found["EMAIL_USE_TLS"], found["EMAIL_USE_SSL"]) == (True, False)
    assert found["DEFAULT_FROM_EMAIL"] == "kongming@tea.example"


def test_smtps_speaks_tls_from_the_start() -> None:
    found = mail_settings("smtps://mail.example")

    assert (found["EMAIL_PORT"], found["EMAIL_USE_SSL"], found["EMAIL_USE_TLS"]) == (465, True, False)
