"""Receivers to rehearse with: processes of their own, whose logs are the witnesses of what was
sent."""
