"""Formulas of documents come as LaTeX: alone as blocks, else inside their sentence."""

import io
from typing import Any

import docx
import pptx
import pytest
from lxml import etree

from domain.documents import formulas, markdown, markup, slides
from domain.documents.blocks import Block

MATH = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
A14 = "http://schemas.microsoft.com/office/drawing/2010/main"
MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"


def run(text: str) -> str:
    return f"<m:r><m:t>{text}</m:t></m:r>"


def power(base: str, exponent: str) -> str:
    return f"<m:sSup><m:e>{run(base)}</m:e><m:sup>{run(exponent)}</m:sup></m:sSup>"


ROOTS = (
    f"<m:oMath {MATH}>{run('x=')}<m:f><m:num>{run('-b±')}<m:rad><m:radPr><m:degHide m:val='1'/></m:radPr><m:deg/>"
    f"<m:e>{power('b', '2')}{run('-4ac')}</m:e></m:rad></m:num><m:den>{run('2a')}</m:den></m:f></m:oMath>"
)
SUM = (
    f"<m:oMathPara {MATH}><m:oMath><m:nary><m:naryPr><m:chr m:val='∑'/></m:naryPr><m:sub>{run('i=1')}</m:sub>"
    f"<m:sup>{run('n')}</m:sup><m:e>{power('x', '2')}</m:e></m:nary></m:oMath></m:oMathPara>"
)
ROOTS_LATEX, SUM_LATEX = r"x=\frac{-b±\sqrt{b^{2}-4ac}}{2a}", r"\sum_{i=1}^{n} x^{2}"


def told(blocks: Any) -> list[tuple[str, str]]:
    return [(block.kind.value, block.text) for block in blocks]


def test_formulas_of_word_stand_where_they_stood() -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("The roots are ")
    paragraph._p.append(etree.fromstring(ROOTS))
    paragraph.add_run(" for any a.")
    document.add_paragraph()._p.append(etree.fromstring(SUM))
    cell = document.add_table(1, 2).cell(0, 0)
    cell.paragraphs[0]._p.append(etree.fromstring(f"<m:oMath {MATH}>{run('|x|')}</m:oMath>"))
    file = io.BytesIO()
    document.save(file)
    assert told(markup.word_blocks(file.getvalue()))[:2] == [
        ("paragraph", f"The roots are ${ROOTS_LATEX}$ for any a."),
        ("formula", f"$$ {SUM_LATEX} $$"),
    ]


def test_formulas_of_slides_are_read_although_older_programs_see_a_picture() -> None:
    presentation = pptx.Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[6])
    box = slide.shapes.add_textbox(0, 0, 9000, 9000)
    box.text_frame.text = "Mean: "
    box.text_frame.paragraphs[0]._p.append(etree.fromstring(f'<a:m xmlns:a="{A14}">{ROOTS}</a:m>'))
    choice = (
        f'<c:AlternateContent xmlns:c="{MC}"><c:Choice Requires="a14"/><c:Fallback/></c:AlternateContent>'
    )
    alternatives = etree.fromstring(choice)
    box._element.getparent().replace(box._element, alternatives)
    alternatives[0].append(box._element)
    alone = slide.shapes.add_textbox(0, 9000, 9000, 9000).text_frame.paragraphs[0]._p
    alone.append(etree.fromstring(f'<a:m xmlns:a="{A14}">{SUM}</a:m>'))
    file = io.BytesIO()
    presentation.save(file)
    assert told(slides.blocks(file.getvalue())) == [
        ("paragraph", f"Mean: ${ROOTS_LATEX}$"),
        ("formula", f"$$ {SUM_LATEX} $$"),
    ]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<math><mi>A</mi><mo>=</mo><mi>π</mi><msup><mi>r</mi><mn>2</mn></msup></math>", "A=πr^{2}"),
        ("<math><msqrt><mi>x</mi></msqrt><mfrac><mn>1</mn><mi>n</mi></mfrac></math>", r"\sqrt{x}\frac{1}{n}"),
        (
            "<math><semantics><mi>x</mi><annotation encoding='application/x-tex'>{\\displaystyle a_1}</annotation>"
            "</semantics></math>",
            "a_1",
        ),
        (
            "<span class='katex'><span class='katex-mathml'><math><mi>y</mi></math></span><span class='katex-html'>"
            "y</span></span>",
            "y",
        ),
        ("<script type='math/tex; mode=display'>E = mc^2</script>", "E = mc^2"),
        (r"\[ x_1 * y_2 \]", "x_1 * y_2"),
        (r"$$\alpha_1$$", r"\alpha_1"),
    ],
)
def test_a_formula_alone_in_a_web_page_is_a_block(html: str, expected: str) -> None:
    assert told(markup.html_blocks(f"<p>Before.</p><p>{html}</p>"))[1:] == [("formula", f"$$ {expected} $$")]


def test_a_formula_in_a_sentence_stays_there_and_money_is_none() -> None:
    html = r"<p>For \(x_1\) and <math><mi>y</mi></math> pay $5 or $6, as <code>\(z\)</code> says.</p>"
    assert told(markup.html_blocks(html)) == [
        ("paragraph", r"For $x_1$ and $y$ pay $5 or $6, as `\(z\)` says.")
    ]
    table = "<table><tr><th>n</th><th>f</th></tr><tr><td>1</td><td><math><mo>|</mo><mi>x</mi></math></td></tr></table>"
    (block,) = markup.html_blocks(table)
    assert block.text.endswith("| 1 | $\\|x$ |")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            "a\n$$\nx\n- y = 1\n$$\nb",
            [("paragraph", "a"), ("formula", "$$\nx\n- y = 1\n$$"), ("paragraph", "b")],
        ),
        ("$$x^2$$", [("formula", "$$x^2$$")]),
        ("\\[\na_1\n\\]", [("formula", "\\[\na_1\n\\]")]),
        # Not closed, empty, in the middle of a line, code.
        ("$$ cheap\n$$$ dear", [("paragraph", "$$ cheap\n$$$ dear")]),
        ("$$$$", [("paragraph", "$$$$")]),
        ("$$x$$ is short", [("paragraph", "$$x$$ is short")]),
        ("    $$\n    x\n    $$", [("code", "    $$\n    x\n    $$")]),
    ],
)
def test_a_formula_of_markdown_is_told_apart(source: str, expected: list[tuple[str, str]]) -> None:
    assert told(markdown.blocks(source)) == expected


def test_a_formula_as_deep_as_a_bomb_is_read_by_its_characters() -> None:
    deep = "<mrow>" * 200 + "<mi>x</mi>" + "</mrow>" * 200
    assert formulas.latex(etree.fromstring(f"<math>{deep}</math>")) == "x"


def test_blocks_without_a_formula_are_what_they_were() -> None:
    assert [type(each) for each in markdown.blocks("Tea costs 5$.")] == [Block]
