"""A run answers at a web address, and to whom it should alone."""

import http.client
import json
import threading
from contextlib import contextmanager

import numpy as np
import pytest
import uvicorn

from zooflow import ImageFolder, Phase, Recipe, Table, finetune
from zooflow.cli import group
from zooflow.cli import run as zooflow_run
from zooflow.errors import BadInput
from zooflow.judging import Threshold
from zooflow.run import load_run
from zooflow.serve import app
from zooflow.serve.address import listen, url

PHASES = (Phase("head", epochs=2, lr=3e-2),)


@pytest.fixture(scope="module")
def runs(tiny, photos, texts, tmp_path_factory):
    root = tmp_path_factory.mktemp("serve")
    data = {"resnet": ImageFolder(photos), "bert": Table(texts, text="text")}
    for kind, each in data.items():
        finetune(Recipe(tiny(kind), each, phases=PHASES, batch=8, precision="float32"), root / kind)
    return {kind: load_run(root / kind) for kind in data}


@contextmanager
def answering(run, **options):
    """Serve a run on a free port by the real server; give what asks it."""
    listening = listen("127.0.0.1", 0)
    config = uvicorn.Config(app.application(run, **options), lifespan="off", log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()

    def ask(path, body=None, **headers):
        connection = http.client.HTTPConnection(*listening.getsockname(), timeout=60)
        connection.request("GET" if body is None else "POST", path, body, headers)
        response = connection.getresponse()
        said = response.read()
        connection.close()
        kind = response.headers["content-type"]
        return response.status, json.loads(said) if kind == "application/json" else said.decode()

    try:
        yield ask
    finally:
        server.should_exit = True
        thread.join()


@pytest.mark.heart
def test_an_image_gets_the_labels_of_predict_and_a_picture(runs, photos):
    run = runs["resnet"]
    path = sorted(ImageFolder(photos).open(0).validation.inputs)[0]
    with answering(run) as ask:
        status, said = ask("/predict", path.read_bytes())
        assert (status, "unsure" in said) == (200, False)
        told = {each["label"]: each["probability"] for each in said["predictions"]}
        np.testing.assert_allclose(
            [told[label] for label in run.labels], run.predict([path])[0], rtol=1e-6
        )
        assert [*told.values()] == sorted(told.values(), reverse=True)
        status, why = ask("/explain?label=green", path.read_bytes())
        assert (status, why["label"]) == (200, "green")
        assert why["picture"].startswith("data:image/png;base64,iVBOR")


@pytest.mark.heart
def test_a_text_gets_its_words_with_what_each_adds(runs):
    with answering(runs["bert"]) as ask:
        assert ask("/run")[1]["takes"] == "text"
        text = "my refund, please"
        status, why = ask("/explain", text.encode())
        assert status == 200
        assert "".join(piece for piece, _ in why["pieces"]) == text
        assert any(part for _, part in why["pieces"])
        likeliest = ask("/predict", text.encode())[1]["predictions"][0]
        assert why["label"] == likeliest["label"]
        assert why["probability"] == pytest.approx(likeliest["probability"], rel=1e-5)


def test_below_the_threshold_it_is_unsure(runs):
    for least, unsure in ((1.1, True), (0.0, False)):
        threshold = Threshold(0.9, least, 0.9, 1, 8)
        with answering(runs["bert"], threshold=threshold) as ask:
            assert ask("/predict", b"refund")[1]["unsure"] is unsure
            assert ask("/run")[1]["unsure_below"] == least


def test_what_cannot_be_answered_is_said_in_a_sentence(runs, monkeypatch):
    monkeypatch.setattr(app, "LARGEST", 1000)
    with answering(runs["resnet"]) as ask:
        assert ask("/predict", b"no image") == (
            400,
            {"error": "the image is not an image", "hint": ""},
        )
        assert ask("/predict", b"")[0] == 400
        status, said = ask("/predict", b"." * 1001)
        assert (status, said["error"]) == (413, "that is more than 0 MB")
        assert ask("/explain?label=zebra", b"x")[1]["error"] == "no label named 'zebra'"
        assert ask("/predict")[0] == 405
        assert ask("/../app.py")[0] == 404
        assert ask("/run")[0] == 200  # it goes on
    with answering(runs["bert"]) as ask:
        assert ask("/predict", b"\xff\xfe")[1]["error"] == "that is no text in UTF-8"
        assert ask("/predict", b" \n")[1]["error"] == "the text is empty"


def test_other_sites_can_neither_ask_nor_take_its_place(runs):
    with answering(runs["bert"]) as ask:
        assert ask("/predict", b"refund", **{"Sec-Fetch-Site": "cross-site"})[0] == 403
        assert ask("/predict", b"refund", **{"Sec-Fetch-Site": "same-origin"})[0] == 200
        assert ask("/run", Host="evil.example")[0] == 400
        assert ask("/run", Host="localhost:8000")[0] == 200
    with answering(runs["bert"], hosts=("*",)) as ask:
        assert ask("/run", Host="workstation.example")[0] == 200


def test_the_page_and_its_parts_are_served(runs):
    with answering(runs["bert"]) as ask:
        status, page = ask("/")
        assert status == 200
        assert "default-src 'none'" in page
        for part in ("page.css", "page.js"):
            assert part in page
            assert ask(f"/{part}")[0] == 200


def test_a_taken_port_and_a_foreign_address_are_refused(runs, capsys):
    with listen("127.0.0.1", 0) as listening:
        port = listening.getsockname()[1]
        assert url(listening) == f"http://127.0.0.1:{port}/"
        assert zooflow_run(group, ["serve", str(runs["bert"].folder), "--port", str(port)]) == 2
        assert f"port {port} of 127.0.0.1 cannot be listened on: it is taken" in (
            capsys.readouterr().err
        )
    with pytest.raises(BadInput, match="cannot assign requested address"):
        listen("192.0.2.1", 0)
    with pytest.raises(BadInput, match=r"port 0 of no-such\.invalid cannot be listened on"):
        listen("no-such.invalid", 0)
