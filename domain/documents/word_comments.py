"""Comments of a Word file, behind its text and each with the words that it is about: what people say of them is none of
them.
"""

from collections.abc import Iterator
from zipfile import ZipFile

from lxml import etree

from domain.documents.blocks import Block, BlockKind
from domain.documents.word_numbers import WORD
from domain.documents.word_parts import DOCUMENT, part_of
from llm_backend.sentences import is_chinese

_COMMENTS = "word/comments.xml"
_START, _END, _TEXT = (f"{WORD}{name}" for name in ("commentRangeStart", "commentRangeEnd", "t"))
# Of what a comment is about.
LONGEST_WORDS = 80


def blocks(archive: ZipFile) -> Iterator[Block]:
    if _COMMENTS not in archive.namelist():
        return
    about = _words_about(part_of(archive, DOCUMENT))
    for comment in part_of(archive, _COMMENTS).iter(f"{WORD}comment"):
        paragraphs = (
            "".join(text.text or "" for text in each.iter(_TEXT)) for each in comment.iter(f"{WORD}p")
        )
        if said := " ".join(filter(None, map(str.strip, paragraphs))):
            yield _block(said, comment.get(f"{WORD}author", ""), about.get(comment.get(f"{WORD}id", ""), ""))


def _block(said: str, author: str, words: str) -> Block:
    if is_chinese(said):
        told = f"批注{f'（{author}）' if author else ''}{f'“{words}”' if words else ''}：{said}"
        return Block(BlockKind.PARAGRAPH, told, part="批注")
    told = f"Comment{f' by {author}' if author else ''}{f' on “{words}”' if words else ''}: {said}"
    return Block(BlockKind.PARAGRAPH, told, part="Comments")


def _words_about(root: etree._Element) -> dict[str, str]:
    """By the numbers of the comments, which may overlap."""
    words: dict[str, str] = {}
    begun: set[str] = set()
    for element in root.iter(_START, _END, _TEXT):
        number = element.get(f"{WORD}id", "")
        if element.tag == _START:
            begun.add(number)
        elif element.tag == _END:
            begun.discard(number)
        elif text := element.text:
            for each in begun:
                words[each] = words.get(each, "") + text
            begun = {each for each in begun if len(words[each]) < LONGEST_WORDS}
    return {each: " ".join(text[:LONGEST_WORDS].split()) for each, text in words.items()}
