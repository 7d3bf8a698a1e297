"""What the recipes in `training/` are made of: data sets, the rolling recipe, spend, promotion,
the report (extra `train`)."""
