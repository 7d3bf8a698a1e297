"""What we say, in Chinese and English: one file a part of the product, each `key: (English,
Chinese)`.

Both languages take the same `{values}`; `tests/i18n/test_messages.py` holds that true.
"""
