"""Estimators and their pages, as users read them and as they are stored."""
