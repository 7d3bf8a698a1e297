"""What browsers may do with our pages: scripts and styles from this server alone, none inside a
page."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src "
    "'self'; font-src 'self';"
    " frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
# A page made by `winback report` has its styles within, and runs nothing.
POLICY_OF_FILES = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}
