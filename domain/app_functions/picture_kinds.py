"""Statements about a picture: what kind of statement, as people read it, its text, and where it rests."""

from typing import Any

from domain.workflows.types import MAX_ITEMS, Boxes, Choice, List, Record, Text, Words

Box = list[float]
WHOLE: list[Box] = [[0.0, 0.0, 1.0, 1.0]]

KINDS = Choice(
    title=Words(en="What", zh="类别"),
    options={
        "not_looked": Words(
            en="This picture was read by text recognition; what it shows besides text was not looked at.",
            zh="这张图片由文字识别读取，文字以外的内容未经查看。",
        ),
        "text_layer": Words(
            en="The text of this page stands in its file; what it shows besides text was not looked at.",
            zh="这一页的文字取自文件本身，文字以外的内容未经查看。",
        ),
        "no_text": Words(en="No text was found on the picture.", zh="图片中没有识别到文字。"),
        "hard": Words(en="Hard to read, perhaps handwriting", zh="难以辨认，可能是手写"),
        "lines": Words(en="Lines of text", zh="文字行数"),
        "heading": Words(en="Heading", zh="标题"),
        "table": Words(en="Table, rows × columns", zh="表格（行 × 列）"),
        "begins": Words(en="Begins with", zh="开头文字"),
        "seen": Words(en="Said by the model, and it stands on the picture", zh="模型所述，图中有相应文字"),
        "seen_only": Words(
            en="Said by the model; no text on the picture says it", zh="模型所述，图中没有相应文字"
        ),
        "other_number": Words(
            en="Said by the model with a number that text recognition did not find",
            zh="模型所述，其中的数字未被文字识别读到",
        ),
        "found": Words(en="Stands on the picture", zh="图中文字"),
        "not_found": Words(
            en="No line of the picture has the words of the question.", zh="图片中没有与问题相关的文字。"
        ),
        "only_model": Words(en="Number that only the model read", zh="仅模型读到的数字"),
        "only_recognised": Words(en="Number that only text recognition read", zh="仅文字识别读到的数字"),
        "paragraph": Words(en="Text", zh="正文"),
        "list": Words(en="List", zh="列表"),
        "picture": Words(en="Picture", zh="图片"),
    },
)
STATEMENTS = List(
    max_items=MAX_ITEMS,
    of=Record(
        fields={"kind": KINDS, "text": Text(title=Words(en="Text", zh="文字")), "boxes": Boxes()},
    ),
)


def statement(kind: str, text: str, boxes: list[Box]) -> dict[str, Any]:
    return {"kind": kind, "text": text[:20_000], "boxes": boxes[:100]}
