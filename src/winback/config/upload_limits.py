"""How large a form or an upload of the dashboard may be. No shop file changes it."""

SIGN_IN_PATH = "/login"
UPLOAD_PATH = "/data/upload"
UNSUBSCRIBE_PATH = "/unsubscribe"
MOST_UPLOAD_BYTES = 1 << 30  # it is written to the disk as it comes
MOST_FORM_BYTES = 256 << 10
MOST_SIGN_IN_BYTES = 16 << 10  # anybody may send one
MOST_UNSUBSCRIBE_BYTES = 4 << 10  # mail programs send one field
