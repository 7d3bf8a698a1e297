"""How often an API key may ask, and how long it is valid, where its maker says nothing else. No
shop file changes it; `ledger.api_keys` counts."""

KEY_RATE = "100/second"
KEY_DAYS = 365
