"""Features and churn probabilities → each customer's quadrant, lifecycle, tier and exactly one
recall segment.

`definitions` holds the rules as data an operator can read, in the language of `conditions`;
`thresholds` the numbers in them, fixed at training; `assignment` applies both to columns of
customers, and to one customer as a column of one; `rule_checker` finds rules that do nothing.
"""
