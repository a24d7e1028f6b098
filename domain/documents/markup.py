"""HTML and Word → Markdown."""

from pathlib import Path

import mammoth
from bs4 import BeautifulSoup
from markdownify import MarkdownConverter

from llm_backend import patterns

# In C and linear. `html.parser` takes minutes for 300 KB of “<a <a” and refuses “<![ foo” altogether.
PARSER = "lxml"
_NOT_CONTENT = ("script", "style", "noscript", "template", "svg", "nav", "iframe", "form", "head", "img")
_EMPTY_LINES = patterns.compile(r"\n{3,}")


def html_to_markdown(html: str) -> str:
    soup = BeautifulSoup(html, PARSER)
    title = soup.title.get_text(strip=True) if soup.title else ""
    has_title = not title or soup.find("h1") is not None
    for element in soup(_NOT_CONTENT):
        element.decompose()
    markdown = MarkdownConverter(heading_style="ATX", escape_misc=False, strip=["a"]).convert_soup(soup)
    text = _EMPTY_LINES.sub("\n\n", markdown).strip()
    return text if has_title else f"# {title}\n\n{text}"


def word_to_markdown(path: Path) -> str:
    with path.open("rb") as file:
        html = mammoth.convert_to_html(file, convert_image=lambda image: []).value
    return html_to_markdown(html)
