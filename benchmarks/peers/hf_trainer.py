"""transformers: a Trainer, each batch padded to its longest text.

The texts' classifier is a linear layer on the mean of the tokens, as sentence encoders take it and
zooflow does. Dropout is off in the backbone, where zooflow has none: it would only cost time.
A grouped job makes its batches of texts of like length, an option of Trainer.
"""

import csv
import time
from pathlib import Path
from typing import Any

import torch
from job import Job, main
from torch import nn
from transformers import (
    AutoModel,
    AutoTokenizer,
    DataCollatorWithPadding,
    Trainer,
    TrainerCallback,
    TrainingArguments,
)
from transformers.modeling_outputs import SequenceClassifierOutput


def work(job: Job) -> dict[str, Any]:
    """Tokenise and train."""
    torch.manual_seed(job.seed)
    tokenizer = AutoTokenizer.from_pretrained(job.weights)
    train, validation = (read(job, part, tokenizer) for part in ("train", "validation"))
    model = Classifier(job, max(row["label"] for row in train) + 1)
    clock = Clock()
    trainer = Trainer(
        model=model,
        args=TrainingArguments(
            output_dir=job.out,
            num_train_epochs=job.epochs,
            learning_rate=job.lr,
            weight_decay=0.01,
            warmup_steps=0.1,
            lr_scheduler_type="cosine",
            per_device_train_batch_size=job.batch,
            per_device_eval_batch_size=job.batch,
            train_sampling_strategy="group_by_length" if job.grouped else "random",
            bf16=job.precision == "bfloat16",
            eval_strategy="epoch",
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
            seed=job.seed,
        ),
        train_dataset=train,
        eval_dataset=validation,
        data_collator=DataCollatorWithPadding(tokenizer),
        compute_metrics=lambda said: {
            "accuracy": float((said.predictions.argmax(1) == said.label_ids).mean())
        },
        callbacks=[clock],
    )
    trainer.train()
    torch.save(model.state_dict(), Path(job.out, "model.pth"))
    rows = [row["eval_accuracy"] for row in trainer.state.log_history if "eval_accuracy" in row]
    return {"accuracy": max(rows), "epoch_seconds": clock.seconds}


class Classifier(nn.Module):
    """A linear layer on the mean of a text's tokens."""

    def __init__(self, job: Job, labels: int):
        super().__init__()
        self.encoder = AutoModel.from_pretrained(
            job.weights,
            add_pooling_layer=False,
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
        )
        self.head = nn.Linear(self.encoder.config.hidden_size, labels)
        for name, parameter in self.encoder.named_parameters():
            parameter.requires_grad = job.part == "all" or job.teaches(name)

    def forward(
        self,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor,
        token_type_ids: torch.Tensor,
        labels: torch.Tensor,
    ) -> SequenceClassifierOutput:
        """Give loss and logits."""
        tokens = self.encoder(input_ids, attention_mask, token_type_ids).last_hidden_state
        mask = attention_mask[..., None].to(tokens.dtype)
        logits = self.head((tokens * mask).sum(1) / mask.sum(1))
        return SequenceClassifierOutput(nn.functional.cross_entropy(logits, labels), logits)


class Clock(TrainerCallback):
    """Measure epochs, validation included."""

    def __init__(self):
        self.seconds: list[float] = []

    def on_epoch_begin(self, *args: Any, **named: Any) -> None:
        """Start."""
        self.began = time.perf_counter()

    def on_evaluate(self, *args: Any, **named: Any) -> None:
        """Stop."""
        self.seconds.append(time.perf_counter() - self.began)


def read(job: Job, part: str, tokenizer: Any) -> list[dict[str, Any]]:
    """Read and tokenise the table of "train" or "validation"."""
    with Path(job.data, f"{part}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    labels = sorted({row["label"] for row in rows})
    encoded = tokenizer([row["text"] for row in rows], truncation=True)
    return [
        {
            **{name: values[i] for name, values in encoded.items()},
            "label": labels.index(row["label"]),
        }
        for i, row in enumerate(rows)
    ]


if __name__ == "__main__":
    main(work, "transformers", "torch")
