from domain.text.understanding.terms import terms


def test_chinese_is_counted_by_characters_and_english_by_words():
    found = terms("退款 not working")

    assert {"退", "款", "退款", "not", "working", "not working"} <= set(found)


def test_a_typing_error_leaves_pieces_in_common():
    assert set(terms("refund")) & set(terms("refnud"))


def test_wide_letters_and_capitals_are_the_same_words():
    assert terms("Ｒefund") == terms("refund")


def test_pairs_do_not_reach_over_nothing():
    assert terms("") == terms("   ") == []
