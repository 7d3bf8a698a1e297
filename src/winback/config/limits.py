"""Limits and defaults that no shop file changes: how often a key may ask, how large a form may be.
How long a session lasts stands in `ledger.sessions`; quiet hours and budgets are settings:
`messaging`."""

# API keys.
KEY_RATE = "100/second"
KEY_DAYS = 365  # a key is valid

# Forms and uploads of the dashboard.
SIGN_IN_PATH = "/login"
UPLOAD_PATH = "/data/upload"
UNSUBSCRIBE_PATH = "/unsubscribe"
MOST_UPLOAD_BYTES = 1 << 30  # it is written to the disk as it comes
MOST_FORM_BYTES = 256 << 10
MOST_SIGN_IN_BYTES = 16 << 10  # anybody may send one
MOST_UNSUBSCRIBE_BYTES = 4 << 10  # mail programs send one field
