"""A tiny hub on 127.0.0.1, with faults on demand, for the real hub client to talk to."""

import hashlib
import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

COMMIT = "c0ffee" * 6 + "c0ff"
LARGE = 1000  # bytes; longer files count as stored by LFS


@dataclass
class Repo:
    """What the hub holds, what it was asked, and how it misbehaves.

    Args:
        files: content by name.
        commit: what `main` points to.
        bad_token: every request is refused as one with a wrong token.
        gated: files are refused with 401 until terms are accepted.
        faults: by file name, one fault per GET: "503", "cut" (the connection drops half-way),
            "flip" (one byte differs), "shift" (a resumed answer starts at the wrong byte).
        log: (method, path) of each request, in order.
        ranges: the Range header of each GET of a file.
    """

    files: dict[str, bytes]
    commit: str = COMMIT
    gated: bool = False
    bad_token: bool = False
    faults: dict[str, list[str]] = field(default_factory=dict)
    log: list[tuple[str, str]] = field(default_factory=list)
    ranges: list[str | None] = field(default_factory=list)
    url: str = ""

    def got(self) -> list[str]:
        """Names of the files that were asked for by GET."""
        return [
            path.split("/resolve/")[1].split("/", 1)[1]
            for m, path in self.log
            if m == "GET" and "/resolve/" in path
        ]

    def listing(self) -> dict:
        """What the hub says of the repository."""
        siblings = []
        for name, data in self.files.items():
            sibling = {"rfilename": name, "size": len(data), "blobId": etag(data)}
            if len(data) > LARGE:
                sibling["blobId"] = "0" * 40
                sibling["lfs"] = {"sha256": etag(data), "size": len(data), "pointerSize": 134}
            siblings.append(sibling)
        return {"id": "owner/model", "sha": self.commit, "siblings": siblings}


def etag(data: bytes) -> str:
    """The hub's ETag: sha256 of large files, git's hash of small ones."""
    if len(data) > LARGE:
        return hashlib.sha256(data).hexdigest()
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


@contextmanager
def serve(repo: Repo):
    """Serve a repository as owner/model while the block runs."""

    class Answer(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format, *args):
            pass

        def do_HEAD(self):
            self.answer(body=False)

        def do_GET(self):
            self.answer(body=True)

        def answer(self, body: bool):
            path = unquote(urlsplit(self.path).path)
            repo.log.append((self.command, path))
            if repo.bad_token:
                return self.refuse(
                    401, {"X-Error-Message": "Invalid credentials in Authorization header"}
                )
            if path.startswith("/api/models/owner/model"):
                return self.say_listing(path.partition("/revision/")[2])
            if path.startswith("/owner/model/resolve/"):
                _, _, name = path.removeprefix("/owner/model/resolve/").partition("/")
                return self.say_file(name, body)
            return self.refuse(401, {})

        def say_listing(self, revision: str):
            fault = next(iter(repo.faults.get("listing", [])), None)
            if fault:
                repo.faults["listing"].pop(0)
                return self.refuse(int(fault), {})
            if revision not in ("", "main", repo.commit):
                return self.refuse(404, {"X-Error-Code": "RevisionNotFound"})
            return self.send(200, json.dumps(repo.listing()).encode(), {})

        def say_file(self, name: str, body: bool):
            if repo.gated:
                return self.refuse(401, {"X-Error-Code": "GatedRepo"})
            if name not in repo.files:
                return self.refuse(404, {"X-Error-Code": "EntryNotFound"})
            data = whole = repo.files[name]
            headers = {"ETag": f'"{etag(whole)}"', "X-Repo-Commit": repo.commit}
            if not body:
                return self.send(200, whole, headers, body=False)
            fault = repo.faults[name].pop(0) if repo.faults.get(name) else None
            asked = self.headers.get("Range")
            repo.ranges.append(asked)
            if fault == "503":
                return self.refuse(503, {})
            if fault == "flip":
                data = bytes([data[0] ^ 1]) + data[1:]
            status, start = 200, 0
            if asked:
                status, start = 206, int(asked.removeprefix("bytes=").rstrip("-"))
                headers["Content-Range"] = f"bytes {start}-{len(whole) - 1}/{len(whole)}"
                data = data[start - 1 : -1] if fault == "shift" else data[start:]
            return self.send(status, data, headers, cut=fault == "cut")

        def refuse(self, status: int, headers: dict[str, str]):
            self.send(status, b"{}", headers)

        def send(self, status, data, headers, body=True, cut=False):
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if body:
                self.wfile.write(data[: len(data) // 2] if cut else data)
            if cut:
                self.wfile.flush()
                self.close_connection = True

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    repo.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield repo
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
