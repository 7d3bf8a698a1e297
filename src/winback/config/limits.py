"""Limits and defaults that no shop file changes: how long a session lasts, how often a key may ask,
how large a form may be. Quiet hours and budgets are settings: `messaging`."""

from datetime import timedelta

# Sessions of the dashboard.
SESSION_IDLE = timedelta(hours=12)  # without a request a session ends
SESSION_LONGEST = timedelta(days=7)
MOST_FAILED_SIGN_INS = 5  # in a row; then the user is locked
SIGN_IN_LOCKED = timedelta(minutes=15)

# API keys.
KEY_RATE = "100/second"
KEY_DAYS = 365  # a key is valid

# Forms and uploads of the dashboard.
SIGN_IN_PATH = "/login"
UPLOAD_PATH = "/data/upload"
MOST_UPLOAD_BYTES = 1 << 30  # it is written to the disk as it comes
MOST_FORM_BYTES = 256 << 10
MOST_SIGN_IN_BYTES = 16 << 10  # anybody may send one
