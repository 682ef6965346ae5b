"""What was found in the data, as a part of the page."""

from .data import Found
from .html import Html, card, cards, sample, section, table, tag
from .judged import Asked

SHOWN = 24  # of each kind of fault


def faults(asked: Asked, found: Found) -> Html:
    """Tell the sizes of data, their copies, and labels that are likely wrong.

    Args:
        asked: the run, and what it said.
        found: in its data.
    """
    return section(
        "Data",
        *(tag("p", note, class_="soft") for note in found.notes),
        _counts(asked, found),
        *_same(found),
        *_near(asked, found),
        *_suspects(asked, found),
    )


def _counts(asked: Asked, found: Found) -> Html:
    parts = [*found.counts]
    rows = [
        (label, *(f"{found.counts[part][label]:,}" for part in parts)) for label in asked.run.labels
    ]
    rows.append(("all", *(f"{found.counts[part].total():,}" for part in parts)))
    return table(("label", *(f">{part}" for part in parts)), rows, sorts=False)


def _same(found: Found) -> list[Html]:
    title = tag("h3", "Copies of training examples among those judged")
    if not found.same:
        return [title, tag("p", "None has the same content.")]
    count = f"{len(found.same):,} of the same content, on which it was judged by heart"
    return [
        title,
        tag("p", f"{count}{_first(len(found.same))}."),
        table(("training", "label", "judged", "label"), found.same[:SHOWN]),
    ]


def _near(asked: Asked, found: Found) -> list[Html]:
    if found.near is None:
        return []
    labels = asked.run.labels
    if not found.near:
        return [tag("p", "No near-duplicate was found.")]
    shown = [
        tag(
            "li",
            sample(each.train),
            sample(each.other),
            tag("span", f"{labels[each.target]}, and {labels[each.other_target]}"),
            tag("span", f"{each.origin}, and {each.other_origin}"),
        )
        for each in found.near[:SHOWN]
    ]
    count = len(found.near)
    called = f"{count:,} near-duplicate{'s' if count > 1 else ''}"
    said = f"{called}, saved, scaled or written in another way{_first(count)}."
    return [
        tag("p", said),
        cards(shown, asked.run.modality),
    ]


def _suspects(asked: Asked, found: Found) -> list[Html]:
    if not found.searched:
        return []
    labels = asked.run.labels
    title = tag("h3", "Labels that are likely wrong")
    among = f"among {found.searched:,} examples, judged and learned"
    if not found.suspects:
        return [title, tag("p", f"None was found {among}.")]
    shown = [
        card(
            each.input,
            f"is {labels[each.target]}, {each.chance:.1%} likely",
            f"rather {labels[each.rather]}",
            each.origin,
        )
        for each in found.suspects[:SHOWN]
    ]
    said = (
        f"{len(found.suspects):,} {among}, by a linear model of the pretrained features that had "
        f"not seen them{_first(len(found.suspects))}, the likeliest first. That model agrees with "
        f"{found.agrees:.0%} of all labels: the fewer, the less its word counts."
    )
    return [title, tag("p", said), cards(shown, asked.run.modality)]


def _first(count: int) -> str:
    return f"; the first {SHOWN}" if count > SHOWN else ""
