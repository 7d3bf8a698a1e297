"""What is in the ledger: its tables, by what they are about; `schema` puts them together."""
