DETAIL_CHARACTERS = 300


class ConnectorError(Exception):
    """What a connection to another system failed of: `code` is one of the reasons of whoever connects, `detail` what the
    other side said.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        self.code = code
        self.detail = " ".join(detail.replace("\x00", "").split())[:DETAIL_CHARACTERS]
        super().__init__(self.stored)

    @property
    def stored(self) -> str:
        return f"{self.code}: {self.detail}"
