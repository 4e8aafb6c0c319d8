"""Marks at the edge of a panel for values that lie beyond it."""

from matplotlib.axes import Axes

from pipeline_src.reports.style import BARS, INK


def mark_beyond(panel: Axes, words: str, height: float) -> None:
    """Draw a mark at the right edge, with the value beyond it in words.

    Args:
        panel: horizontal values, a row at each height.
        words: the value.
        height: of its row.
    """
    at = panel.get_yaxis_transform()
    panel.plot(0.985, height, marker=">", color=BARS[2], markersize=6, ls="", transform=at,
               clip_on=False)
    panel.text(0.955, height, words, transform=at, ha="right", va="center", color=INK,
               fontsize="small")
