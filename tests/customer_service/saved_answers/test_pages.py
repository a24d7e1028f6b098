"""The pages, the table and the API of saved answers."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from apps.accounts import alerts
from apps.audit.models import AuditEntry
from apps.core import tables
from apps.customer_service.conversations import services
from apps.customer_service.conversations.models import Message
from apps.customer_service.saved_answers.models import SavedAnswer
from tests.customer_service.saved_answer_fixtures import curate

pytestmark = pytest.mark.django_db

PAGE = "/conversations/saved-answers/"
API = "/api/v1/curated-answers/"
QUESTION = "How long can I return unopened tea?"


def test_without_answers_the_page_says_what_they_are_for(alice_browser):
    page = alice_browser.get(PAGE).text

    assert "No saved answers yet" in page
    assert "Try a question" not in page


def test_an_answer_is_made_changed_and_deleted_on_its_pages(alice_browser, alice_actor, channel):
    form = {
        "questions": f"{QUESTION}\nMay I return tea?",
        "answer": "30 days.",
        "language": "en",
        "is_enabled": "on",
    }
    alice_browser.post(f"{PAGE}new/", form | {"expires_at": "2999-01-31", "channels": [str(channel.pk)]})

    answer = SavedAnswer.objects.get()
    assert answer.owner == alice_actor.member
    assert timezone.localdate(answer.expires_at).isoformat() == "2999-01-31"
    assert list(answer.channels.all()) == [channel]
    assert QUESTION in alice_browser.get(PAGE).text

    alice_browser.post(f"{PAGE}{answer.pk}/", form | {"answer": "31 days."})
    answer.refresh_from_db()
    assert (answer.answer, answer.expires_at, answer.questions.count()) == ("31 days.", None, 2)

    alice_browser.post(f"{PAGE}{answer.pk}/delete/")
    assert not SavedAnswer.objects.exists()
    actions = AuditEntry.objects.filter(action__startswith="curated").order_by("sequence")
    assert list(actions.values_list("action", flat=True)) == [
        "curated_answer.created",
        "curated_answer.changed",
        "curated_answer.deleted",
    ]
    assert set(actions.values_list("target_type", flat=True)) == {"curatedanswer"}, "the word of older lines"


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(alice_browser, tea_house):
    form = {"questions": "\n", "answer": "Kept words.", "language": "en"}

    page = alice_browser.post(f"{PAGE}new/", form | {"questions": "x" * 501}).text

    assert "at most 500 characters" in page
    assert "Kept words." in page


def test_the_list_says_how_often_an_answer_was_given_and_warns(alice_browser, alice_actor, desk):
    answer = curate(alice_actor, QUESTION, expires_at=timezone.now() + timedelta(days=13))
    asked = desk.open(QUESTION)
    given(asked, answer)

    page = alice_browser.get(PAGE).text

    assert "expires soon" in page
    assert '<td data-label="Times used" class="cell-number" dir="auto" hx-disable>1</td>' in page


def given(asked, answer):
    Message.objects.create(
        organisation=answer.organisation,
        conversation=asked.conversation,
        ordinal=2,
        author="bot",
        text=answer.answer,
        answers=asked.message,
        saved_answer=answer,
    )


@pytest.mark.slow
def test_the_list_filters_by_state_owner_and_words(alice_browser, alice_actor):
    curate(alice_actor, "What is in use?", answer="Used.")
    expired = curate(alice_actor, "What is over?", answer="Over.")
    SavedAnswer.objects.filter(pk=expired.pk).update(expires_at=timezone.now() - timedelta(days=1))
    curate(alice_actor, "What is off?", answer="Off.", is_enabled=False)

    def shown(query):
        page = alice_browser.get(f"{PAGE}?{query}").text
        return [word for word in ("What is in use?", "What is over?", "What is off?") if word in page]

    assert shown("state=in_use") == ["What is in use?"]
    assert shown("state=expired") == ["What is over?"]
    assert shown("state=off") == ["What is off?"]
    assert shown("search=over.") == ["What is over?"]
    assert shown("search=in+use") == ["What is in use?"]
    assert len(shown(f"owner={alice_actor.member.pk}")) == 3
    assert shown("state=nonsense&owner=nobody") == shown("")
    assert "No results" in alice_browser.get(f"{PAGE}?search=nothing").text


def test_the_list_needs_as_many_queries_for_twenty_as_for_one(
    alice_browser, alice_actor, django_assert_max_num_queries
):
    for number in range(20):
        curate(alice_actor, f"Question {number}?")

    with django_assert_max_num_queries(14):
        alice_browser.get(PAGE)


def test_a_question_is_tried_and_the_page_says_why(alice_browser, alice_actor, channel):
    curate(alice_actor, QUESTION)

    def tried(question):
        return alice_browser.get(f"{PAGE}try/", {"question": question}, headers={"HX-Request": "true"}).text

    assert "Visitors get this answer" in tried(QUESTION)
    assert "a number or weekday differs" in tried("How long can I return unopened tea of order A-1029?")
    assert "No saved answer is used" in tried("Where is the shop?")
    assert "Enter a question first" in tried("")
    assert "<html" not in tried(QUESTION)
    assert "<html" in alice_browser.get(f"{PAGE}try/", {"question": QUESTION}).text


def test_a_form_is_filled_from_a_conversation(alice_browser, alice_actor, desk):
    asked = desk.open("how long can i\nreturn tea?")
    services.reply(alice_actor, conversation_id=asked.conversation.pk, text="30 days [1], <b>unopened</b>.")
    reply = Message.objects.get(author="agent")

    from_question = alice_browser.get(f"{PAGE}new/?message={asked.message.pk}").text
    from_reply = alice_browser.get(f"{PAGE}new/?message={reply.pk}").text
    typed = alice_browser.get(f"{PAGE}new/?question=茶叶怎么保存&answer=阴凉处").text

    for page in (from_question, from_reply):
        assert "how long can i return tea?" in page
        assert "30 days, &lt;b&gt;unopened&lt;/b&gt;." in page
    assert "茶叶怎么保存" in typed
    assert "阴凉处" in typed
    assert '<option value="zh-hans" selected>' in typed
    assert alice_browser.get(f"{PAGE}new/?message=nonsense").status_code == 200


def test_a_strangers_message_fills_nothing(bob_browser, desk):
    asked = desk.open("A secret question")

    assert bob_browser.get(f"{PAGE}new/?message={asked.message.pk}").status_code == 404


def test_an_owner_is_told_in_time(alice_actor, bob_actor):
    answer = curate(alice_actor, QUESTION, expires_at=timezone.now() + timedelta(days=6))
    url = f"{PAGE}?owner={alice_actor.member.pk}"
    assert [matter.url for matter in alerts.alerts(alice_actor)] == [url]
    assert alerts.alerts(bob_actor) == []

    SavedAnswer.objects.filter(pk=answer.pk).update(expires_at=timezone.now() + timedelta(days=8))
    assert alerts.alerts(alice_actor) == []


def test_a_table_goes_out_and_comes_in_again(alice_browser, alice_actor):
    curate(alice_actor, QUESTION, "May I, please, return “tea”?", answer="30 days,\nunopened.")
    curate(alice_actor, "=1+1", answer="-5 °C", expires_at=timezone.now() + timedelta(days=40))
    table = b"".join(alice_browser.get(f"{PAGE}export/"))
    assert b"'=1+1" in table
    before = contents()
    SavedAnswer.objects.all().delete()

    sent = alice_browser.post(
        f"{PAGE}import/", {"file": SimpleUploadedFile("answers.csv", table)}, follow=True
    )

    assert "2 saved answers created." in sent.text
    assert contents() == before


def contents():
    return sorted(
        (
            sorted(question.text for question in answer.questions.all()),
            answer.answer,
            answer.language,
            answer.expires_at and answer.expires_at.replace(microsecond=0),
        )
        for answer in SavedAnswer.objects.all()
    )


def test_the_api_takes_a_table_as_a_file_as_well(alice_api):
    table = f"questions,answer,language\n{QUESTION},30 days.,en\n".encode()
    file = {"file": SimpleUploadedFile("answers.csv", table)}

    made = alice_api.post(f"{API}import/", file)

    assert (made.status_code, made.json()) == (201, {"count": 1})
    large = {"file": SimpleUploadedFile("answers.csv", table + b" " * tables.MAX_BYTES)}
    assert alice_api.post(f"{API}import/", large).status_code == 400


def test_a_wrong_row_is_named_and_nothing_is_imported(alice_browser, alice_actor):
    table = (
        "问题,答案,语言,有效期\n"
        "怎么退货,30 天内可退。,zh-hans,2999-01-31\n"
        "How?,Like this.,fr,\n"
        "\n"
        "When?,,en,tomorrow\n"
        "怎么退货,另一个答案,中文,\n"
    ).encode("gb18030")

    page = alice_browser.post(f"{PAGE}import/", {"file": SimpleUploadedFile("a.csv", table)}).text

    assert "Row 3: The language must be" in page
    assert "Row 5: “tomorrow” is not a date" in page
    assert "Row 6: Another saved answer already has the question" in page
    assert not SavedAnswer.objects.exists()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"question,language\nHow?,en\n", "Missing: answer"),
        (b"questions,answer,language\n", "The table has no rows."),
        (bytes(range(256)) * 20, "not a readable CSV file"),
    ],
)
def test_what_is_no_such_table_is_said(alice_browser, alice_actor, content, reason):
    page = alice_browser.post(f"{PAGE}import/", {"file": SimpleUploadedFile("a.csv", content)}).text

    assert reason in page


def test_a_big_table_is_refused(alice_actor, alice_api):
    rows = "\n".join(f"q{number},a,en" for number in range(tables.MAX_ROWS + 1))

    refused = alice_api.post_json(f"{API}import/", {"csv": f"questions,answer,language\n{rows}"})

    assert refused.status_code == 400
    assert "more than 1000 rows" in refused.json()["error"]["fields"]["file"][0]


def test_the_api_makes_reads_changes_and_deletes(alice_api):
    made = alice_api.post_json(API, {"questions": [QUESTION], "answer": "30 days.", "language": "en"})
    assert made.status_code == 201, made.json()
    address = f"{API}{made.json()['id']}/"
    assert made.json()["times_given"] == 0

    body = {"questions": ["One?", "Two?"], "answer": "31 days.", "language": "en", "is_enabled": False}
    changed = alice_api.put(address, body, content_type="application/json")

    assert changed.json()["questions"] == ["One?", "Two?"]
    assert alice_api.get(f"{API}?is_enabled=false").json()["results"][0]["answer"] == "31 days."
    assert alice_api.delete(address).status_code == 204
    assert alice_api.get(address).status_code == 404


def test_the_api_tries_a_question_and_imports(alice_api):
    imported = alice_api.post_json(
        f"{API}import/", {"csv": f"questions,answer,language\n{QUESTION},30 days.,en\n"}
    )
    assert (imported.status_code, imported.json()) == (201, {"count": 1})

    tried = alice_api.post_json(f"{API}try/", {"question": QUESTION}).json()

    assert tried["closest"][0] | {"curated_answer": ""} == {
        "curated_answer": "",
        "question": QUESTION,
        "closeness": 1.0,
        "is_given": True,
        "is_exact": True,
        "objection": "",
        "is_disputed": False,
    }


def test_the_api_says_which_field_is_wrong(alice_api, bob_api, alice_actor):
    body = {"questions": [" "], "answer": "30 days.", "language": "en"}
    assert "questions" in str(alice_api.post_json(API, body).json()["error"]["fields"])

    foreign = body | {"questions": ["q"], "owner": str(alice_actor.member.pk)}
    assert "owner" in bob_api.post_json(API, foreign).json()["error"]["fields"]
