"""A sheet and a CSV file hold the same tables: each with its own names, and with what is said above and below it."""

import csv
import io
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import xlsxwriter

from domain.documents import markup, questions, spreadsheets, table_parts
from tests.domain.documents import files

Told = list[str]


def of_sheet(rows: Sequence[Sequence[Any]]) -> Told:
    _name, *blocks = spreadsheets.blocks(files.workbook(Sheet=rows))
    return [block.text for block in blocks]


def of_csv(rows: Sequence[Sequence[Any]]) -> Told:
    width = max(map(len, rows))
    text = io.StringIO()
    csv.writer(text).writerows([*row, *[""] * (width - len(row))] for row in rows)
    return [block.text for block in questions.blocks(text.getvalue())]


def of_page(rows: Sequence[Sequence[str]]) -> Told:
    cells = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return [block.text for block in markup.html_blocks(f"<html><table>{cells}</table></html>")]


def table(*rows: str) -> str:
    names, *others = (f"| {row} |" for row in rows)
    return "\n".join([names, f"|{' --- |' * (names.count('|') - 1)}", *others])


def test_tables_below_one_another_have_their_own_titles_names_and_notes() -> None:
    rows = [
        ["门店销售"],
        ["门店", "一月", "二月"],
        ["西湖", 10, 20],
        ["滨江", 30, 40],
        ["注：不含税"],
        [],
        ["库存"],
        ["品名", "数量", "单位"],
        ["龙井", 5, "盒"],
        [],
        ["盘点于周五"],
    ]
    assert of_sheet(rows) == [
        "门店销售",
        table("门店 | 一月 | 二月", "西湖 | 10 | 20", "滨江 | 30 | 40"),
        "注：不含税",
        "库存",
        table("品名 | 数量 | 单位", "龙井 | 5 | 盒"),
        "盘点于周五",
    ]
    assert of_csv(rows) == [
        "门店销售",
        "门店: 西湖\n一月: 10\n二月: 20",
        "门店: 滨江\n一月: 30\n二月: 40",
        "注：不含税",
        "库存",
        "品名: 龙井\n数量: 5\n单位: 盒",
        "盘点于周五",
    ]


def test_a_wider_table_below_is_one_although_it_has_no_number() -> None:
    rows = [["Tea", "Kind"], ["Keemun", "black"], [], ["Shop", "Town", "Phone"], ["One", "Hangzhou", "none"]]
    assert of_sheet(rows) == [
        table("Tea | Kind", "Keemun | black"),
        table("Shop | Town | Phone", "One | Hangzhou | none"),
    ]


def test_parts_of_one_table_stay_together() -> None:
    rows = [
        ["Tea", "Kind", "Price"],
        ["Green teas"],
        ["Longjing", "green", 128],
        [],
        ["Black teas"],
        ["Keemun", "black", 68],
        ["Dianhong"],
    ]
    text = table(
        "Tea | Kind | Price",
        "Green teas |  | ",
        "Longjing | green | 128",
        "Black teas |  | ",
        "Keemun | black | 68",
        "Dianhong |  | ",
    )
    assert of_sheet(rows) == [text]


def test_a_list_in_one_column_loses_no_line() -> None:
    assert of_csv([["Tea"], [], ["Keemun"], ["注：售完即止"]]) == ["Tea: Keemun", "Tea: 注：售完即止"]
    assert of_sheet([["Tea"], [], ["Keemun"], ["注：售完即止"]]) == [table("Tea", "Keemun", "注：售完即止")]


@pytest.mark.parametrize("text", ["\n\n\nx", "\n" * 40 + "a,b\n1,2\n", " \n,,\nx\n\n", "x", ",\n,x"])
def test_empty_lines_above_what_is_there_harm_nothing(text: str) -> None:
    list(questions.blocks(text))


