"""The operators' house: server-rendered pages in the service's process, behind a login of their own (DESIGN 8).

`app` has the paths, `door` who may walk through them, `rendering` the words and the templates. Each page has a file that says
what it shows as plain data: `today`, `customers` (map, search, list), `customer`, `waves`, `model`, `data`, `reports`. `desk`
is what they read from; what takes long, or writes more than a row, runs as a command of its own (`tasks`).
"""
