"""Axes of every figure of a run: a unit each, and tick labels a reader can read."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from made_up_run import make_run

from pipeline_src.reports import figures
from pipeline_src.reports.run_figures import draw_learning
from pipeline_src.reports.style import logarithmic, styled


def texts(axes) -> list[str]:
    axes.figure.canvas.draw()
    labels = [*axes.get_xticklabels(), *axes.get_yticklabels()]
    return [label.get_text() for label in labels if label.get_text()]


def test_all_figures_have_units_and_plain_ticks(tmp_path, monkeypatch):
    """Every figure as it is saved: an axis with numbers ends its label in a unit in brackets."""
    drawn = {}
    monkeypatch.setattr(figures, "save_svg", lambda figure, path: drawn.update({path.stem: figure}))
    run = make_run(tmp_path, baselines={"geodiff-msgen2": "geodiff"})
    figures.write_figures(run["settings"], run["coverage"], run["paired"], run["overlays"],
                          tmp_path)
    assert set(drawn) == set(figures.FIGURES) - {"steps", "validity"}  # one sampler
    for name, figure in drawn.items():
        for axes in figure.axes:
            if not axes.axison:  # molecules have no axes
                continue
            labels = [text for text in (axes.get_xlabel(), axes.get_ylabel()) if text]
            assert labels, name
            assert all(text.endswith(")") for text in labels), (name, labels)
            assert not [text for text in texts(axes) if "$" in text or "\\" in text], name


@pytest.mark.parametrize("low, high", [(60, 95), (3, 700), (200, 3e7), (0.004, 2)])
def test_logarithmic_ticks_are_plain_and_enough(low, high):
    with styled():
        _, panel = plt.subplots()
        panel.plot([1, 2], [low, high])
        logarithmic(panel, "y", low, high)
        shown = texts(panel)
    plt.close("all")
    assert not [text for text in shown if "$" in text]
    inside = [y for y in panel.get_yticks() if low <= y <= high]
    assert inside or high < 2 * low


def test_all_learning_curves_share_a_kind_of_axis(tmp_path):
    settings = make_run(tmp_path)["settings"]
    names = [stage.name for stage in settings.stages][:2]
    steps = np.arange(1, 11) * 100
    curves = pd.concat([pd.DataFrame({
        "stage": name, "seed": 1, "step": steps, "train_loss": top / steps,
        "validation_loss": 50.0}) for name, top in zip(names, (1e8, 6e3), strict=True)])
    with styled():
        figure = draw_learning(curves, settings)
    assert {axes.get_yscale() for axes in figure.axes} == {"log"}
