"""A shop's own web site on an origin of its own, with the widget's script tag on every page."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PAGE = """<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>Tea</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body><h1>Tea Shop</h1><p><a id="other" href="/other">Another page</a></p>
<script async src="{script}" {options}></script></body></html>"""


class ShopSite:
    def __init__(self, host: str, port: int) -> None:
        self.url = f"http://{host}:{port}"
        self.script = ""
        self.options = ""
        self.language = "en"

    @property
    def page(self) -> bytes:
        return PAGE.format(language=self.language, script=self.script, options=self.options).encode()


@contextmanager
def shop_site(host: str = "localhost") -> Iterator[ShopSite]:
    """To a browser `localhost` is another site than `127.0.0.1`, where the platform is: storage is kept apart."""

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            # As strict as a careful shop may be: no inline styles, scripts from us alone.
            origin = site.script.split("/widget/")[0]
            self.send_header(
                "Content-Security-Policy",
                f"default-src 'self'; script-src {origin}; frame-src {origin}; style-src 'self'",
            )
            self.end_headers()
            self.wfile.write(site.page)

        def log_message(self, *arguments: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    site = ShopSite(host, server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
