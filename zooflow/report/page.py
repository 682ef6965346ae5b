"""The page: what is known of a run, the most important first."""

import base64
import hashlib
from importlib.resources import files

from ..train.curves import curves
from .course import course, spent
from .data import Found
from .faults import faults
from .html import Html, card, cards, details, html, join, section, table, tag
from .judged import Asked
from .pictures import confusion, draw_confusion, draw_reliability, svg
from .verdict import pairs, score_rows, verdict

WORST = 24  # errors that are shown
PAIRS = 10  # of labels that are told
LONGEST = 200  # labels beyond which a matrix shows nothing
FILES = ("recipe.json", "lock.json", "calibration.json", "log.txt")


def page(asked: Asked, found: Found) -> str:
    """Write the page.

    Args:
        asked: the run, and what it said.
        found: in its data.
    """
    style, script = (
        files("zooflow.report").joinpath(each).read_text() for each in ("page.css", "sort.js")
    )
    mark = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{mark}'"
    )
    run = asked.run
    title = f"{run.recipe.backbone} on {run.recipe.data.path}"
    return join(
        (
            Html("<!doctype html>"),
            Html('<html lang="en"><head><meta charset="utf-8">'),
            Html('<meta name="viewport" content="width=device-width, initial-scale=1">'),
            Html(f'<meta http-equiv="Content-Security-Policy" content="{html(policy)}">'),
            tag("title", title),
            Html(f"<style>{style}</style></head><body>"),
            tag("h1", title),
            tag("p", verdict(asked), class_="verdict"),
            *(tag("p", note, class_="soft") for note in asked.notes),
            _scores(asked),
            _course(asked),
            _confusion(asked),
            _reliability(asked),
            _errors(asked),
            _labels(asked),
            faults(asked, found),
            section("Time and memory", *spent(run.folder)),
            _files(asked),
            Html(f"<script>{script}</script></body></html>\n"),
        )
    )


def _scores(asked: Asked) -> Html:
    rows = score_rows(asked)
    return section("Scores", table(("score", ">value", ">95 %"), rows))


def _course(asked: Asked) -> Html:
    folder, phases = asked.run.folder, asked.run.recipe.phases
    names = [phase.train for phase in phases]
    picture = svg("learning curves", lambda: curves(folder, names))
    return section("How it learned", tag("figure", picture), *course(folder, phases))


def _confusion(asked: Asked) -> Html:
    labels, answers = asked.run.labels, asked.answers
    matrix = confusion(answers, len(labels))
    rows = [
        (labels[i], labels[j], f"{matrix[i, j]:,}", f"{matrix[i].sum():,}")
        for i, j in pairs(matrix)[:PAIRS]
    ]
    shown = ()
    if len(labels) <= LONGEST:
        said = "Each row is a true label. Blue: answered so. Orange: taken for another."
        picture = svg("confusion matrix", lambda: draw_confusion(answers, labels))
        shown = (tag("figure", picture, tag("figcaption", said)),)
    told = table(("true", "taken for", ">times", ">examples of it"), rows)
    most = tag("h3", "Most often confused")
    return section("What it confuses", *shown, *((most, told) if rows else ()))


def _reliability(asked: Asked) -> Html:
    picture = svg("reliability", lambda: draw_reliability(asked.answers))
    said = (
        "On the dashed line a model is right as often as it says. Below it is too sure of itself."
    )
    return section("How far its probabilities can be trusted",
                   tag("figure", picture, tag("figcaption", said)))  # fmt: skip


def _errors(asked: Asked) -> Html:
    answers, labels = asked.answers, asked.run.labels
    wrong = [i for i in (-answers.top).argsort(kind="stable") if not answers.right[i]]
    if not wrong:
        return section("Worst errors", tag("p", "It makes none."))
    shown = [
        card(
            asked.examples.inputs[i] if asked.examples else None,
            f"{labels[answers.called[i]]}, by {answers.top[i]:.1%}",
            f"is {labels[answers.truth[i]]}",
            answers.origins[i],
        )
        for i in wrong[:WORST]
    ]
    count = f"{len(wrong):,} of {len(answers.top):,} answers are wrong"
    more = f"; the {WORST} that it was surest of" if len(wrong) > WORST else ", the surest first"
    return section("Worst errors", tag("p", f"{count}{more}."), cards(shown, asked.run.modality))


def _labels(asked: Asked) -> Html:
    rows = [
        (label, f"{each.examples:,}", *map(_number, (each.precision, each.recall, each.f1)),
         _span(each.intervals.get("f1")))
        for label, each in asked.scores.labels.items()
    ]  # fmt: skip
    titles = ("label", ">examples", ">precision", ">recall", ">F1", ">95 % of F1")
    return section("Each label", table(titles, rows, sorts=True))


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _span(within: tuple[float, float] | None) -> str:
    return "{:.3f} to {:.3f}".format(*within) if within else "-"


def _files(asked: Asked) -> Html:
    folder = asked.run.folder
    there = [folder / name for name in FILES if (folder / name).is_file()]
    return section(
        "Exactly what was done",
        *(details(each.name, tag("pre", each.read_text("utf-8", "replace"))) for each in there),
    )
