"""Fits scikit-learn's estimators for bench/src/classic-trees.ts, which sends one line of JSON a fit and waits for the answer.

Run by the bench with Debian's python3-sklearn; alone: echo '{"case": "svc", "folder": FOLDER, "threads": 1}' | python3 trees_and_machines.py
"""
import json
import sys

import numpy
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

cases = {
    "svc": lambda threads: SVC(),
    "tree": lambda threads: DecisionTreeClassifier(random_state=0),
    "forest": lambda threads: RandomForestClassifier(100, n_jobs=threads, random_state=0),
    "histogram": lambda threads: HistGradientBoostingClassifier(max_depth=3, early_stopping=False, random_state=0),
    "logistic": lambda threads: LogisticRegression(),
    "exact": lambda threads: GradientBoostingClassifier(random_state=0),
}
loaded = {}


def load(folder):
    if folder not in loaded:
        y = numpy.fromfile(f"{folder}/y.bin", dtype=numpy.int32)
        x = numpy.fromfile(f"{folder}/x.bin", dtype=numpy.float32).reshape(len(y), -1)
        loaded[folder] = x, y
    return loaded[folder]


for line in sys.stdin:
    wanted = json.loads(line)
    x, y = load(wanted["folder"])
    model = cases[wanted["case"]](wanted["threads"]).fit(x, y)
    # Scoring takes time too: only once, when it is asked for.
    score = model.score(x, y) if wanted.get("score") else None
    print(json.dumps({"score": score}), flush=True)
