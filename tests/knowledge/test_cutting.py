from dataclasses import replace

import pytest

from apps.knowledge import chunking, lexical
from apps.knowledge.chunking import PASSAGE_TOKENS, Cut
from domain.documents import grids, markdown
from domain.documents.blocks import Block, BlockKind, Box
from llm_backend.tokens import count_tokens


def cuts(text: str) -> list[tuple[str, str]]:
    return [(cut.heading, cut.text) for cut in chunking.passages_of(markdown.blocks(text))]


def test_every_passage_knows_the_headings_above_it() -> None:
    text = "Before.\n\n# Shop\n\nHello.\n\n## Returns\n\nThirty days.\n\n### Gifts\n\nNever.\n\n## Hours\n\nNine to five.\n"
    assert cuts(text) == [
        ("", "Before."),
        ("Shop", "Hello."),
        ("Shop › Returns", "Thirty days."),
        ("Shop › Returns › Gifts", "Never."),
        ("Shop › Hours", "Nine to five."),
    ]


def test_underlined_headings_count_too() -> None:
    assert cuts("Shop\n====\n\nHello.\n") == [("Shop", "Hello.")]


def test_parts_of_a_law_are_headings_in_plain_text_too() -> None:
    text = "第一章 总则\n第一条 本办法适用于全体员工。\n第二节 标准\n第二条 每天 500 元。\n"
    text += "第二章规定的除外。\n第三章 附则 …… 9"
    assert [(cut.heading, cut.text) for cut in chunking.passages_of(markdown.blocks(text))] == [
        ("第一章 总则", "第一条 本办法适用于全体员工。"),
        ("第一章 总则 › 第二节 标准", "第二条 每天 500 元。\n第二章规定的除外。\n第三章 附则 …… 9"),
    ]


def test_a_heading_without_text_below_it_is_found_too() -> None:
    assert cuts("# Shop\n\n## Open: 9:00–18:00\n\n## Where\n\nHangzhou.\n\n## Closed on Sundays\n") == [
        ("Shop", "Open: 9:00–18:00"),
        ("Shop › Where", "Hangzhou."),
        ("Shop", "Closed on Sundays"),
    ]


def test_what_stands_above_a_line_of_dashes_in_a_mail_is_text() -> None:
    assert cuts("Dear Bo,\nit is 45 euros\n-- \nAnna\n\nUntil March.\n-----\n[Anna]: Hello!\n") == [
        ("", "Dear Bo,\nit is 45 euros\n\nAnna\n\nUntil March.\n\n[Anna]: Hello!")
    ]
    assert cuts("Tea\n\n-----\n[Anna]: Hello!\n") == [("", "Tea\n\n[Anna]: Hello!")]


def test_a_comment_inside_code_is_no_heading() -> None:
    assert cuts("# Set-up\n\n```\n# not a heading\nrun\n```\n") == [
        ("Set-up", "```\n# not a heading\nrun\n```")
    ]


@pytest.mark.parametrize(
    "sentence",
    ["我们的茶叶来自杭州，三十天之内可以退货。", "Our tea is from Hangzhou. "],
)
def test_long_sections_are_cut_within_the_limit_and_lose_nothing(sentence: str) -> None:
    text = sentence * 400
    passages = cuts(text)
    assert "".join(passage.replace(" ", "") for _, passage in passages) == text.replace(" ", "")
    assert all(count_tokens(passage) <= PASSAGE_TOKENS[1] for _, passage in passages)


def test_a_table_that_fits_stays_whole() -> None:
    table = "| Tea | Price |\n|---|---|\n" + "\n".join(f"| Tea {number} | {number} |" for number in range(30))
    filler = "Tea is picked in spring, before the rain comes. " * 25
    passages = cuts(f"{filler}\n\n{table}\n\n{filler}")
    assert any(table in passage for _, passage in passages)


def test_a_row_of_a_table_of_questions_is_never_cut() -> None:
    row = Block(BlockKind.PARAGRAPH, "Where?\n" + "Far away. " * 500, is_whole=True)
    assert len(list(chunking.passages_of([row]))) == 1


