"""The calls that only this course has."""

from genloop.engine.page.calls import Calls
from genloop.engine.page.own_calls import Markdown


def ways(page: Calls, count: int) -> Markdown:
    """How many ways a walk has at each step."""
    if count < 1:
        raise page.wrong(f"a walk has at least one way, not {count}")
    return Markdown(site=f'<p class="ways">{count} ways at each step</p>', plain=f"{count} ways at each step")
