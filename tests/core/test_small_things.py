"""What every desk does alike: fetching one row, showing a list page by page, forgetting what is remembered."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Membership, Organisation, User
from apps.core import ttl_cache
from apps.core.errors import InvalidInput, NotFound
from apps.core.pages import paginate


def test_one_row_is_found_within_its_organisation_only(tea_house: Organisation, rival: Organisation) -> None:
    member = Membership.objects.within(tea_house).one(role="owner")

    assert Membership.objects.within(tea_house).one(pk=member.pk) == member
    with pytest.raises(NotFound):
        Membership.objects.within(rival).one(pk=member.pk)


def test_no_id_finds_no_row_even_where_there_is_only_one(tea_house: Organisation, alice: User) -> None:
    assert Membership.objects.within(tea_house).count() == 1
    with pytest.raises(NotFound):
        Membership.objects.within(tea_house).one(pk=None)


def test_a_row_is_locked_against_changes_and_not_against_rows_that_point_at_it(
    tea_house: Organisation,
) -> None:
    with CaptureQueriesContext(connection) as queries:
        Membership.objects.within(tea_house).select_for_update(of=("self",)).one(role="owner")

    assert "FOR NO KEY UPDATE OF" in queries[0]["sql"]


def test_the_reason_is_told_where_a_row_is_missing(tea_house: Organisation) -> None:
    with pytest.raises(NotFound, match="It was removed"):
        Membership.objects.within(tea_house).one(pk=uuid4(), reason="It was removed.")


def test_a_person_reads_first_what_is_wrong_with_a_field() -> None:
    assert InvalidInput(fields={"name": ["Give it a name.", "Shorter."]}).reason == "Give it a name."
    assert InvalidInput("Not now.").reason == "Not now."


@pytest.mark.parametrize(("asked", "shown"), [("", [0, 1]), ("2", [2, 3]), ("99", [4]), ("x", [0, 1])])
def test_an_address_names_a_page_and_a_wrong_one_shows_a_page_too(asked: str, shown: list[int]) -> None:
    page = paginate(RequestFactory().get("/", {"page": asked}), list(range(5)), 2)

    assert list(page) == shown


def test_all_that_is_remembered_is_forgotten_at_once() -> None:
    cache = ttl_cache.TTLCache[int](seconds=60)
    cache.get("cups", lambda: 1)

    ttl_cache.clear_all()

    assert cache.get("cups", lambda: 2) == 2
