"""The weekly recall list: who is on it, what to do about each customer, its history and its
files."""
