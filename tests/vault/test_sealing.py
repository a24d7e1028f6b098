from itertools import combinations, product

import pytest
from django.db import connection

from apps.accounts.models import Organisation
from apps.vault import encryption, keys
from apps.vault.errors import KeyLost, SealBroken
from apps.vault.models import SealingKey


def test_what_is_sealed_is_opened_again_and_never_looks_the_same(tea_house: Organisation) -> None:
    first, second = (encryption.seal_text(tea_house.pk, "高血压 hypertension") for _ in range(2))

    assert first != second
    assert "hypertension" not in first
    assert encryption.unseal_text(first) == encryption.unseal_text(second) == "高血压 hypertension"


def test_every_organisation_has_a_key_of_its_own(tea_house: Organisation, rival: Organisation) -> None:
    ours, theirs = encryption.seal(tea_house.pk, b"x"), encryption.seal(rival.pk, b"x")

    assert ours[:16] != theirs[:16]
    with pytest.raises(SealBroken):
        encryption.unseal(theirs[:16] + ours[16:])


def test_the_key_itself_is_not_readable_in_the_database(tea_house: Organisation) -> None:
    key = keys.current_key(tea_house.pk)
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM vault_sealingkey")
        (stored,) = cursor.fetchone()

    assert SealingKey.objects.get().secret not in stored
    assert len(key.secret) == 32


def test_changed_content_is_not_shown(tea_house: Organisation) -> None:
    sealed = bytearray(encryption.seal(tea_house.pk, b"10 mg"))
    sealed[-1] ^= 1

    with pytest.raises(SealBroken):
        encryption.unseal(bytes(sealed))


def test_without_its_key_content_is_lost_and_the_error_says_what_to_do(tea_house: Organisation) -> None:
    sealed = encryption.seal(tea_house.pk, b"10 mg")
    SealingKey.objects.all().delete()
    keys.clear_keys()

    with pytest.raises(KeyLost, match="restore"):
        encryption.unseal(sealed)


def test_sealed_text_tells_which_key_it_needs(tea_house: Organisation) -> None:
    sealed = encryption.seal_text(tea_house.pk, "x")

    assert sealed.startswith(encryption.key_prefix(keys.current_key(tea_house.pk).id))


def test_names_are_found_by_their_beginnings_without_being_readable(tea_house: Organisation) -> None:
    terms = set(encryption.index_terms(tea_house.pk, ["Zhang Wei", "张伟", "0001234"]))

    for typed in ("zh", "Zhang w", "Zhang we", "张伟", "张 伟", "0001"):
        assert terms.issuperset(found := encryption.search_terms(tea_house.pk, typed)), typed
        assert found
    for typed in ("伟大", "wang", "1234"):
        assert not terms.issuperset(encryption.search_terms(tea_house.pk, typed)), typed
    assert not any("zhang" in term for term in terms)


@pytest.mark.parametrize("typed", ["王", "w", " 王 ", "7", "W.", "z w", "- -"])
def test_one_character_is_never_searched(tea_house: Organisation, typed: str) -> None:
    assert encryption.search_terms(tea_house.pk, typed) == []


def test_names_that_share_one_character_share_no_term(tea_house: Organisation) -> None:
    """However they are written: with one character only, who reads the database would know the surname."""
    names = ["王秀英", "王 芳", "王五", "W Li", "w. Zhao", "Wu W.", "Qian, W"]
    indexed = [set(encryption.index_terms(tea_house.pk, [name])) for name in names]

    assert all(indexed)
    assert not any(one & other for one, other in combinations(indexed, 2))


def test_a_chinese_name_is_found_however_it_is_spaced(tea_house: Organisation) -> None:
    for stored, typed in product(("欧阳修远", "欧阳 修远"), ("欧阳", "欧阳修", "欧阳 修远", "欧 阳修远")):
        terms = set(encryption.index_terms(tea_house.pk, [stored]))
        assert terms.issuperset(encryption.search_terms(tea_house.pk, typed)), (stored, typed)
