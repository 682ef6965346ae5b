"""A tiny hub on 127.0.0.1, with faults on demand, for the real hub client to talk to."""

import base64
import hashlib
import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

COMMIT = "c0ffee" * 6 + "c0ff"
BAD_TOKEN = {"X-Error-Message": "Invalid credentials in Authorization header"}
LARGE = 1000  # bytes; longer files count as stored by LFS


@dataclass
class Repo:
    """What the hub holds, what it was asked, and how it misbehaves.

    Args:
        files: content by name.
        commit: what `main` points to.
        bad_token: every request is refused as one with a wrong token.
        gated: files are refused with 401 until terms are accepted.
        forbidden: files are refused with 403 for the reason that stands here.
        faults: by file name, or "listing", "commit", one fault per request: a status such as
            "503", or "429 Retry-After: 7"; "cut" (the connection drops half-way), "flip" (one byte
            differs), "shift" (a resumed answer starts at the wrong byte), "short" (it states a
            length too small), "long" (bytes too many).
        private: is what it was made as; None where there is no such repository yet.
        owned: the token may write.
        made: bodies of the requests to make it.
        readme_errors: what the hub says is wrong with the README's metadata.
        log: (method, path) of each request, in order.
        ranges: the Range header of each GET of a file.
    """

    files: dict[str, bytes]
    commit: str = COMMIT
    gated: bool = False
    bad_token: bool = False
    forbidden: str = ""
    private: bool | None = False
    owned: bool = True
    made: list[dict] = field(default_factory=list)
    readme_errors: list[str] = field(default_factory=list)
    uploaded: dict[str, bytes] = field(default_factory=dict)
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
        return {
            "id": "owner/model",
            "sha": self.commit,
            "private": bool(self.private),
            "siblings": siblings,
        }

    def write(self, operations: list[dict]) -> None:
        """Take a commit: its lines of JSON, the header first."""
        for each in operations[1:]:
            value = each["value"]
            if each["key"] == "file":
                self.files[value["path"]] = base64.b64decode(value["content"])
            elif each["key"] == "lfsFile":
                self.files[value["path"]] = self.uploaded[value["oid"]]
            else:
                del self.files[value["path"]]
        self.commit = hashlib.sha1(json.dumps(operations).encode()).hexdigest()


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

        def do_POST(self):
            self.write(self.read())

        def do_PUT(self):
            path = urlsplit(self.path).path
            repo.log.append((self.command, path))
            data = self.read()
            assert hashlib.sha256(data).hexdigest() == path.rpartition("/")[2]
            repo.uploaded[path.rpartition("/")[2]] = data
            self.send(200, b"", {})

        def read(self) -> bytes:
            if self.headers.get("Transfer-Encoding") != "chunked":
                return self.rfile.read(int(self.headers["Content-Length"]))
            data = b""
            while size := int(self.rfile.readline(), 16):
                data += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return data

        def write(self, data: bytes):
            path = unquote(urlsplit(self.path).path)
            repo.log.append((self.command, path))
            said = [json.loads(line) for line in data.decode().splitlines()]
            if repo.bad_token:
                return self.refuse(401, BAD_TOKEN)
            if path == "/api/validate-yaml":
                wrong = [{"message": each} for each in repo.readme_errors]
                return self.say(400 if wrong else 200, {"errors": wrong, "warnings": []})
            if not repo.owned:
                return self.refuse(403, {"X-Error-Message": "You have no rights to write there"})
            if path == "/api/repos/create":
                repo.made.append(said[0])
                repo.private = said[0].get("visibility") != "public"
                return self.say(200, {"url": f"{repo.url}/owner/model"})
            if "/preupload/" in path:
                files = [
                    {
                        "path": file["path"],
                        "uploadMode": "lfs" if file["size"] > LARGE else "regular",
                        "shouldIgnore": False,
                        "oid": etag(held) if (held := repo.files.get(file["path"])) else None,
                    }
                    for file in said[0]["files"]
                ]
                return self.say(200, {"files": files})
            if path.endswith("/info/lfs/objects/batch"):
                objects = [
                    {**each, "actions": {"upload": {"href": f"{repo.url}/upload/{each['oid']}"}}}
                    for each in said[0]["objects"]
                ]
                return self.say(200, {"transfer": "basic", "objects": objects})
            if "/commit/" in path:
                if fault := self.fault("commit"):
                    return self.refuse(*fault)
                if said[0]["value"].get("parentCommit", repo.commit) != repo.commit:
                    return self.refuse(412, {"X-Error-Message": "A commit has happened since"})
                repo.write(said)
                url = f"{repo.url}/owner/model/commit/{repo.commit}"
                return self.say(200, {"success": True, "commitOid": repo.commit, "commitUrl": url})
            return self.refuse(404, {})

        def fault(self, name: str):
            """Take the next fault of a file: its status and headers; None where it is no status."""
            waiting = repo.faults.get(name)
            if not waiting or not waiting[0][:3].isdigit():
                return None
            status, _, header = waiting.pop(0).partition(" ")
            key, _, value = header.partition(": ")
            return int(status), {key: value} if key else {}

        def say(self, status: int, value: dict):
            self.send(status, json.dumps(value).encode(), {"Content-Type": "application/json"})

        def answer(self, body: bool):
            path = unquote(urlsplit(self.path).path)
            repo.log.append((self.command, path))
            if repo.bad_token:
                return self.refuse(401, BAD_TOKEN)
            if path == "/api/models":
                names = ["owner/model", "owner/other"] if "author=owner" in self.path else []
                return self.send(200, json.dumps([{"id": each} for each in names]).encode(), {})
            if path == "/api/models/owner/model/refs":
                branch = {"name": "main", "ref": "refs/heads/main", "targetCommit": repo.commit}
                tag = {"name": "v1.0", "ref": "refs/tags/v1.0", "targetCommit": repo.commit}
                refs = {"branches": [branch], "tags": [tag], "converts": [], "pullRequests": []}
                return self.send(200, json.dumps(refs).encode(), {})
            if path.startswith("/api/models/owner/model") and repo.private is not None:
                return self.say_listing(path.partition("/revision/")[2])
            if path.startswith("/owner/model/resolve/"):
                _, _, name = path.removeprefix("/owner/model/resolve/").partition("/")
                return self.say_file(name, body)
            if self.headers.get("Authorization"):
                return self.refuse(404, {"X-Error-Code": "RepoNotFound"})
            return self.refuse(401, {})

        def say_listing(self, revision: str):
            if fault := self.fault("listing"):
                return self.refuse(*fault)
            if revision not in ("", "main", repo.commit):
                return self.refuse(404, {"X-Error-Code": "RevisionNotFound"})
            return self.send(200, json.dumps(repo.listing()).encode(), {})

        def say_file(self, name: str, body: bool):
            if repo.gated:
                return self.refuse(403, {"X-Error-Code": "GatedRepo"})
            if repo.forbidden:
                return self.refuse(403, {"X-Error-Message": repo.forbidden})
            if name not in repo.files:
                return self.refuse(404, {"X-Error-Code": "EntryNotFound"})
            data = whole = repo.files[name]
            headers = {"ETag": f'"{etag(whole)}"', "X-Repo-Commit": repo.commit}
            if not body:
                return self.send(200, whole, headers, body=False)
            asked = self.headers.get("Range")
            repo.ranges.append(asked)
            if fault := self.fault(name):
                return self.refuse(*fault)
            fault = repo.faults[name].pop(0) if repo.faults.get(name) else None
            if fault == "short":
                return self.send(200, data[:-1], headers)
            if fault == "long":
                return self.send(200, data + data, headers)
            if fault == "flip":
                data = bytes([data[0] ^ 1]) + data[1:]
            status, start = 200, 0
            if asked:
                first, _, last = asked.removeprefix("bytes=").partition("-")
                status, start = 206, int(first)
                end = min(int(last or len(whole)), len(whole) - 1)
                headers["Content-Range"] = f"bytes {start}-{end}/{len(whole)}"
                data = data[start - 1 : -1] if fault == "shift" else data[start : end + 1]
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
    server.handle_error = lambda *_: None  # clients hang up on what they do not want
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    repo.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield repo
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
