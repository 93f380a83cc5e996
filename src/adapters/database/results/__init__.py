"""Estimators and pages, and which partial merges are wanted."""
