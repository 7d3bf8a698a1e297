"""Orders and events → one row a customer, as of a cut-off.

The list of features is data (`recency`, `frequency`, `monetary`, `behaviour`); `sql_compiler` makes
one statement of it (`sql_statement`), `evaluator` reads it for one customer. Both give the same
bits. `rule_features` is a second list, of what rules read and the model does not.
"""
