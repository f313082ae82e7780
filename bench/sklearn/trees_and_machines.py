"""scikit-learn's side of bench/src/classic-trees.ts."""

import os

from serve import serve
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

threads = int(os.environ["OMP_NUM_THREADS"])
models = {
    "svc": ("machine", SVC()),
    "tree": ("large", DecisionTreeClassifier(random_state=0)),
    "forest": ("large", RandomForestClassifier(100, n_jobs=threads, random_state=0)),
    "histogram": ("large", HistGradientBoostingClassifier(max_depth=3, early_stopping=False, random_state=0)),
    "logistic": ("large", LogisticRegression()),
    "exact": ("large", GradientBoostingClassifier(random_state=0)),
}


def fitting(table, model):
    def fit(a):
        model.fit(a[table], a[f"{table}Classes"])
        return []

    return fit


def scoring(table, model):
    """The score on the training samples: a case of its own, since it takes time too."""

    def score(a):
        return [model.fit(a[table], a[f"{table}Classes"]).score(a[table], a[f"{table}Classes"])]

    return score


cases = {name: fitting(*case) for name, case in models.items()}
serve(cases | {f"{name}Score": scoring(*case) for name, case in models.items()})
