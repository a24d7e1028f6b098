from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.accounts.actors import Actor
from apps.core.errors import QuotaExceeded
from apps.jobs import runs
from apps.jobs import services as jobs
from apps.medical_records.coding import selectors, services
from apps.medical_records.coding.models import Catalogue, CatalogueEntry
from domain.clinical.records.record import Code
from tests.inference.used_up import use_up_requests
from tests.live_pages import follows_jobs
from tests.medical_records.privacy.test_pages import browser_of

pytestmark = pytest.mark.django_db
ICD = "编码\t名称\t别名\nI10.x00\t原发性高血压\t高血压病\nE11.900\t2型糖尿病\nR51.x00\t头痛\nI20.000\t不稳定性心绞痛\n"


def imported(actor: Actor, content: str | bytes = ICD, system: str = "icd10") -> Catalogue:
    written = content.encode() if isinstance(content, str) else content
    file = SimpleUploadedFile("icd.tsv", written)
    catalogue = services.begin_import(actor, system=system, name="ICD-10", language="zh", file=file)
    runs.execute(str(catalogue.job_id))
    return Catalogue.objects.select_related("job").get(pk=catalogue.pk)


def coded(system: str, code: str) -> Code:
    return Code(system=system, code=code, display=CatalogueEntry.objects.get(code=code).name)


def test_a_file_becomes_the_catalogue_in_use(alice_actor: Actor) -> None:
    catalogue = imported(alice_actor)

    assert (catalogue.is_current, catalogue.entry_count) == (True, 4)
    assert CatalogueEntry.objects.get(code="I10.x00").aliases == ["高血压病"]


def test_a_file_that_the_quota_refuses_is_not_kept(alice_actor: Actor) -> None:
    use_up_requests(alice_actor)
    files_before = set(Path(default_storage.path("catalogues")).rglob("*"))

    with pytest.raises(QuotaExceeded):
        imported(alice_actor)

    assert set(Path(default_storage.path("catalogues")).rglob("*")) == files_before


def test_a_newer_file_takes_the_place_of_the_older_one(alice_actor: Actor) -> None:
    imported(alice_actor)
    newer = imported(alice_actor, "J00\t急性鼻咽炎\n")

    assert list(Catalogue.objects.values_list("pk", flat=True)) == [newer.pk]
    assert CatalogueEntry.objects.get().code == "J00"


@pytest.mark.parametrize(
    ("encoding", "name"),
    [("cp1252", "Ménière-Krankheit"), ("cp1252", "Nierenödem"), ("gb18030", "急性鼻咽炎")],
)
def test_a_catalogue_is_read_in_the_encoding_of_its_country(
    alice_actor: Actor, encoding: str, name: str
) -> None:
    imported(alice_actor, f"J00\t{name}\n".encode(encoding))

    assert CatalogueEntry.objects.get().name == name


def test_bad_lines_are_named_and_the_others_are_read(alice_actor: Actor) -> None:
    catalogue = imported(alice_actor, "I10\t高血压\n\t没有编码\nE11\t\nR51\t头痛\n")

    assert catalogue.entry_count == 2
    assert catalogue.job
    assert catalogue.job.result
    assert [fault["line"] for fault in catalogue.job.result["faults"]] == [2, 3]


@pytest.mark.parametrize(
    ("content", "words"),
    [("", "file is empty"), ("one column\nonly\n", "one column"), ("\tx\n", "No line")],
)
def test_a_file_that_is_no_catalogue_is_refused_and_the_older_one_stays(
    alice_actor: Actor, content: str, words: str
) -> None:
    kept = imported(alice_actor)
    refused = imported(alice_actor, content)

    assert refused.job
    assert words in refused.job.error_message
    assert selectors.current_catalogue(alice_actor.organisation, "icd10") == kept


def test_words_as_written_lead_to_their_term(alice_actor: Actor, bob_actor: Actor) -> None:
    imported(alice_actor)

    proposed = selectors.proposals(alice_actor.organisation, "icd10", "高血压病")

    assert proposed[0].code == "I10.x00"
    assert selectors.proposals(bob_actor.organisation, "icd10", "高血压病") == []
    assert selectors.proposals(alice_actor.organisation, "drugs", "高血压病") == []


def test_the_search_box_finds_by_code_name_and_other_name(alice_actor: Actor, bob_actor: Actor) -> None:
    imported(alice_actor)

    for typed in ("i10", "原发", "高血压病"):
        assert [
            entry.code for entry in selectors.search_entries(alice_actor.organisation, "icd10", typed)
        ] == ["I10.x00"], typed
    assert selectors.search_entries(bob_actor.organisation, "icd10", "i10") == []


def test_what_a_person_confirmed_is_proposed_first_the_next_time(alice_actor: Actor) -> None:
    imported(alice_actor)
    services.remember(alice_actor, written="心口疼", code=coded("icd10", "I20.000"))

    assert selectors.proposals(alice_actor.organisation, "icd10", "心口疼")[0].code == "I20.000"


def test_learning_needs_enough_confirmed_codes_and_then_happens(alice_actor: Actor) -> None:
    catalogue = imported(alice_actor)
    page = f"/medical/catalogues/{catalogue.pk}/"
    browser = browser_of(alice_actor)
    assert "Training needs" in browser.post(f"{page}learn/", follow=True).text

    for number in range(60):
        code = ("I10.x00", "E11.900", "R51.x00")[number % 3]
        written = ("高血压", "糖尿病", "头疼")[number % 3] + str(number)
        services.remember(alice_actor, written=written, code=coded("icd10", code))
    job = services.request_learning(alice_actor, catalogue)
    runs.execute(job.pk)

    catalogue.refresh_from_db()
    assert catalogue.learnt_from == 60
    assert selectors.proposals(alice_actor.organisation, "icd10", "高血压")[0].code == "I10.x00"


def test_the_pages_import_search_and_delete(alice_actor: Actor) -> None:
    browser = browser_of(alice_actor)
    assert "No catalogues yet" in browser.get("/medical/catalogues/").text
    catalogue = imported(alice_actor)

    page = browser.get(f"/medical/catalogues/{catalogue.pk}/?q=头").text
    upload = {
        "system": "drugs",
        "name": "药品",
        "language": "zh",
        "file": SimpleUploadedFile("d.tsv", b"1\tAspirin\n"),
    }

    assert "R51.x00" in page
    assert browser.post("/medical/catalogues/", upload).status_code == 302
    assert browser.post("/medical/catalogues/", {"system": "drugs"}).status_code == 200
    browser.post(f"/medical/catalogues/{catalogue.pk}/delete/")
    assert not Catalogue.objects.filter(pk=catalogue.pk).exists()


def test_only_who_manages_records_changes_catalogues(doctor_lin: Actor) -> None:
    assert browser_of(doctor_lin).get("/medical/catalogues/").status_code == 403


def test_the_page_of_a_file_says_that_it_is_read_for_as_long_as_it_is(alice_actor: Actor) -> None:
    file = SimpleUploadedFile("icd.tsv", ICD.encode())
    catalogue = services.begin_import(alice_actor, system="icd10", name="ICD-10", language="zh", file=file)
    browser = browser_of(alice_actor)
    path = f"/medical/catalogues/{catalogue.pk}/"
    during = browser.get(path).content.decode()
    assert catalogue.job

    jobs.cancel_job(catalogue.job, requested_by=alice_actor)
    after = browser.get(path).content.decode()

    assert "The file is being read." in during
    assert follows_jobs(during)
    assert "The file is being read." not in after
    assert "The import was stopped" in after
    assert not follows_jobs(after)
