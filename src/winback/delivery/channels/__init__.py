"""Ways to reach a customer, behind one small interface: each with its class, which decides what
a crash may do."""
