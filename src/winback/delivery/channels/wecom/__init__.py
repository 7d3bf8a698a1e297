"""WeCom (企业微信): tags for the staff who look after a customer, and messages that become a task
of theirs.

`api` asks and reads what the error codes mean; `tags` and `tasks` are the two channels; `matching`
finds out which WeCom contact a customer is; `robot` tells a group what went wrong.
"""
