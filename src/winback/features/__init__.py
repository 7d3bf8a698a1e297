"""Orders and events → one row a customer, as of a cut-off.

The list of features is data (`recency`, `frequency`, `monetary`, `behaviour`); `sql` compiles it into one statement,
`interpreter` reads it for one customer. Both give the same bits. `journey` is a second list, of what rules read and the
model does not.
"""

from winback.features.bought import Bought, bought
from winback.features.dialects import DIALECTS
from winback.features.interpreter import features_of
from winback.features.journey import EVERYTHING, JOURNEY
from winback.features.spec import FEATURES, GROUPS, NAMES, feeds_at, spec, spec_hash
from winback.features.sql import feature_statement, feature_table

__all__ = [
    "DIALECTS", "EVERYTHING", "FEATURES", "GROUPS", "JOURNEY", "NAMES",
    "Bought", "bought", "feature_statement", "feature_table", "features_of", "feeds_at", "spec", "spec_hash",
]  # fmt: skip