def test_names_may_be_years_and_days_below_a_title() -> None:
    months, days = ["门店", 202503, 202504], ["门店", 20250301, 20250401]
    for names in (["门店", 2024, 2025], ["门店", "2025-03-01", "2025-04-01"], months, days):
        rows = [["门店销售"], names, ["西湖", 10, 20]]
        assert of_sheet(rows)[0] == of_csv(rows)[0] == "门店销售"
        assert of_csv(rows)[1] == f"门店: 西湖\n{names[1]}: 10\n{names[2]}: 20"


def test_names_may_count_up_and_labels_stand_below() -> None:
    names = ["姓名", 1, 2, 3, "合计"]
    rows = [
        ["2025年3月考勤表"],
        names,
        ["张三", "√", "休", "√", 2],
        [],
        ["审核：王芳", "", "日期：2025-04-01"],
    ]
    told = of_sheet(rows)
    assert told[:2] == ["2025年3月考勤表", table("姓名 | 1 | 2 | 3 | 合计", "张三 | √ | 休 | √ | 2")]
    assert told[2:] == of_csv(rows)[2:] == ["审核：王芳 日期：2025-04-01"]


def test_what_a_pivot_table_says_above_its_names_names_no_column() -> None:
    rows = [
        ["Sum of Sales", "Column Labels"],
        ["Row Labels", "2024", "Total"],
        ["East", 10, 10],
        ["West", 3, 3],
    ]
    assert of_sheet(rows) == [
        "Sum of Sales",
        "Column Labels",
        table("Row Labels | 2024 | Total", "East | 10 | 10", "West | 3 | 3"),
    ]


def test_tables_beside_one_another_are_two_and_an_empty_column_alone_parts_nothing() -> None:
    shops, teas = [["门店", "销售"], ["西湖", 10], ["滨江", 30]], [["品名", "单价"], ["龙井", 128]]
    rows = [[*shop, "", *tea] for shop, tea in zip(shops, [*teas, []], strict=True)]
    assert of_sheet(rows) == [
        table("门店 | 销售", "西湖 | 10", "滨江 | 30"),
        table("品名 | 单价", "龙井 | 128"),
    ]
    assert len(of_sheet([["品名", "单价", "", "品名", "单价"], ["龙井", 128, "", "红茶", 64]])) == 2
    assert of_sheet([["品名", "单价", "", "产地", "年份"], ["龙井", 128, "", "杭州", "去年"]]) == [
        table("品名 | 单价 | 产地 | 年份", "龙井 | 128 | 杭州 | 去年")
    ]


def test_tables_below_one_another_may_stand_beside_others() -> None:
    left = [["门店", "销售"], ["西湖", 10], [], ["员工", "岗位", "工龄"], ["张三", "店长", 5]]
    right = [["品名", "库存"], ["龙井", 5], ["红茶", 7], ["白茶", 2], ["乌龙", 1], ["普洱", 3]]
    rows = [[*one, *[""] * (4 - len(one)), *other] for one, other in zip([*left, []], right, strict=True)]
    assert of_sheet(rows) == [
        table("门店 | 销售", "西湖 | 10"),
        table("员工 | 岗位 | 工龄", "张三 | 店长 | 5"),
        table("品名 | 库存", "龙井 | 5", "红茶 | 7", "白茶 | 2", "乌龙 | 1", "普洱 | 3"),
    ]


def test_what_a_program_says_above_its_rows_may_have_a_comma() -> None:
    text = "# exported by ERP 4.2, user li\n# rows 2\nid,customer,total\n1,Tea House,12.5\n2,Bao,33\n"
    assert [block.text for block in questions.blocks(text)] == [
        *("# exported by ERP 4.2", "user li", "# rows 2"),
        *("id: 1\ncustomer: Tea House\ntotal: 12.5", "id: 2\ncustomer: Bao\ntotal: 33"),
    ]


