"""The prediction API: one customer's score, now, with the same bits as the batch job's.

`app` has the paths, `answers` what they say of customers, segments and the model, `handlers` the
three ways to a score. `schemas` is what goes in and out, `decoding` reads and writes it.
`score_service` scores, `history_features` reads raw rows. `live_state` is the model and the
snapshot being served and how others take their place, once `bundle_check` has tried them in a child
process. MLflow, scikit-learn and pandas are never imported here.
"""
