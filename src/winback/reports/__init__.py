"""Pages and workbooks for people: diagnosis, data quality, weekly and monthly review, the recall
checklist."""
