"""A backend of Matplotlib for runs: it draws like Agg, and `plt.show()` saves the open figures, numbered in order.

A program of a gallery ends a figure with `plt.show()` and saves nothing. If its header has a figure "figure_1.svg", it
runs with this backend; readers of its page who copy it get a window, as they always did.
"""

from __future__ import annotations

import itertools

from matplotlib._pylab_helpers import Gcf
from matplotlib.backend_bases import FigureManagerBase
from matplotlib.backends.backend_agg import FigureCanvasAgg

numbers = itertools.count(1)


class FigureManager(FigureManagerBase):
    """Matplotlib asks it for what `plt.show()` does."""

    @classmethod
    def pyplot_show(cls, *, block: bool | None = None) -> None:  # noqa: ARG003 - the base class names it so
        """Writes each open figure to figure_N.svg, and closes it, as somebody would who has looked at it."""
        for manager in Gcf.get_all_fig_managers():
            manager.canvas.figure.savefig(f"figure_{next(numbers)}.svg")
        Gcf.destroy_all()


class FigureCanvas(FigureCanvasAgg):
    """The class that Matplotlib looks for in a backend."""

    manager_class = FigureManager
