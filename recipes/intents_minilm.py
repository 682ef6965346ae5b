"""Intents: probe a MiniLM, then tune all but its embeddings.

$ python recipes/intents_minilm.py runs/intents
$ zooflow evaluate runs/intents --table recipes/data/intents/test.csv

Expect a held-out accuracy of about 0.95 (seeds 0 to 4: 0.930 to 0.977), a minute on 2 cores.
"""

from zooflow import Classify, Phase, Recipe, Table, main

recipe = Recipe(
    backbone="all-minilm-l6-v2",
    data=Table("recipes/data/intents/train.csv", text="text", validation=0.2),
    task=Classify(dropout=0.1),
    phases=(
        Phase(train="head", epochs=10, lr=1e-2),
        Phase(train="encoder-layer-0", epochs=3, lr=1e-4),
    ),
    batch=32,
)

if __name__ == "__main__":
    main(recipe)
