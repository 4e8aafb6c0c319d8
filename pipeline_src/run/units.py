"""Unit conversions, each by name. Source: CODATA 2018 (NIST, physics.nist.gov/constants)."""

HARTREE_TO_EV = 27.211386245988
HARTREE_TO_KCAL_MOL = 627.5094740631
