"""Who is treated and who is held out, drawn by hash, and what sizes of groups can show."""