def test_a_long_table_is_cut_by_rows_under_the_names_of_its_columns() -> None:
    rows = [f"| Tea {number} from the hills of Hangzhou | {number} yuan |" for number in range(60)]
    passages = cuts("# Teas\n\nAll of them.\n\n| Tea | Price |\n|---|---|\n" + "\n".join(rows))

    assert passages[0] == ("Teas", "All of them.")
    assert len(passages) > 3
    assert all(text.startswith("| Tea | Price |\n|---|---|\n| Tea ") for _, text in passages[1:])
    assert [line for _, text in passages[1:] for line in text.split("\n")[2:]] == rows
    assert all(count_tokens(text) <= PASSAGE_TOKENS[1] for _, text in passages)


def test_parts_of_a_long_table_keep_the_title_and_the_unit_above_it() -> None:
    rows = [[f"门店{number}", str(number), "元" * 20] for number in range(60)]
    table = Block(BlockKind.TABLE, grids.markdown(grids.of_rows([["门店", "销售", "备注"], *rows])))
    caption, unit = Block(BlockKind.CAPTION, "表1 销售"), Block(BlockKind.PARAGRAPH, "单位：万元")
    note = Block(BlockKind.PARAGRAPH, "注：不含税")
    passages = list(chunking.passages_of([note, caption, unit, table, note]))
    assert [cut.heading for cut in passages] == ["", *["表1 销售 单位：万元"] * (len(passages) - 2), ""]
    assert len(passages) > 4

    records = [Block(BlockKind.PARAGRAPH, f"销售: {number}", is_whole=True) for number in (1, 2)]
    inventory = [Block(BlockKind.CAPTION, "库存"), Block(BlockKind.PARAGRAPH, "数量: 3", is_whole=True)]
    cuts = chunking.passages_of([caption, *records, note, *inventory])
    assert [cut.heading for cut in cuts] == ["", "表1 销售", "表1 销售", "", "库存"]


def test_a_row_is_about_what_stands_behind_its_running_number() -> None:
    """“1: name Longjing” answers nobody; “Longjing: No. 1” does, where the number is that of a house."""
    table = "| 序号 | 名称 | 价格 |\n|---|---|---|\n| 1 | 龙井 | 128 |\n| 2 | | 98 |\n| 合计 | 合计 | 226 |"
    told = [each.text for each in chunking.sentences_of(Cut("", table))]
    assert told == ["龙井：序号 1，价格 128", "2：价格 98", "合计：价格 226"]

    cut = next(
        chunking.passages_of([Block(BlockKind.PARAGRAPH, "No.: 1\nTea: Keemun\nPrice: 68", is_whole=True)])
    )
    assert cut.heading == "Tea: Keemun"
    assert [each.text for each in chunking.sentences_of(cut)] == ["No.: 1", "Price: 68"]
    assert cut.with_heading == cut.text


def test_a_question_above_its_answer_and_the_name_of_a_row_are_the_headings_of_the_rest() -> None:
    rows = [
        "Do you sweep gas flues?\nWe do. Bring nothing.",
        "Service: Cowl\nPrice: £140\nTakes: 1 hour",
        "Closed.",
    ]
    title = Block(BlockKind.CAPTION, "Prices")
    cuts = list(
        chunking.passages_of([title, *(Block(BlockKind.PARAGRAPH, row, is_whole=True) for row in rows)])
    )

    assert [(cut.heading, cut.text) for cut in cuts[1:]] == [
        ("Prices › Do you sweep gas flues?", rows[0]),
        ("Prices › Service: Cowl", rows[1]),
        ("Prices", rows[2]),
    ]
    assert [[each.text for each in chunking.sentences_of(cut)] for cut in cuts[1:]] == [
        ["We do.", "Bring nothing."],
        ["Price: £140", "Takes: 1 hour"],
        ["Closed."],
    ]
    assert [cut.with_heading for cut in cuts[1:]] == [f"Prices\n{row}" for row in rows]


def test_a_passage_knows_its_pages_and_boxes_and_nothing_of_what_every_page_repeats() -> None:
    box = Box(0.1, 0.2, 0.9, 0.3)
    passages = list(
        chunking.passages_of(
            [
                Block(BlockKind.PAGE_HEADER, "Tea House", page=3),
                Block(BlockKind.HEADING, "Returns", level=1, page=3),
                Block(BlockKind.PARAGRAPH, "Within thirty", page=3, box=box),
                Block(BlockKind.PAGE_FOOTER, "3", page=3),
                Block(BlockKind.PARAGRAPH, "days.", page=4, box=box),
                Block(BlockKind.PARAGRAPH, "Unopened.", page=5, box=box),
                Block(BlockKind.HEADING, "Thank you", level=1, page=6),
            ]
        )
    )

    assert [(passage.heading, passage.text) for passage in passages] == [
        ("p. 3 › Returns", "Within thirty\n\ndays."),
        ("p. 5 › Returns", "Unopened."),
        ("p. 6", "Thank you"),
    ]
    assert passages[0].page_boxes == [{"page": page, "box": [0.1, 0.2, 0.9, 0.3]} for page in (3, 4)]


