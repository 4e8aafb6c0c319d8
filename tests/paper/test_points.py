"""What stands with the answer on the first page."""

from pipeline_src.paper.points import orientation


def test_the_best_distances_with_a_network_stand_beside_those_without():
    def line(stages: str, near: str, far: str, test: str = "t") -> dict:
        cells = [{"metric": metric, "value": value} for metric, value in (
            ("cov_r", "99.0"), ("mat_r", near), ("mat_p", far))]
        return {"stages": stages, "group": ("chain", test, "train"), "cells": cells}

    lines = [line("", "0.80", "1.03"), line("", "0.74", "1.15"), line("all", "1.23", "1.76"),
             line("heavy, then all", "1.20", "")]
    text = orientation({"lines": lines, "from": "Table 2"})
    assert "RDKit's methods reach MAT-R 0.74 Å and MAT-P 1.03 Å" in text
    assert text.endswith("at best MAT-R 1.20 Å and MAT-P 1.76 Å.")
    more = [*lines, line("all", "0.10", "0.10", "another")]
    assert orientation({"from": "Table 2", "lines": more}) == ""
    assert orientation({"lines": lines[:2]}) == "" and orientation(None) == ""
