"""What everything else stands on: the as-of day, table schemas, errors, paths and files."""