def test_the_header_and_footer_of_a_document_without_pages_are_passages_below_no_heading() -> None:
    passages = chunking.passages_of(
        [
            Block(BlockKind.PAGE_HEADER, "Tea House, Hangzhou"),
            Block(BlockKind.PARAGRAPH, "Dear all,"),
            Block(BlockKind.HEADING, "Open: 9:00–18:00", level=1),
            Block(BlockKind.PAGE_FOOTER, "Confidential"),
        ]
    )
    assert [(passage.heading, passage.text) for passage in passages] == [
        ("", "Tea House, Hangzhou"),
        ("", "Dear all,"),
        ("", "Open: 9:00–18:00"),
        ("", "Confidential"),
    ]


def test_an_attachment_begins_anew_under_its_name() -> None:
    passages = chunking.passages_of(
        [
            Block(BlockKind.HEADING, "Order", level=1),
            Block(BlockKind.PARAGRAPH, "See below."),
            Block(BlockKind.PARAGRAPH, "Thirty teas.", part="list.txt"),
        ]
    )
    assert [(passage.heading, passage.text) for passage in passages] == [
        ("Order", "See below."),
        ("list.txt", "Thirty teas."),
    ]


def test_each_sentence_is_embedded_alone_under_its_heading() -> None:
    written = [f"这是关于第{number}种茶叶的一句话，它说明了茶叶的产地。" for number in range(6)]
    cut = Cut("茶", "".join(written))

    sentences = chunking.sentences_of(cut)

    assert [cut.text[slice(*each.place)] for each in sentences] == written
    assert [chunking.embedded_text(cut, each.text) for each in sentences] == [
        f"茶\n{each}" for each in written
    ]


def test_a_number_that_nobody_is_to_know_keeps_its_signs() -> None:
    told = [each.text for each in chunking.sentences_of(Cut("", "请**尽快**联系 138****5678。"))]
    assert told == ["请尽快联系 138****5678。"]


def test_a_passage_without_a_sentence_is_embedded_whole() -> None:
    assert chunking.sentences_of(Cut("", "—")) == [((0, 1), "—")]


def parts_of(text: str) -> list[str | list[list[str]]]:
    """Without their places, which must be right."""
    parts = list(chunking.prose_and_tables(text))
    for part in parts:
        if isinstance(part, chunking.Prose):
            assert text.startswith(part.text, part.start)
        else:
            assert all(text[row.start : row.end].count("|") > 1 for row in part)
    return [part.text if isinstance(part, chunking.Prose) else [row.cells for row in part] for part in parts]


def test_a_passage_is_taken_apart_into_text_and_the_rows_of_its_tables() -> None:
    cells = grids.of_rows([["Tea", "Price | tin"], ["Sencha", ""], ["Oolong", "40"]])

    parts = parts_of(f"Prices:\n\n{grids.markdown(cells)}\n\n| no table |")

    assert parts == [
        "Prices:\n",
        [["Tea", "Price | tin"], ["Sencha", ""], ["Oolong", "40"]],
        "",
        "| no table |",
    ]


def test_a_table_that_a_person_wrote_is_one_too() -> None:
    parts = parts_of("|Tea|Price|\n|:--|--:|\n|Sencha|40 \\| 50|\n| |")

    assert parts == [[["Tea", "Price"], ["Sencha", "40 | 50"], [""]]]


def test_a_row_of_a_table_is_one_sentence_under_the_names_of_its_columns() -> None:
    table = "| tea | price | taste |\n|---|---|---|\n| White Peony | 78 yuan | mild; honey |"
    table += "\n| Keemun | | cocoa | sold out |"
    text = f"Prices hold until May.\n\n{table}\n\nAsk us; we help."

    sentences = chunking.sentences_of(Cut("Our teas", text))

    assert [each.text for each in sentences] == [
        "Prices hold until May.",
        "White Peony: price 78 yuan, taste mild; honey",
        "Keemun: taste cocoa, sold out",
        "Ask us;",
        "we help.",
    ]
    assert text[slice(*sentences[1].place)] == "| White Peony | 78 yuan | mild; honey |"
    assert text[slice(*sentences[-1].place)] == "we help."


