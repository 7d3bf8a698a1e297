"""The wiring of what runs every week: the batch job now, the endpoint and the dashboard in their issues."""
