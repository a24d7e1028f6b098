"""Key fields of pages, by ready schemas and by one's own, and what code checks of them."""

from dataclasses import replace

import pytest

from domain.documents.key_fields import checks, finding, forms
from domain.documents.key_fields.lines import Piece
from domain.documents.key_fields.schemas import ready_schemas, typed_schema
from llm_backend.unicode_forms import nfkc

RECEIPT = """
LOTUS TEA HOUSE SDN BHD | (881234-K)
NO. 7, JALAN MAWAR 3,
43000 KAJANG, SELANGOR.
TEL | 03-8733 1122
Doc No | CS0017 | Date: | 14/03/2019
Green tea | 2 | 11.00
Total Qty | 2
Sub Total | 11.00
Rounding | -0.02
Total (RM) | 10.98
Cash | 20.00
Change | 9.02
"""
INVOICE = """
增值税电子普通发票
发票代码：033002100311 | 发票号码：48211234
开票日期：2024年05月18日
名称：杭州茶业有限公司 | 密码区
纳税人识别号：91330106MA2GXD5P3D
货物或应税劳务、服务名称 | 金额 | 税额
*茶叶*绿茶 | 1000.00 | 130.00
合计 | ¥1000.00 | ¥130.00
价税合计(大写) | 壹仟壹佰叁拾圆整 | (小写)¥1130.00
名称：北京茶馆有限公司
纳税人识别号：110105123456789
"""
CARD = """
姓名李小明
性别男 民族汉
出生1990年3月7日
住址浙江省杭州市西湖区
文三路1号
公民身份号码 | 110105199003070011
"""


def rows_of(text: str) -> list[list[Piece]]:
    """A row a line; pieces between bars, one as wide as the other."""
    return [
        [
            Piece(
                piece.strip(),
                0.99,
                row,
                at / 4,
                (at + 1) / 4,
                (at / 4, row / 20, (at + 1) / 4, row / 20 + 0.04),
            )
            for at, piece in enumerate(line.split("|"))
        ]
        for row, line in enumerate(nfkc(text).strip().splitlines())
    ]


def found_in(text: str, schema: str) -> dict[str, str]:
    return {name: value.value for name, value in finding.find(rows_of(text), ready_schemas()[schema]).items()}


def checked(text: str, schema: str) -> dict[str, bool]:
    fields = ready_schemas()[schema]
    return checks.check(schema, fields, finding.find(rows_of(text), fields))


def test_a_receipt_says_who_where_when_and_how_much() -> None:
    assert found_in(RECEIPT, "receipt") == {
        "company": "LOTUS TEA HOUSE SDN BHD",
        "date": "14/03/2019",
        "address": "NO. 7, JALAN MAWAR 3, 43000 KAJANG, SELANGOR.",
        "total": "10.98",
        "paid": "20.00",
        "change": "9.02",
    }


def test_a_total_is_checked_only_where_the_receipt_says_what_was_paid() -> None:
    assert checked(RECEIPT, "receipt")["total"] is True
    assert checked(RECEIPT.replace("9.02", "9.20"), "receipt")["total"] is False
    assert "total" not in checked(RECEIPT.partition("Cash")[0], "receipt")


def test_a_label_that_was_read_with_an_error_is_found() -> None:
    assert found_in("Grend Total | 12.00\nTotal | 9.00", "receipt")["total"] == "12.00"


def test_an_invoice_has_two_parties_and_sums_that_agree() -> None:
    found = found_in(INVOICE, "invoice")
    assert (found["buyer"], found["seller"]) == ("杭州茶业有限公司", "北京茶馆有限公司")
    assert (found["number"], found["date"]) == ("48211234", "2024年05月18日")
    assert (found["amount"], found["tax"], found["total"]) == ("1000.00", "130.00", "1130.00")
    results = checked(INVOICE, "invoice")
    assert results["total"]
    assert results["tax"]
    # Of fifteen digits there is nothing to check.
    assert "seller_tax_number" not in results
    assert not checked(INVOICE.replace("¥130.00", "¥131.00"), "invoice")["total"]


