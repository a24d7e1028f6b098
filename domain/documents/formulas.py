"""Formulas of Office (OMML) and of web pages (MathML) → LaTeX, as far as searching and reading need it.

Letters and signs stay the characters that they are: “α”, “≤”, “∞” are found as people type them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise

from lxml import etree

from llm_backend import patterns

# Below, only characters are read.
DEEPEST = 60
_SPACE = patterns.compile(r"\s+")
_INVISIBLE = dict.fromkeys((0x2062, 0x2063, 0x2064, 0x200B)) | {0x2061: " "}
_LARGE = {"∑": "\\sum", "∏": "\\prod", "∫": "\\int", "∮": "\\oint", "⋃": "\\bigcup", "⋂": "\\bigcap"}
_ACCENTS = {
    **dict.fromkeys(("\u0302", "^", "ˆ"), "\\hat"),
    **dict.fromkeys(("\u0303", "~", "˜"), "\\tilde"),
    **dict.fromkeys(("\u0304", "\u0305", "¯", "‾"), "\\bar"),
    **dict.fromkeys(("\u20d7", "→"), "\\vec"),
    **dict.fromkeys(("\u0307", "˙"), "\\dot"),
    **dict.fromkeys(("\u0308", "¨"), "\\ddot"),
}
# What says how a formula looks, and not what it says.
_SILENT = ("annotation", "annotation-xml", "mphantom", "mspace", "rPr", "ctrlPr")
_FORMAT_ENDING = "Pr"


class Node:
    """An element of a formula, with how deep it lies. Its parts are read as LaTeX: by their names, or by their places."""

    def __init__(self, element: etree._Element, depth: int = 0) -> None:
        self.element, self.depth = element, depth

    @property
    def name(self) -> str:
        return str(etree.QName(self.element).localname)

    def children(self, name: str = "") -> Iterator["Node"]:
        for element in self.element:
            if isinstance(element.tag, str) and (not name or etree.QName(element).localname == name):
                yield Node(element, self.depth + 1)

    def named(self, name: str) -> str:
        return next((latex_of(each) for each in self.children(name)), "")

    def placed(self, at: int) -> str:
        parts = [each for each in self.children() if each.name not in _SILENT]
        return latex_of(parts[at]) if at < len(parts) else ""

    def whole(self) -> str:
        return _beside(latex_of(each) for each in self.children())

    def setting(self, name: str, otherwise: str) -> str:
        """Of Office: `m:val` of the part of its format that is called so; empty where that has none."""
        for form in self.children(f"{self.name}{_FORMAT_ENDING}"):
            for each in form.children(name):
                values = {etree.QName(key).localname: value for key, value in each.element.items()}
                return str(values.get("val", ""))
        return otherwise


def latex(formula: etree._Element) -> str:
    """Of `m:oMath`, `m:oMathPara` or `math`."""
    return _SPACE.sub(" ", latex_of(Node(formula))).strip()


def latex_of(node: Node) -> str:
    if node.depth > DEEPEST:
        return "".join(node.element.itertext())
    name = node.name
    if name in _SILENT or name.endswith(_FORMAT_ENDING):
        return ""
    if form := _FORMS.get(name):
        return form(node)
    return node.whole()


def _text(node: Node) -> str:
    return "".join(node.element.itertext()).translate(_INVISIBLE)


def _beside(parts: Iterable[str]) -> str:
    """One behind the other; words and names of functions stay apart."""
    written = [part for part in parts if part]
    joined = written[:1]
    for before, part in pairwise(written):
        is_word = (before[-2:].isalpha() and len(before) > 1) or (part[:2].isalpha() and len(part) > 1)
        is_command = "\\" in before[before.rfind(" ") + 1 :] and before[-1:].isalpha()
        if before[-1:].isalnum() and part[:1].isalnum() and (is_word or is_command):
            joined.append(" ")
        joined.append(part)
    return "".join(joined)


def _carrier(text: str) -> str:
    return text if len(text) <= 1 or text.startswith(("\\", "(", "[")) else f"{{{text}}}"


def _scripts(base: str, below: str, above: str) -> str:
    return "".join([base, f"_{{{below.strip()}}}" if below else "", f"^{{{above.strip()}}}" if above else ""])


def _fraction(above: str, below: str) -> str:
    return f"\\frac{{{above.strip()}}}{{{below.strip()}}}"


def _root(degree: str, radicand: str) -> str:
    return f"\\sqrt{f'[{degree.strip()}]' if degree.strip() else ''}{{{radicand.strip()}}}"


def _large(node: Node) -> str:
    sign = node.setting("chr", "∫")
    scripts = _scripts(_LARGE.get(sign, sign), node.named("sub"), node.named("sup"))
    return f"{scripts} {node.named('e')}"


def _delimited(node: Node) -> str:
    begin, end = node.setting("begChr", "("), node.setting("endChr", ")")
    parts = [latex_of(each) for each in node.children("e")]
    return f"{begin}{node.setting('sepChr', '|').join(parts)}{end}"


def _fenced(node: Node) -> str:
    attributes = node.element.attrib
    separator = (attributes.get("separators") or ",").strip()[:1]
    parts = (latex_of(each) for each in node.children())
    return f"{attributes.get('open', '(')}{separator.join(parts)}{attributes.get('close', ')')}"


def _accented(base: str, accent: str) -> str:
    command = _ACCENTS.get(accent.strip())
    return f"{command}{{{base}}}" if command else f"{base}{accent}"


def _rows(rows: Iterable[Iterable[str]]) -> str:
    lines = " \\\\ ".join(" & ".join(cell.strip() for cell in row) for row in rows)
    return f"\\begin{{matrix}} {lines} \\end{{matrix}}"


def _cells(node: Node, row: str, cell: str) -> str:
    return _rows([latex_of(each) for each in line.children(cell)] for line in node.children(row))


def _over(node: Node) -> str:
    base, above = node.placed(0), node.placed(1)
    return _accented(base, above) if above.strip() in _ACCENTS else _scripts(_carrier(base), "", above)


def _semantics(node: Node) -> str:
    """What a page says in TeX beside it is what its writer wrote."""
    for each in node.children("annotation"):
        if each.element.get("encoding", "").lower() in ("application/x-tex", "tex", "latex"):
            return without_style("".join(each.element.itertext()))
    return node.placed(0)


def without_style(tex: str) -> str:
    """Wikipedia's say first how large they are set."""
    tex = tex.strip()
    for style in ("{\\displaystyle", "{\\textstyle"):
        if tex.startswith(style) and tex.endswith("}"):
            return tex[len(style) : -1].strip()
    return tex


