"""What a table says twice in a row to fill the page: fields (“Name | Li Na | Sex | female”), or the names of its columns."""

from collections.abc import Sequence
from itertools import groupby

from domain.documents.table_parts import is_number
from llm_backend.unicode_forms import nfkc

LEAST_COLUMNS, MOST_COLUMNS = 4, 8
LEAST_ROWS = 2
LONGEST_LABEL = 16
# What the labels of forms end with.
_ENDS_ZH = (
    "姓名 性别 年龄 民族 籍贯 国籍 日期 时间 年月 学历 学位 专业 院校 面貌 状况 职称 职务 职位 岗位 部门 科室 单位"
    " 公司 客户 供应商 甲方 乙方 名称 联系人 负责人 经办人 申请人 审批人 代表人 电话 方式 手机 手机号 传真 邮箱 邮件"
    " 邮编 编码 地址 住址 地点 网址 编号 号码 工号 床号 住院号 病历号 账号 税号 识别号 代码 开户行 资本 类型 类别"
    " 等级 品牌 产地 规格 型号 颜色 材质 尺寸 重量 保质期 有效期 期限 数量 单价 金额 总价 备注 诊断"
)
_ENDS_EN = (
    "name sex gender age birth birthday nationality phone telephone tel mobile fax email e-mail address postcode zip city"
    " country company department position contact date time number no. customer client supplier project model brand origin"
    " weight size colour color material quantity remarks notes account bank manager id type status terms validity"
)
_ENDS = (*_ENDS_ZH.split(), *_ENDS_EN.split())


def pairs_of(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """Label and value, row by row; empty where the rows are no form. A cell that goes over several columns stands in each of
    them.

    Labels stand in every second cell, also below the first row, where a table has what its columns are about.
    """
    if len(rows) < LEAST_ROWS or not LEAST_COLUMNS <= len(rows[0]) <= MOST_COLUMNS:
        return []
    cells = [_cells(row) for row in rows]
    labels = [each for row in cells for each in row[::2]]
    below = [each for row in cells[1:] for each in row[::2]]
    beside = [each for row in cells[1:] for each in row[2::2]]
    values = {each for row in cells for each in row[1::2]}
    if len(set(labels)) < len(labels) or not all(map(_may_be_label, labels)) or any(map(_is_known, values)):
        return []
    if 2 * sum(map(_is_label, below)) < len(below) or not any(map(_is_label, beside)):
        return []
    pairs = [row[at : at + 2] for row in cells for at in range(0, len(row), 2)]
    return [[label.rstrip(":： "), *value] if value else [label, ""] for label, *value in pairs]


def unfolded(rows: list[list[str]]) -> list[list[str]]:
    """Of a table with the same names two or three times side by side the parts below one another."""
    names = rows[0]
    for width in range(2, len(names) // 2 + 1):
        count, rest = divmod(len(names), width)
        if not rest and names == names[:width] * count and all(names):
            starts = range(0, len(names), width)
            parts = [row[at : at + width] for at in starts for row in rows[1:]]
            return [names[:width], *(part for part in parts if any(part))]
    return rows


def _cells(row: Sequence[str]) -> list[str]:
    """Each once, without empty ones behind the last label."""
    cells = [text for text, _same in groupby(each.strip() for each in row)]
    while len(cells) > 1 and not cells[-1] and len(cells) % 2:
        cells.pop()
    return cells


def _may_be_label(text: str) -> bool:
    return 0 < len(text) <= LONGEST_LABEL and any(map(str.isalpha, text)) and not is_number(text)


def _is_label(text: str) -> bool:
    return text.endswith((":", "：")) or _plain(text).endswith(_ENDS)


def _is_known(text: str) -> bool:
    return _plain(text) in _ENDS


def _plain(text: str) -> str:
    return "".join(nfkc(text).casefold().split()).rstrip(":")
