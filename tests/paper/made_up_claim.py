"""A made-up claim."""

from pipeline_src.paper.claims import Claim


def claim(**changed: object) -> Claim:
    """A claim of ten molecules and three trainings, undecided where nothing else is said."""
    return Claim(**{
        "item": "table2", "row": "A", "chain": "a", "baseline": "b", "against": "B",
        "dataset": "d", "train_dataset": "d", "metric": "cov_r", "difference": 5.0, "low": -1.0,
        "high": 11.0, "p": 0.5, "p_holm": 0.5, "better": 6, "worse": 4, "molecules": 10,
        "seeds": ("1", "2", "3"), "seed_low": 2.0, "seed_high": 8.0, **changed})
