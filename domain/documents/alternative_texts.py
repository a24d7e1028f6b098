"""What a picture shows, in the words that its file has for those who do not see it."""

# Of a text in Word, PowerPoint or on a page that has none of its own, programs write the name of the file.
_FILE_NAMES = (
    ".png",
    ".jpg",
    ".jpeg",
    ".gif",
    ".bmp",
    ".webp",
    ".svg",
    ".tif",
    ".tiff",
    ".emf",
    ".wmf",
    ".heic",
)
_NOTHING = frozenset(
    ("image", "picture", "photo", "img", "logo", "icon", "图片", "图像", "图", "照片", "圖片")
)
# Behind what Office guessed of a picture.
_GUESSES = ("automatically generated", "ai-generated", "自动生成", "自動產生", "ai 生成")
LONGEST = 1000


def alternative_text(written: str | None) -> str:
    """Empty where it is the name of a file, a guess of a program, or says no more than that it is a picture."""
    text = " ".join((written or "").split())[:LONGEST]
    is_guess = any(guess in text.casefold() for guess in _GUESSES)
    is_name = text.casefold().endswith(_FILE_NAMES) or text.casefold() in _NOTHING
    return "" if is_guess or is_name or not any(map(str.isalnum, text)) else text
