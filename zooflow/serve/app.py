"""What is answered at which address: the page, what is known of the run, labels, reasons.

An input is the body of a request: the bytes of an image, or a text in UTF-8. Nothing of it is kept.
"""

import asyncio
import base64
import contextlib
import io
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from ..data import Tokenizer
from ..errors import BadInput, ZooflowError
from ..explaining import Explanation, Lens, explain, picture
from ..explaining.pictures import words
from ..judging import Threshold
from ..run import Run, load_run
from .address import LOOPBACK

LARGEST = 20_000_000  # bytes of an input
PAGE = {"/": "index.html", "/page.css": "page.css", "/page.js": "page.js"}
MOST = 32  # requests at a time, so that inputs take no more than so many times as much memory


def serve(run: Run, listening: socket.socket, *, threshold: Threshold | None = None) -> None:
    """Answer until the process is told to end.

    Args:
        run: that is asked.
        listening: see `address.listen`.
        threshold: from which on an answer counts; None where all do.
    """
    host = listening.getsockname()[0]
    app = application(run, threshold=threshold, hosts=LOOPBACK if host == LOOPBACK[0] else ("*",))
    config = uvicorn.Config(app, lifespan="off", log_level="warning", limit_concurrency=MOST)
    with contextlib.suppress(KeyboardInterrupt):  # that is how it ends
        uvicorn.Server(config).run(sockets=[listening])


def application(
    run: Run, *, threshold: Threshold | None = None, hosts: tuple[str, ...] = LOOPBACK
) -> Starlette:
    """Make the server's routes.

    Args:
        run: that is asked.
        threshold: from which on an answer counts; None where all do.
        hosts: names under which it may be reached; a page of another site could otherwise have its
            own name stand for this machine, and read the answers. ("*",) for any.
    """
    exact = run.recipe.precision == "float32"
    lens = Lens(run if exact else load_run(run.folder, computes="float32"))
    one = ThreadPoolExecutor(1)  # the model is asked one thing at a time

    async def about(request: Request) -> Response:
        return JSONResponse(
            {
                "run": run.folder.resolve().name,
                "backbone": run.recipe.backbone,
                "takes": run.modality,
                "labels": run.labels,
                "unsure_below": threshold.probability if threshold else None,
                "largest": LARGEST,
            }
        )

    def predicted(given: Any, request: Request) -> dict[str, Any]:
        said = run.predict([given])
        likeliest = (-said[0]).argsort(kind="stable")
        answer: dict[str, Any] = {"unsure": not threshold.sure(said)[0]} if threshold else {}
        answer["predictions"] = [
            {"label": run.labels[i], "probability": float(said[0, i])} for i in likeliest
        ]
        return answer

    def explained(given: Any, request: Request) -> dict[str, Any]:
        (found,) = explain(lens, [given], request.query_params.get("label"))
        return {"label": found.label, "probability": found.probability, **_shown(run, found)}

    def answering(work: Callable[[Any, Request], dict[str, Any]]) -> Callable:
        async def answer(request: Request) -> Response:
            if request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
                raise HTTPException(403, "this is for pages of this server alone")
            given = _input(await _body(request), run)
            loop = asyncio.get_running_loop()
            return JSONResponse(await loop.run_in_executor(one, work, given, request))

        return answer

    return Starlette(
        routes=[
            Route("/run", about),
            Route("/predict", answering(predicted), methods=["POST"]),
            Route("/explain", answering(explained), methods=["POST"]),
            *(Route(path, partial(_file, name)) for path, name in PAGE.items()),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=[*hosts])],
        exception_handlers={ZooflowError: _refused, HTTPException: _refused},
    )


async def _file(name: str, request: Request) -> Response:
    return FileResponse(Path(__file__).parent / "page" / name)


async def _body(request: Request) -> bytes:
    """Read what was sent, and no more than may be."""
    parts, size = [], 0
    async for part in request.stream():
        parts.append(part)
        size += len(part)
        if size > LARGEST:
            raise HTTPException(413, f"that is more than {LARGEST / 1e6:.0f} MB")
    return b"".join(parts)


def _input(body: bytes, run: Run) -> bytes | str:
    """Take a body as what a run asks for.

    Raises:
        BadInput: it is empty, or no text where one is asked for.
    """
    if run.modality == "image":
        if not body:
            raise BadInput("nothing was sent", hint="send the bytes of an image as the body")
        return body
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise BadInput("that is no text in UTF-8", hint="this run takes texts") from error
    if not text.strip():
        raise BadInput("the text is empty", hint="send a text as the body")
    return text


def _shown(run: Run, found: Explanation) -> dict[str, Any]:
    """Make an explanation visible: a picture, or the pieces of a text with what each adds."""
    if isinstance(run.reader, Tokenizer):
        return {"pieces": words(str(found.input), found.parts, run.reader)}
    file = io.BytesIO()
    picture(run, found).save(file, "PNG")
    return {"picture": f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"}


async def _refused(request: Request, error: Exception) -> Response:
    """Say in a sentence why there is no answer."""
    if isinstance(error, HTTPException):
        return JSONResponse({"error": error.detail, "hint": ""}, error.status_code)
    assert isinstance(error, ZooflowError)
    return JSONResponse({"error": str(error), "hint": error.hint}, 400)
