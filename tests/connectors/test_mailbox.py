"""A folder of a mailbox, on a real server of IMAP."""

from email.message import EmailMessage

import pytest

from apps.accounts.actors import Actor
from apps.core import imap
from benchmarks.mail_server import PASSWORD, USER, ImapServer
from tests.connectors.conftest import NewSource, names, sync
from tests.customer_service.mail_servers import certificate, imap_process, imap_server  # noqa: F401


def mail(subject: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "anna@tea.example", "desk@tea.example", subject
    message.set_content(f"About {subject}.")
    return message


@pytest.mark.slow
def test_mails_of_a_folder_are_documents(
    imap_server: ImapServer,  # noqa: F811
    new_source: NewSource,
    alice_actor: Actor,
) -> None:
    imap_server.deliver(mail("Oolong"), mail("茶叶价格"))
    place = {"host": "127.0.0.1", "port": imap_server.port, "is_encrypted": False, "user": USER}
    source = new_source("mailbox", PASSWORD, **place, folder=imap_server.folder)

    sync(source)
    assert names(source) == ["Oolong", "茶叶价格"]

    client = imap_server.login()
    client.select(imap_server.folder)
    client.store("1", "+FLAGS", "\\Deleted")
    client.expunge()
    client.logout()
    sync(source, alice_actor)
    assert names(source) == ["茶叶价格"]

    refused = new_source("mailbox", "wrong", **place, folder=imap_server.folder)
    job = sync(refused)
    assert (job.state, job.error_code) == ("failed", "login")


@pytest.mark.slow
def test_a_connection_to_a_mailbox_that_breaks_costs_one_mail(
    imap_server: ImapServer,  # noqa: F811
    new_source: NewSource,
    alice_actor: Actor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    imap_server.deliver(mail("Oolong"), mail("Sencha"))
    fetch_one, fetched = imap.Mailbox.fetch_one, list[int]()

    def break_once(mailbox: imap.Mailbox, uid: int, *, largest: int) -> imap.FetchedMail | None:
        if not fetched:
            mailbox.client.shutdown()
        fetched.append(uid)
        return fetch_one(mailbox, uid, largest=largest)

    monkeypatch.setattr(imap.Mailbox, "fetch_one", break_once)
    place = {"host": "127.0.0.1", "port": imap_server.port, "is_encrypted": False, "user": USER}
    source = new_source("mailbox", PASSWORD, **place, folder=imap_server.folder)

    job = sync(source)
    assert (job.state, job.result) == ("succeeded", {"items": 2, "failed": 1, "deleted": 0})
    assert names(source) == ["Sencha"]
    sync(source, alice_actor)
    assert names(source) == ["Oolong", "Sencha"]
