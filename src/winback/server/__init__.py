"""The processes that serve: the API and the dashboard behind one middleware, on one socket."""