def test_a_chinese_row_reads_as_chinese() -> None:
    table = "| 茶 | 种类 | 每 50 克价格 |\n| --- | --- | --- |\n| 白牡丹 | 白茶 | 78 元 |"

    assert [each.text for each in chunking.sentences_of(Cut("", table))] == [
        "白牡丹：种类白茶，每 50 克价格 78 元"
    ]


def test_a_row_of_a_form_says_each_value_once() -> None:
    form = (
        "|  |  |  |  |\n| --- | --- | --- | --- |\n| 姓名： | 张三 | 部门 | 研发部 |\n| 事由 | 探亲 |  |  |"
    )
    assert [each.text for each in chunking.sentences_of(Cut("", form))] == [
        "姓名：张三，部门，研发部",
        "事由：探亲",
    ]


@pytest.mark.parametrize(
    ("question", "clause", "other"),
    [
        ("第3条规定了什么？", "第三条 违约责任", "第四条 违约责任"),
        ("第 12 条", "第十二条", "第二条"),
        ("第一百零五条", "第105条", "第15条"),
        ("第三章讲什么", "第３章 总则", "第4章 总则"),
    ],
)
def test_a_clause_is_looked_for_in_either_way_of_writing_its_number(
    question: str, clause: str, other: str
) -> None:
    asked = lexical.asked_terms(question)
    shared = [asked & set(lexical.terms_of(text)) for text in (clause, other)]
    assert len(shared[0]) > len(shared[1])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Deliveries, delivery!", ["delivery", "delivery"]),
        ("ＴＥＡ teas", ["tea", "tea"]),
        ("价格是19.9元", ["价格", "+价格", "+格是", "19.9", "元"]),
        ("the of and", []),
        ("Müller naïve", ["müller", "naïve"]),
        ("2025¹ terms² of 5 m²", ["2025", "1", "term", "2", "5", "m2"]),
    ],
)
def test_terms(text: str, expected: list[str]) -> None:
    assert lexical.terms_of(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("退货 policy", True), ("Return it, 谢谢", False), ("123", False)]
)
def test_the_language_of_a_text_is_told_by_its_letters(text: str, expected: bool) -> None:
    assert lexical.is_chinese(text) is expected


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Open Mon. to Fri. 9–17. Closed on Sundays.", ["Open Mon. to Fri. 9–17.", "Closed on Sundays."]),
        (
            "请访问https://tea.example/find?q=1&a=b！谢谢。",
            ["请访问https://tea.example/find?q=1&a=b！", "谢谢。"],
        ),
        ("Keep it out of the sun. Is it x.com?Yes!", ["Keep it out of the sun.", "Is it x.com?", "Yes!"]),
    ],
)
def test_opening_hours_and_addresses_of_the_web_are_not_cut(text: str, sentences: list[str]) -> None:
    assert [sentence.text for sentence in chunking.sentences_of(Cut("", text))] == sentences


def test_a_text_that_is_not_cut_into_terms_holds_none_of_the_question() -> None:
    texts = ["Our policies on gifts", "两盒茶叶", "ＡＢＣ１２３", "Boxes are tested", "Nothing of it"]

    for question, number in (("policy", 0), ("茶叶", 1), ("abc123", 2), ("box test", 3)):
        scores = lexical.scores(question, texts)

        assert [score > 0 for score in scores] == [at == number for at in range(len(texts))]


def test_a_sentence_is_told_without_the_signs_of_bold_type() -> None:
    text = "春节休息，**节前营业到 21:00**。 **We are closed. Do not ring**. 2**20 cups."

    assert [sentence.text for sentence in chunking.sentences_of(Cut("", text))] == [
        "春节休息，节前营业到 21:00。",
        "We are closed.",
        "Do not ring.",
        "2**20 cups.",
    ]


def test_a_slide_without_a_title_is_not_below_that_of_another() -> None:
    title, said = (
        Block(BlockKind.HEADING, "Prices", level=1, page=1),
        Block(BlockKind.PARAGRAPH, "9 yuan", page=1),
    )
    others = [replace(said, text=text, page=2) for text in ("Closed.", "Call us.")]
    found = chunking.passages_of([title, said, replace(others[0], is_apart=True), others[1]])
    assert [(cut.heading, cut.text) for cut in found] == [
        ("p. 1 › Prices", "9 yuan"),
        ("p. 2", "Closed.\n\nCall us."),
    ]
