"""The dashboard: server-rendered pages for operators, behind a login of their own.

`app` has the paths and `base` what all pages have in common; `auth` says who may see and do what,
`users` signs in, `rendering` has the templates' environment. Each page has a file that says what it
shows as plain data. `context` is what they read from; what takes long, or writes more than a row,
runs as a job (`jobs`).
"""
