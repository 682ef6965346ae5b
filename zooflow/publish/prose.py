"""What the model card of a run says to people."""

import re

from .facts import Facts

MOST = 100  # labels of which each has its line


def prose(facts: Facts, files: set[str]) -> str:
    """Write the card's text, Markdown: what is known of a run, and that the rest is not.

    Args:
        facts: of the run.
        files: that go along.
    """
    parts = [_title(facts), _use(facts), _scores(facts, files), _training(facts), _license(facts)]
    return "\n\n".join(part for part in parts if part)


def _title(facts: Facts) -> str:
    name = facts.repo.partition("/")[2]
    base = f"[{facts.base}](/{facts.base})" if facts.base else f"`{facts.card.name}`"
    labels = len(facts.labels)
    return (
        f"# {name}\n\n"
        f"{base}, fine-tuned by zooflow to tell {labels} labels of {facts.modality}s apart. "
        f"What it is meant for, and where it must not be used, is for its owner to say below."
    )


def _use(facts: Facts) -> str:
    place = f"hf://{facts.repo}"
    asked = "photo.jpg" if facts.modality == "image" else '"a text"'
    given = 'Path("photo.jpg")' if facts.modality == "image" else '"a text"'
    imports = "from pathlib import Path\n\n" if facts.modality == "image" else ""
    backbone = f'\nbackbone = zooflow.load("{place}")  # the tuned backbone alone, to build on'
    return (
        "## Use\n\n"
        f"```console\n$ pip install zooflow\n$ zooflow predict {place} {asked}\n```\n\n"
        f"```python\n{imports}import zooflow\n\n"
        f'run = zooflow.load_run("{place}")\n'
        f"run.predict([{given}])  # probabilities, in the order of run.labels"
        f"{backbone if facts.card.family else ''}\n```"
    )


def _scores(facts: Facts, files: set[str]) -> str:
    if not facts.scores:
        return ""
    count = sum(count for *_, count in facts.scores.labels.values())
    lines = [
        "## Scores",
        "",
        f"On {count:,} examples of {facts.data} that were held out for validation: accuracy "
        f"{facts.scores.accuracy:.4f}, macro F1 {facts.scores.macro_f1:.4f}. The best epoch was "
        "chosen by these examples, so others may be answered less well.",
    ]
    if facts.recipe.get("refit"):
        lines[-1] += (
            " Then the same was learned once more from all examples, these too: the scores are "
            "those from before, the weights those from after."
        )
    if len(facts.labels) <= MOST:
        lines += ["", "| label | precision | recall | F1 | examples |", "|---|---|---|---|---|"]
        lines += [
            f"| {_cell(label)} | {precision:.4f} | {recall:.4f} | {f1:.4f} | {examples:,} |"
            for label, (precision, recall, f1, examples) in facts.scores.labels.items()
        ]
    if "curves.png" in files:
        lines += ["", "![Loss and accuracy over the epochs](curves.png)"]
    return "\n".join(lines)


def _training(facts: Facts) -> str:
    counts = ", ".join(f"{count:,} for {part}" for part, count in facts.examples.items())
    versions = facts.lock["versions"]
    backend = facts.lock["backend"]
    phases = [
        f"| {phase['train']} | {phase['epochs']} | {phase['lr']:g} |"
        for phase in facts.recipe["phases"]
    ]
    known = f": {counts}" if counts else ""
    return "\n".join(
        [
            "## Training",
            "",
            f"Data: {facts.data}{known}. Batches of {facts.recipe['batch']}, seed "
            f"{facts.recipe['seed']}, {facts.recipe['precision']}, on {backend} "
            f"{versions.get(backend, '')} by zooflow {versions['zooflow']} and Keras "
            f"{versions['keras']}. All settings are in recipe.json, versions and hashes in "
            "lock.json.",
            "",
            "| what learned | epochs at most | learning rate |",
            "|---|---|---|",
            *phases,
        ]
    )


def _license(facts: Facts) -> str:
    card = facts.card
    if card.license == "unknown":
        said = f"The licence of {card.name}, from which this was tuned, is not known to zooflow."
    else:
        said = f"{card.name}, from which this was tuned, is under {card.license}, as is this."
    paper = re.fullmatch(r"arXiv:([\d.]+)", card.paper)
    return f"## Licence\n\n{said}" + (
        f"\n\nPaper of the backbone: arXiv:{paper[1]}" if paper else ""
    )


def _cell(label: str) -> str:
    return re.sub(r"\s+", " ", label).replace("|", "\\|")
