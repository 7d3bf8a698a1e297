"""Waves, from the list to the channels: `planning` draws the arms and writes the plan, `delivering` hands messages over."""
