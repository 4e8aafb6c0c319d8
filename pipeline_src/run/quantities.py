"""Ensemble properties that are computed, scored and tabulated, in the paper's order (Table 3)."""

QUANTITIES = ("e_mean", "e_min", "gap_mean", "gap_min", "gap_max")
