"""Waves, from the list to the channels: `planning` assigns and writes the plan, `run` and
`dispatcher` deliver it."""
