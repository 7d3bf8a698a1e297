"""The paths of the API: which scope each needs, which need no key, and how large their bodies
may be."""

from winback.ledger.api_keys import Scope

OPEN_PATHS = ("/livez", "/readyz")
SCOPE_OF: tuple[tuple[str, Scope], ...] = (
    ("/v1/scores", "predict"),
    ("/v1/", "read"),
    ("/metrics", "operate"),
)
PREFIXES = ("/v1/", "/metrics", "/livez", "/readyz", "/openapi.json")
MOST_BYTES = 1 << 20
MOST_BATCH_BYTES = 16 << 20  # of a page of features or of histories
BATCH_PATHS = ("/v1/scores/from-features", "/v1/scores/from-history")
