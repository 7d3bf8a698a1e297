"""Rows of an export → canonical tables: staged, validated, parsed, detected and published."""
