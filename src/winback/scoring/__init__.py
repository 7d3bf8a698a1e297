"""A trained bundle → every customer's scores, value, reasons in words, and the snapshot they are
served from."""
