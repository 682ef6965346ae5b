"""The model card of a run: README.md, where a person may write as well."""

import re
from pathlib import PurePath
from typing import Any

from ..catalogue import COMMERCIAL
from ..errors import BadInput
from .facts import Facts

BEGIN = "<!-- zooflow push writes all that stands between this line and the one that ends it -->"
END = "<!-- zooflow push ends; what stands below, and above, is kept -->"
LICENSES = COMMERCIAL | {"apple-amlr", "apple-ascl", "cc-by-nc-4.0", "gemma", "unknown"}
TABLES = {".jsonl": "json", ".ndjson": "json", ".parquet": "parquet"}  # else "csv"


def merged(written: str, facts: Facts, prose: str) -> str:
    """Put the card of a run into the README that is there.

    What is not ours is kept: the text around our part, and the keys of the head that we do not
    set; to our tags, data sets and metrics those that are there are added.

    Args:
        written: what README.md holds; "" where there is none.
        facts: of the run.
        prose: our part of the text.

    Raises:
        BadInput: the head of the README is not YAML.
    """
    from huggingface_hub import ModelCard, ModelCardData

    try:
        theirs = ModelCard(written, ignore_metadata_errors=True) if written.strip() else None
    except Exception as error:  # yaml's errors, or the hub client's own
        raise BadInput(
            f"the head of README.md in {facts.repo} is not YAML: {str(error).splitlines()[0]}",
            hint="mend it on its page at the hub, then push again",
        ) from error
    data: dict[str, Any] = theirs.data.to_dict() if theirs else {}
    ours = metadata(facts)
    for key in data.keys() & ours.keys():
        if key in ("tags", "datasets", "metrics"):
            others = data[key] if isinstance(data[key], list) else [data[key]]
            ours[key] = [*ours[key], *(each for each in others if each not in ours[key])]
    for key in ("license_name", "license_link"):  # of a licence that may be another now
        data.pop(key, None)
    part = f"{BEGIN}\n\n{prose.strip()}\n\n{END}\n"
    text = theirs.text.lstrip("\n") if theirs else ""
    ours_before = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}\n?", re.DOTALL)
    if ours_before.search(text):
        text = ours_before.sub(lambda _: part, text, count=1)
    else:
        text = f"{part}\n{text}" if text else part
    head = ModelCardData(**{**data, **ours}, ignore_metadata_errors=True).to_yaml()
    return f"---\n{head}\n---\n\n{text}"


def metadata(facts: Facts) -> dict[str, Any]:
    """Give what the hub reads, by its own names.

    The library is zooflow, which the hub names as it does any that it has no code to show for; for
    "keras" it would show how to load a .keras file, which is not there.
    """
    from huggingface_hub import EvalResult, ModelCardData

    license, scores = facts.card.license, facts.scores
    measured = (
        [("accuracy", "Accuracy", scores.accuracy), ("f1", "Macro F1", scores.macro_f1)]
        if (scores)
        else []
    )
    results = [
        EvalResult(
            task_type=facts.pipeline,
            dataset_type=facts.hub_data or _loader(facts.recipe["data"]),
            dataset_name=facts.data,
            dataset_split="validation",
            metric_type=metric,
            metric_name=title,
            metric_value=round(value, 4),
        )
        for metric, title, value in measured
        if facts.pipeline
    ]
    return ModelCardData(
        license=license if license in LICENSES else "other",
        license_name=None if license in LICENSES else license,
        base_model=facts.base or None,
        base_model_relation="finetune" if facts.base else None,
        library_name="zooflow",
        pipeline_tag=facts.pipeline or None,
        tags=["zooflow", "keras", "transfer-learning"],
        datasets=[facts.hub_data] if facts.hub_data else None,
        metrics=[metric for metric, _, _ in measured] or None,
        model_name=facts.repo.partition("/")[2] if results else None,
        eval_results=results or None,
    ).to_dict()


def _loader(data: dict[str, Any]) -> str:
    """Say by which of its loaders the `datasets` library would read local data."""
    if data["kind"] == "ImageFolder":
        return "imagefolder"
    return TABLES.get(PurePath(data["path"]).suffix.casefold(), "csv")
