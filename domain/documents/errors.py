class Unreadable(Exception):
    """Why a file gives no text; the codes are explained to people in `apps.knowledge.reader`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
