"""Compare the real weights of a BERT, such as MiniLM-L6, with transformers on 20 sentences.

    $ python scripts/parity_minilm.py FOLDER REFERENCE_PYTHON

FOLDER is a checkpoint of transformers with its tokenizer. REFERENCE_PYTHON has transformers and
torch; the two sides never share a process.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

LIMIT = 1e-5  # of the largest feature
SENTENCES = """
My parcel has not arrived yet.
Where is it?
I was charged twice for the same order, and nobody answers the phone; please pay me back!
Yes.
How do I reset my password when I no longer have that e-mail address?
The lamp broke on the first evening.
Thank you, that solved it.
42
Can I change the delivery address after the parcel has left?
Größe XL passt leider nicht, ich möchte umtauschen.
Une facture, s'il vous plaît.
The quick brown fox jumps over the lazy dog.
Supercalifragilisticexpialidocious
It works on my machine, but it does not on any of the three others that we bought last week.
Cancel my subscription at the end of the month, not today.
Is there a student discount?
No!
The invoice of 3 March says 19.99, the order said 17.49.
I love it, and so do my children, my neighbours and even the cat.
Please call me between nine and ten.
""".strip().splitlines()


def reference(folder: str, file: str) -> None:
    """Write what transformers says: the inputs and the features."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    inputs = AutoTokenizer.from_pretrained(folder)(SENTENCES, padding=True, return_tensors="pt")
    with torch.no_grad():
        features = AutoModel.from_pretrained(folder).eval()(**inputs).last_hidden_state
    np.savez(file, features=features.numpy(), **{key: ids.numpy() for key, ids in inputs.items()})


def main(folder: str, python: str) -> int:
    """Print the largest difference; give 1 if it is beyond the limit."""
    import keras

    import zooflow

    with tempfile.TemporaryDirectory() as place:
        file = str(Path(place) / "reference.npz")
        subprocess.run([python, __file__, "--reference", folder, file], check=True)
        given = dict(np.load(file))
    expected = given.pop("features")
    there = given["attention_mask"].astype(bool)  # what padding says is of no use to anyone
    inputs = {key: ids.astype("int32") for key, ids in given.items()}
    found = keras.ops.convert_to_numpy(zooflow.load(folder).model(inputs, training=False))
    size = np.abs(expected[there]).max()
    difference = np.abs(found - expected)[there].max() / size
    print(
        f"{len(SENTENCES)} sentences, backend {keras.backend.backend()}: largest difference "
        f"{difference:.1e} of the largest feature, {size:.2f}"
    )
    return int(difference > LIMIT)


if __name__ == "__main__":
    if sys.argv[1] == "--reference":
        reference(*sys.argv[2:])
    else:
        sys.exit(main(*sys.argv[1:]))
