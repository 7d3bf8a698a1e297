"""Features and labels → a churn model, its evaluation and its bundle.

What is imported here is what scoring needs: numpy, scipy, pyarrow and xgboost. Learning (`fit`, `baselines`, `evaluate`,
`plots`, `registry`) is imported by `training/` by name, so that a service that scores never loads scikit-learn or MLflow.
"""

from winback.model.bundle import Bundle, load_bundle, matrix, write_bundle
from winback.model.champions import before, champion, crown, listed, reigning, scored_before

__all__ = [
    "Bundle",
    "before",
    "champion",
    "crown",
    "listed",
    "load_bundle",
    "matrix",
    "reigning",
    "scored_before",
    "write_bundle",
]
