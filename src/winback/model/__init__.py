"""Features and labels → a churn model, its evaluation and its bundle.

Scoring needs `bundle`, `ensemble` and what they import: numpy, scipy, pyarrow and xgboost. Learning
(`training`, `baselines`, `metrics`, `plots`, `mlflow_tracking`) is imported by name, so that a
service that scores never loads scikit-learn or MLflow.
"""