def test_an_identity_number_is_held_to_its_check_digit_birthday_and_sex() -> None:
    found = found_in(CARD, "id_card")
    assert found["address"] == "浙江省杭州市西湖区文三路1号"
    assert (found["name"], found["sex"], found["people"]) == ("李小明", "男", "汉")
    digits = "11010519900307001"
    right = next(digits + last for last in "0123456789X" if forms.is_identity_number(digits + last))
    card = CARD.replace("110105199003070011", right)
    assert checked(card, "id_card") == {"birth": True, "number": True, "sex": True}
    assert checked(card.replace("性别男", "性别女"), "id_card")["sex"] is False
    assert checked(card.replace(right, right[:-2] + "9" + right[-1]), "id_card")["number"] is False


def test_a_business_card_and_a_meter_are_read_by_form_and_place() -> None:
    card = "绿叶茶业有限公司\n王建国 | 销售经理\n手机：138 0013 8000\nEmail: wang@tea.example\n地址：杭州市文三路1号"
    found = found_in(card, "business_card")
    assert found["company"] == "绿叶茶业有限公司"
    assert (found["position"], found["email"]) == ("销售经理", "wang@tea.example")
    assert (found["mobile"], found["address"]) == ("138 0013 8000", "杭州市文三路1号")
    meter = found_in("No. 20231107 | kWh\n读数 | 004821.6", "meter")
    assert meter == {"reading": "004821.6", "unit": "kWh", "number": "20231107"}


def test_fields_of_ones_own_are_labels() -> None:
    fields = typed_schema(["Contract: 合同编号, agreement no", "Buyer"])
    found = finding.find(rows_of("合同编号 | HT-2024-07\nBuyer\nLotus Tea"), fields)
    assert {name: value.value for name, value in found.items()} == {
        "Contract": "HT-2024-07",
        "Buyer": "Lotus Tea",
    }


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("25/12/2018", "2018-12-25"),
        ("2024年5月8日", "2024-05-08"),
        ("03 MAR 18", "2018-03-03"),
        ("12/25/2018", "2018-12-25"),
        ("20180302", "2018-03-02"),
    ],
)
def test_dates_are_days_of_the_calendar(written: str, day: str) -> None:
    assert str(forms.day_of(written)) == day
    assert forms.day_of("31/02/2018") is None
    assert forms.day_of("2024年13月05日") is None


def test_a_social_credit_code_is_held_to_its_check_character() -> None:
    assert forms.is_credit_code("91350100M000100Y43")
    assert not forms.is_credit_code("91350100M000100Y44")


def test_labels_whose_letters_stand_apart_and_parties_side_by_side_are_found() -> None:
    card = found_in(
        "姓 | 名 | 李小明\n性 | 别 | 男 | 民 | 族 | 汉\n出 | 生 | 1990 | 年 | 3 | 月 | 7 | 日", "id_card"
    )
    assert (card["name"], card["sex"], card["people"]) == ("李小明", "男", "汉")
    assert str(forms.day_of(card["birth"])) == "1990-03-07"
    parties = found_in("购买方 | 名称：杭州茶业有限公司 | 销售方 | 名称：北京茶馆有限公司", "invoice")
    assert (parties["buyer"], parties["seller"]) == ("杭州茶业有限公司", "北京茶馆有限公司")


def test_a_short_label_is_not_taken_for_a_longer_one_and_a_time_for_no_amount() -> None:
    found = found_in("Nett Total | 12.00\nTotal: | 9.00\nCash | 12:31.00\nTOTAL:8.00", "receipt")
    assert (found["total"], found.get("paid")) == ("12.00", None)
    assert found_in("TOTAL:8.00", "receipt")["total"] == "8.00"


@pytest.mark.parametrize(
    ("lines", "total"),
    [
        # What was handed over, or is only tax.
        ("Total Tendered | 50.00\nTotal Bill | 33.90", "33.90"),
        ("GST Total | 1.90\nTotal | 33.90", "33.90"),
        ("Subtotal | 33.92\nTo Pay | 33.90", "33.90"),
        # Below the rounding.
        ("Total | 33.92\nRounding | -0.02\nTotal | 33.90\nVISA | 33.90", "33.90"),
        ("Sub Total | 33.92\nRounding | -0.02\nNET | 33.90", "33.90"),
        # What was paid less the change.
        ("Tea | 33.90\nCASH | 50.00\nCHANGE | 16.10", "33.90"),
        # A point that was not recognised.
        ("Tea | 3390\nTOTAL | 3390\nCASH | 50.00\nCHANGE | 16.10", "33.90"),
        # Without cents beside its currency alone.
        ("总计 | ¥34", "34"),
        ("Total 3 items\nTOTAL | RM 34", "34"),
        ("TOTAL | 34", None),
    ],
)
def test_a_total_is_what_was_to_be_paid(lines: str, total: str | None) -> None:
    assert found_in(lines, "receipt").get("total") == total


