"""Psi4 single points, called as a program, and ensemble properties; no torch."""
