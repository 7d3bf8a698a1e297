"""The prediction service: one customer's score, now, the same bits as the batch job's.

`app` has the paths, `questions` the three ways to a score; `bodies` says what goes in and out; `answers` scores, `history`
reads raw rows; `live` is the model and the snapshot being served, and how others take their place (`trying`); `guard` stands
before all of it with keys, limits and the log, `wire` with connections and their deadlines; `run` is the processes. No MLflow,
scikit-learn or pandas is ever imported here (`lean` sees to it).
"""
