"""The operators' house: server-rendered pages in the service's process, behind a login of their own (DESIGN 8).

`app` has the paths and `frame` what all of them have in common; `door` says who may walk through, `people` signs in,
`rendering` has the words and the templates. Each page has a file that says what it shows as plain data: `today`,
`customers` (map and search), `customer`, `listing`, `waves`, `model`, `data`, `reports`. `desk` is what they read from; what
takes long, or writes more than a row, runs as a command of its own (`tasks`).
"""
