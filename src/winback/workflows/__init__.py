"""What an operator does with a shop, one function a command: called by the command line, the
dashboard's jobs, the recipes and timers. Clock, environment and paths come in here."""