def test_three_rows_of_names_are_one() -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Sales")
        for place in ("A1:A3 区域", "B1:E1 销售额", "B2:C2 线上", "D2:E2 线下"):
            sheet.merge_range(*place.split(" ", 1))
        sheet.write_row("B3", ["计划", "实际", "计划", "实际"])
        sheet.write_row("A4", ["华东", 10, 11, 12, 13])
    assert list(spreadsheets.blocks(file.getvalue()))[1].text == table(
        "区域 | 销售额 线上 计划 | 销售额 线上 实际 | 销售额 线下 计划 | 销售额 线下 实际",
        "华东 | 10 | 11 | 12 | 13",
    )


@pytest.mark.parametrize(
    "text",
    [
        "Preis (netto, EUR);Menge, Stück;Tee\n12,50;3;Assam\n8,00;4;Ceylon\n",
        "Liste A, B, C\nPreis (netto, EUR);Menge, Stück;Tee\n12,50;3;Assam\n",
    ],
)
def test_a_comma_in_names_and_numbers_parts_no_cells_where_a_semicolon_does(text: str) -> None:
    assert "Preis (netto, EUR): 12,50\nMenge, Stück: 3\nTee: Assam" in [
        block.text for block in questions.blocks(text)
    ]


@pytest.mark.parametrize("answer", ["Yes; for free.", "We ship; to Europe, but Norway; it is free."])
def test_a_semicolon_in_every_answer_parts_no_cells(answer: str) -> None:
    rows = f'question,answer\nDo you ship?,"{answer}"\nAnd wrap?,"{answer}"\n'
    assert next(block.text for block in questions.blocks(rows)) == f"Do you ship?\n{answer}"


def test_two_columns_are_questions_and_answers_unless_words_stand_above_numbers() -> None:
    assert of_csv([["月份", "收入"], ["1月", 100], ["2月", 200]]) == [
        "月份: 1月\n收入: 100",
        "月份: 2月\n收入: 200",
    ]
    assert of_csv([["几点开门？", "九点"], ["电话？", "0571-8888"]]) == [
        "几点开门？\n九点",
        "电话？\n0571-8888",
    ]


def test_a_table_of_properties_has_no_row_of_names() -> None:
    def sentences(*rows: tuple[str, str], tag: str = "td") -> list[str]:
        told = "".join(f"<tr><{tag}>{name}</{tag}><{tag}>{value}</{tag}></tr>" for name, value in rows[:1])
        told += "".join(f"<tr><td>{name}</td><td>{value}</td></tr>" for name, value in rows[1:])
        [block] = markup.html_blocks(f"<html><table>{told}</table></html>")
        return block.text.split("\n")

    tea = (("品牌", "云栖"), ("产地", "杭州"), ("净含量", "250克"))
    assert sentences(*tea)[0] == "|  |  |"
    assert sentences(("价格", "128元"), ("净含量", "250克"), ("保质期", "18个月"))[0] == "|  |  |"
    # Names of columns, marked as such, or above values of one form.
    assert sentences(*tea, tag="th")[0] == "| 品牌 | 云栖 |"
    for names in (("门店", "销售"), ("门店", "2025年")):
        assert sentences(names, ("西湖", "10"), ("滨江", "30"))[0] == f"| {names[0]} | {names[1]} |"
    assert sentences(("茶", "产地"), ("龙井", "杭州"), ("祁红", "祁门"))[0] == "| 茶 | 产地 |"


@pytest.mark.parametrize("lines", [[["a", "b"], []], [["a", "1"], [], ["b"]], [["x：y"], ["a", "b"]]])
def test_a_long_file_is_parted_in_time_proportional_to_its_length(lines: list[list[str]]) -> None:
    begun = time.thread_time()
    list(table_parts.parts_of([["name", "count"], *lines * 30_000]))
    assert time.thread_time() - begun < 3


def test_numbers_that_a_file_keeps_from_a_spreadsheet_stand_without_its_signs() -> None:
    text = 'SKU,Name,Price\n="00123",Tea,8\n"=""00456""",Pot,9\n=x,="a"b",7\n'
    assert [block.text.split("\n")[:2] for block in questions.blocks(text)] == [
        ["SKU: 00123", "Name: Tea"],
        ["SKU: 00456", "Name: Pot"],
        ["SKU: =x", 'Name: ="a"b"'],
    ]


