from django.core.files.uploadedfile import SimpleUploadedFile

from apps.accounts.actors import Actor
from apps.medical_records.coding.models import Catalogue
from apps.medical_records.patients import services as patients
from apps.medical_records.patients.models import Patient
from tests.conftest import api_client


def test_the_report_of_a_patient_is_for_those_who_treat_them(
    alice_actor: Actor, bob_actor: Actor, doctor_lin: Actor, mrs_wang: Patient
) -> None:
    patients.note_access(doctor_lin, mrs_wang, action="record.read")
    address = f"/api/v1/medical/patients/{mrs_wang.pk}/access/"

    report = api_client(alice_actor).get(address).json()

    assert {entry["action"] for entry in report["results"]} >= {"patient.registered", "record.read"}
    assert api_client(bob_actor).get(address).status_code == 404


def test_erasing_by_api_wants_the_right_and_a_reason(alice_actor: Actor, mrs_wang: Patient) -> None:
    address = f"/api/v1/medical/patients/{mrs_wang.pk}/erase/"
    narrow = api_client(alice_actor, "records.view")

    assert narrow.post_json(address, {"reason": "asked for"}).status_code in (403, 404)
    assert api_client(alice_actor).post_json(address, {}).status_code == 400
    assert api_client(alice_actor).post_json(address, {"reason": "asked for"}).status_code == 204
    assert not Patient.objects.kept().exists()


def test_a_catalogue_is_imported_by_api(alice_actor: Actor) -> None:
    client = api_client(alice_actor)
    body = {
        "system": "drugs",
        "name": "Drugs",
        "language": "en",
        "file": SimpleUploadedFile("d.csv", b"1,Aspirin\n"),
    }

    made = client.post("/api/v1/medical/catalogues/", body)

    assert made.status_code == 202
    assert made.json()["is_current"] is False
    assert Catalogue.objects.get().job is not None


def test_figures_have_a_shape_before_anything_was_signed(alice_actor: Actor) -> None:
    figures = api_client(alice_actor).get("/api/v1/medical/figures/?days=7").json()

    assert (figures["days"], figures["signed"], figures["edit_ratio"], len(figures["by_day"])) == (
        7,
        0,
        None,
        7,
    )
