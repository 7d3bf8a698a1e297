"""The prediction service: one customer's score, now, the same bits as the batch job's.

`app` has the paths; `bodies` what goes in and out; `guard` keys, limits and the log; `live` the model and the snapshot being
served, and how others take their place; `answers` the scores; `wire` connections and their deadlines; `run` the processes.
No MLflow, scikit-learn or pandas is ever imported here (`lean` sees to it).
"""
