"""Values inside of Chinese text, in which no space parts words: "用户张伟扫码开锁" and "用户王芳扫码开锁"."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from domain.logs.parsing.masking import PARAMETER
from llm_backend import patterns

MAX_COMPARED = 4_096
MIN_VALUES = 3
MIN_BESIDE = 2
"""Letters that are the same before a value and behind it."""
MAX_VALUE = 6

_PREPOSITIONS = frozenset("至为给到由向从在是")
"""Behind these a value may end the run."""
_RUN = patterns.compile(r"[一-鿿\x11]{5,40}")
_VERB = patterns.words(
    [
        *("创建", "新建", "删除", "更新", "修改", "启动", "停止", "开始", "结束", "成功", "失败", "完成", "取消"),
        *("支付", "付款", "退款", "发送", "接收", "连接", "断开", "打开", "关闭", "登录", "退出", "上线", "离线"),
        *("入库", "出库", "提交", "审核", "通过", "拒绝", "正常", "异常", "超时", "恢复", "暂停", "读取", "写入"),
    ]
)  # fmt: skip


def merge_inline_values(templates: set[str]) -> Mapping[str, str]:
    """Templates that differ in some letters between others, which are names of several."""
    if len(templates) > MAX_COMPARED:
        return {}
    groups: defaultdict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for template in templates:
        for part in _RUN.finditer(template):
            groups[template[: part.start()], template[part.end() :]][part[0]] = template
    wider: dict[str, str] = {}
    for (before, after), runs in sorted(groups.items()):
        for run, joined in _joined(set(runs)):
            wider.setdefault(runs[run], before + joined + after)
    return wider


def _joined(runs: set[str]) -> Iterator[tuple[str, str]]:
    """Each run that holds a value, with a mark for it. What is the same in most of them counts, then the longest."""
    by_frame: defaultdict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for run in sorted(runs) if len(runs) > 1 else ():
        for start, end in _value_places(run):
            by_frame[run[:start], run[end:]][run[start:end]] = run
    frames = sorted(by_frame, key=lambda each: (-len(by_frame[each]), -len(each[0] + each[1]), each))
    for before, after in frames:
        own = {value: run for value, run in by_frame[before, after].items() if run in runs}
        words = [value for value in own if PARAMETER not in value]
        enough = len(words) >= MIN_VALUES or (PARAMETER in own and len(own) > 1)
        if enough and not any(map(_VERB.search, own)):
            runs = runs.difference(own.values())
            yield from ((run, before + PARAMETER + after) for run in own.values())


def _value_places(run: str) -> Iterator[tuple[int, int]]:
    for start in range(MIN_BESIDE, len(run)):
        for end in range(start + 1, min(start + MAX_VALUE, len(run) - MIN_BESIDE) + 1):
            yield start, end
        if run[start - 1] in _PREPOSITIONS and len(run) - start <= MAX_VALUE:
            yield start, len(run)
