"""The menu of every page: the name of each entry in the catalogue, and where it leads."""

MENU = (
    ("today", "/"),
    ("customers", "/customers"),
    ("list", "/list"),
    ("waves", "/waves"),
    ("model", "/model"),
    ("data", "/data"),
    ("reports", "/reports"),
)