def test_a_sheet_of_properties_has_no_row_of_names() -> None:
    rows = [["营业时间", "9:00-18:00"], ["电话", "0571-8888"], ["地址", "杭州"]]
    assert of_sheet(rows) == [table(" | ", *map(" | ".join, rows))]
    assert of_sheet([*rows, ["介绍", "茶" * 61]])[0] == "营业时间\n9:00-18:00"
    sizes = [["规格", "500g装"], ["龙井", 128], ["祁红", 64]]
    assert of_sheet(sizes) == [table("规格 | 500g装", "龙井 | 128", "祁红 | 64")]


@pytest.mark.parametrize("write", [of_sheet, of_page])
def test_fields_side_by_side_are_fields_and_no_names_of_columns(write: Callable[..., Told]) -> None:
    """“Telephone” is no date of birth, nor is Li Na a name of the column below her."""
    form = [
        ["姓名", "李娜", "性别", "女"],
        ["出生日期", "1990-05-06", "联系电话", "13800138000"],
        ["地址", "上海市静安区南京西路 1 号", "备注", ""],
    ]
    fields = ("姓名 | 李娜", "性别 | 女", "出生日期 | 1990-05-06", "联系电话 | 13800138000")
    assert write(form) == [table(" | ", *fields, "地址 | 上海市静安区南京西路 1 号", "备注 | ")]


@pytest.mark.parametrize(
    "rows",
    [
        [["姓名", "性别", "电话", "地址"], ["李娜", "女", "138", "上海"], ["王芳", "女", "139", "杭州"]],
        [
            ["项目", "价格", "说明", "备注"],
            ["停车", "免费", "地下", "限时"],
            ["早餐", "38 元", "自助", "7:00"],
        ],
        [["Region", "Manager", "City", "Phone"], ["East", "Li", "Shanghai", "021"]],
    ],
)
def test_a_table_whose_names_are_those_of_fields_keeps_them(rows: list[list[str]]) -> None:
    assert of_page(rows) == of_sheet(rows) == [table(*map(" | ".join, rows))]


@pytest.mark.parametrize("write", [of_sheet, of_page])
def test_a_table_folded_to_fill_the_page_is_one_below_its_names(write: Callable[..., Told]) -> None:
    rows = [["省份", "首重", "省份", "首重"], ["广东", "8", "新疆", "25"], ["福建", "9", "", ""]]
    assert write(rows) == [table("省份 | 首重", "广东 | 8", "福建 | 9", "新疆 | 25")]


def test_who_signs_below_a_table_is_no_row_of_it() -> None:
    rows = [["姓名", "一月", "二月"], ["张三", 10, 20], ["李四", 5, 8], ["制表人：王五", "", "审核人：赵六"]]
    assert of_sheet(rows)[1:] == of_csv(rows)[2:] == ["制表人：王五 审核人：赵六"]
    shifts = [
        ["班次", "周一", "周二"],
        ["早", "主管：张三", "主管：李四"],
        ["晚", "主管：王五", "主管：赵六"],
    ]
    assert len(of_sheet(shifts)) == 1


def test_a_name_of_two_lines_is_one() -> None:
    assert of_csv([["品名", "单价\n（元）", "产地"], ["龙井", 128, "杭州"]]) == [
        "品名: 龙井\n单价 （元）: 128\n产地: 杭州"
    ]


def test_other_ways_to_ask_stand_with_their_question() -> None:
    text = "问题,相似问法,答案\n怎么退货,如何退货;退货流程,7 天内。\n,,先联系客服。\n运费谁付,,买家。\n"
    assert [block.text for block in questions.blocks(text)] == [
        "怎么退货 / 如何退货;退货流程\n7 天内。",
        "怎么退货 / 如何退货;退货流程\n先联系客服。",
        "运费谁付\n买家。",
    ]
