"""ClickHouse's own engine behind HTTP as its server speaks it; run as a module it prints its port.

`chdb` has no network, so the form is read here and the question is handed on, with its settings. It needs `chdb`.
"""

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import chdb
from werkzeug.formparser import parse_form_data

lock = Lock()
# Of the interface, not of the engine.
OF_HTTP = {"default_format", "wait_end_of_query"}
USER = ("reader", "oolong tea")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        environment: dict[str, Any] = {
            "wsgi.input": self.rfile,
            "REQUEST_METHOD": "POST",
            "CONTENT_TYPE": self.headers["Content-Type"],
            "CONTENT_LENGTH": self.headers["Content-Length"],
        }
        _stream, form, _files = parse_form_data(environment)
        if (self.headers["X-ClickHouse-User"], self.headers["X-ClickHouse-Key"]) != USER:
            return self.answer(403, b"Code: 516. DB::Exception: Authentication failed", "516")
        settings = dict(parse_qsl(urlsplit(self.path).query))
        values = {name.removeprefix("param_"): value for name, value in form.items() if name != "query"}
        clause = ", ".join(
            f"{name} = {value if value.isdigit() else repr(value)}"
            for name, value in settings.items()
            if name not in OF_HTTP
        )
        try:
            with lock:
                result = chdb.query(
                    f"{form['query']} SETTINGS {clause}", settings["default_format"], params=values
                )
        except RuntimeError as error:
            code = str(error).removeprefix("Code: ").partition(".")[0]
            return self.answer(500, str(error).encode(), code)
        return self.answer(200, result.bytes())

    def answer(self, status: int, content: bytes, code: str = "") -> None:
        self.send_response(status)
        if code:
            self.send_header("X-ClickHouse-Exception-Code", code)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *arguments: object) -> None:
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()
