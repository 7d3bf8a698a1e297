"""How large the forms and uploads of pages may be."""

SIGN_IN_PATH = "/login"
UPLOAD_PATH = "/data/upload"
MOST_UPLOAD_BYTES = 1 << 30  # it is written to the disk as it comes
MOST_FORM_BYTES = 256 << 10
MOST_SIGN_IN_BYTES = 16 << 10  # anybody may send one
