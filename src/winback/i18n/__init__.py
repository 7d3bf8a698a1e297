"""Everything we say, in Chinese and English, from one catalogue."""
