"""Marks at the edge of a panel for values that lie beyond it."""

from matplotlib.axes import Axes

from pipeline_src.reports.style import BARS, INK


def mark_beyond(panel: Axes, words: str, height: float, colour: str = BARS[2],
                size: float = 6) -> None:
    """Draw a mark at the right edge, with the value beyond it in words.

    Args:
        panel: horizontal values, a row at each height.
        words: the value; '' where the mark alone is to say it.
        height: of its row.
        colour: of the mark.
        size: of the mark, points.
    """
    at = panel.get_yaxis_transform()
    panel.plot(0.985, height, marker=">", color=colour, markersize=size, ls="", transform=at,
               clip_on=False)
    panel.text(0.955, height, words, transform=at, ha="right", va="center", color=INK,
               fontsize="small")