def test_the_amount_of_a_label_alone_in_its_row_stands_in_the_next_one() -> None:
    label, between, above, below = rows_of("TOTAL | (RM)\n\n| | | 1.20\n| | | 33.90")
    assert not any(piece.text for piece in between)
    fields = ready_schemas()["receipt"]
    amount = below[-1]

    assert finding.find([label, [amount]], fields)["total"].value == "33.90"
    assert finding.find([[above[-1]], label], fields)["total"].value == "1.20"
    label = [*label, replace(amount, text="2")]
    assert finding.find([label, [amount]], fields)["total"].value == "33.90"
    assert "total" not in finding.find([[replace(amount, text="Tea 33.90")], label], fields)


@pytest.mark.parametrize(
    ("lines", "company", "address"),
    [
        ("GREEN TEA (KL) SDN BHD (139386 X)\nNO. 5, JALAN MEGAH 2", "GREEN TEA (KL) SDN BHD", "NO. 5, JALAN MEGAH 2"),
        ("RIVER TEA\nSDN BHD (12345-A)\nNO. 5, JALAN MEGAH 2", "RIVER TEA SDN BHD", "NO. 5, JALAN MEGAH 2"),
        ("RIVER TEA\nCO. (M) SDN BHD\nNO. 5, JALAN MEGAH 2", "RIVER TEA CO. (M) SDN BHD", "NO. 5, JALAN MEGAH 2"),
        ("TEA\nENTERPRISE (BUKIT\nALAM) SDN BHD\nNO. 5, JALAN 2", "TEA ENTERPRISE (BUKIT ALAM) SDN BHD", "NO. 5, JALAN 2"),
        ("TEA SHOP\nNO. 5, JALAN 2\nTEL: 03-3362 4137\nOWNED BY:\nLAKE SDN BHD", "TEA SHOP", "NO. 5, JALAN 2"),
        ("RIVER TEA LTD\n12 High Street\nYork. TEL: 01904 5123", "RIVER TEA LTD", "12 High Street York."),
        ("RIVER TEA LTD\n12 High Street | TEL | 01904 5123\nCashier", "RIVER TEA LTD", "12 High Street"),
    ],
)  # fmt: skip
def test_a_letterhead_ends_before_its_numbers(lines: str, company: str, address: str) -> None:
    found = found_in(lines, "receipt")
    assert (found["company"], found["address"]) == (company, address)


def test_a_day_without_signs_is_one_and_no_part_of_a_longer_number() -> None:
    assert found_in("消费日期20180302 | 18:24", "receipt")["date"] == "20180302"
    for number in ("20180302117", "INV20180302", "20180302-17", "20181302", "11-20180302"):
        assert "date" not in found_in(f"单号 | {number}", "receipt")


def test_the_tax_that_is_payable_is_not_the_total() -> None:
    receipt = "Total (excluding GST): | 4.54\nGST payable (6%): | 0.26\nTotal (inclusive of GST): | 4.80\nCash | 4.80"
    assert found_in(receipt, "receipt")["total"] == "4.80"


def test_what_was_paid_less_the_change_is_the_total_whatever_it_is_called() -> None:
    receipt = "Qty | 8 | 19.20\nDue | 19.20\nPay | 20.00\nChange | 0.80\n(Total included GST @ 6% : 1.09)"
    assert found_in(receipt, "receipt")["total"] == "19.20"


@pytest.mark.parametrize("day", ["2nd March 2018", "March 2nd, 2018"])
def test_days_are_counted_in_english(day: str) -> None:
    assert found_in(f"Printed on {day}", "receipt")["date"] == day
    assert str(forms.day_of(day)) == "2018-03-02"


def test_a_day_is_read_whose_words_stand_in_pieces_of_their_own() -> None:
    assert found_in("Tall Latte | 13.25\n15 | Jun | 2018 | 08:21", "receipt")["date"] == "15 Jun 2018"


def test_the_total_is_what_was_paid_in_all_less_the_change() -> None:
    assert found_in("Fee | RM 9.00\nTOTAL PAID RM 10.00\nCHANGE RM 1.00", "receipt")["total"] == "9.00"