_FORMS: Mapping[str, Callable[[Node], str]] = {
    # Office
    "t": _text,
    "f": lambda node: _fraction(node.named("num"), node.named("den")),
    "sSup": lambda node: _scripts(_carrier(node.named("e")), "", node.named("sup")),
    "sSub": lambda node: _scripts(_carrier(node.named("e")), node.named("sub"), ""),
    "sSubSup": lambda node: _scripts(_carrier(node.named("e")), node.named("sub"), node.named("sup")),
    "sPre": lambda node: f"{_scripts('{}', node.named('sub'), node.named('sup'))}{node.named('e')}",
    "rad": lambda node: _root(node.named("deg"), node.named("e")),
    "nary": _large,
    "d": _delimited,
    "func": lambda node: f"{node.named('fName').strip()} {node.named('e')}",
    "acc": lambda node: _accented(node.named("e"), node.setting("chr", "\u0302")),
    "bar": lambda node: f"\\overline{{{node.named('e')}}}",
    "limLow": lambda node: _scripts(node.named("e").strip(), node.named("lim"), ""),
    "limUpp": lambda node: _scripts(node.named("e").strip(), "", node.named("lim")),
    "m": lambda node: _cells(node, "mr", "e"),
    "eqArr": lambda node: _rows([latex_of(each)] for each in node.children("e")),
    "oMathPara": lambda node: " \\\\ ".join(latex_of(each) for each in node.children("oMath")),
    # web pages
    **dict.fromkeys(("mi", "mn", "mo", "mtext", "ms"), lambda node: _text(node).strip()),
    "mfrac": lambda node: _fraction(node.placed(0), node.placed(1)),
    "msup": lambda node: _scripts(_carrier(node.placed(0)), "", node.placed(1)),
    "msub": lambda node: _scripts(_carrier(node.placed(0)), node.placed(1), ""),
    "msubsup": lambda node: _scripts(_carrier(node.placed(0)), node.placed(1), node.placed(2)),
    "munder": lambda node: _scripts(_LARGE.get(node.placed(0), node.placed(0)), node.placed(1), ""),
    "mover": _over,
    "munderover": lambda node: _scripts(
        _LARGE.get(node.placed(0), node.placed(0)), node.placed(1), node.placed(2)
    ),
    "msqrt": lambda node: _root("", node.whole()),
    "mroot": lambda node: _root(node.placed(1), node.placed(0)),
    "mfenced": _fenced,
    "mtable": lambda node: _cells(node, "mtr", "mtd"),
    "semantics": _semantics,
}
