"""The program in a model's answer: out of its Markdown, whole or as the rest of a function whose head was given."""

import ast
import textwrap

FENCE = "```"
MAX_CHARACTERS = 60_000
_BEGINNINGS = ("def ", "async def ", "class ", "import ", "from ", "@")
# Of an answer without fences: so many lines of talk behind the code are cut off, one by one.
MAX_LINES_BEHIND = 60


def program(question: str, answer: str, entry_point: str) -> str:
    """What is run. The head of a function comes first: with its imports, and other functions that it speaks of."""
    code = code_of(answer, entry_point)
    if not (defines(question, entry_point) and syntax_problem(question) is None):
        return code
    if code and not defines(code, entry_point):
        # Only the rest of the function.
        code = textwrap.indent(textwrap.dedent(code), "    ")
    return f"{question.rstrip()}\n{code}\n"


def code_of(answer: str, entry_point: str) -> str:
    """The fenced piece that defines what was asked for, else the first; without fences what looks like code. Empty
    where nothing does."""
    pieces = fenced(answer[:MAX_CHARACTERS])
    if pieces:
        return next((piece for piece in pieces if defines(piece, entry_point)), pieces[0])
    lines = answer[:MAX_CHARACTERS].splitlines()
    while lines and not lines[0].startswith((*_BEGINNINGS, "    ")):
        lines.pop(0)
    for _ in range(MAX_LINES_BEHIND):
        if not lines or syntax_problem(textwrap.dedent("\n".join(lines))) is None:
            break
        lines.pop()
    return "\n".join(lines)


def fenced(text: str) -> list[str]:
    """What stands between lines of three backticks; the last piece may have been cut off. A line that names a language
    always begins one: some put the code, fence and all, into a fence of Markdown."""
    pieces: list[list[str]] = []
    is_inside = False
    for line in text.splitlines():
        if line.lstrip().startswith(FENCE):
            is_inside = not is_inside or line.strip() != FENCE
            if is_inside:
                pieces.append([])
        elif is_inside:
            pieces[-1].append(line)
    return ["\n".join(piece) for piece in pieces if any(map(str.strip, piece))]


def defines(code: str, name: str) -> bool:
    """A function or class of this name, at the beginning of a line."""
    beginnings = tuple(f"{word} {name}" for word in ("def", "async def", "class"))
    return any(
        line.startswith(beginnings) and not line.partition(name)[2][:1].isidentifier()
        for line in code.splitlines()
    )


def syntax_problem(code: str) -> str | None:
    """In Python's words; None where it can be read."""
    try:
        ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = f"line {error.lineno}: {error.msg}" if isinstance(error, SyntaxError) else str(error)
        return line[:200]
    return None
