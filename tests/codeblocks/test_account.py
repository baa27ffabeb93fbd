"""The count of code blocks sees what pytest-codeblocks passes over."""

from __future__ import annotations

import io

import pytest
from pytest_codeblocks import extract_from_buffer

from tests.codeblocks.account import fences

TEXT = """# A page

```python
x = 1
```

<!--pytest-codeblocks:cont-->

```python
print(x)
```

<!--pytest-codeblocks:expected-output-->

```
1
```

<!--pytest.mark.skip(reason="it does not end")-->

```bash
make serve
```

<!-- shown-only: a tree, not a program -->

```text
README.md
```
"""


def kinds(text: str) -> list[str]:
    return [fence.kind for fence in fences(text)]


def test_each_fence_is_named() -> None:
    assert kinds(TEXT) == ["run", "continued", "expected output", "skipped", "shown only"]
    assert [fence.line for fence in fences(TEXT)] == [3, 9, 15, 21, 27]


def test_reasons_are_kept() -> None:
    assert [fence.reason for fence in fences(TEXT)][3:] == ["it does not end", "a tree, not a program"]


def test_it_agrees_with_pytest_codeblocks() -> None:
    collected = [block for block in extract_from_buffer(io.StringIO(TEXT)) if block.syntax in {"python", "sh", "bash"}]
    assert [block.lineno for block in collected] == [3, 21]
    assert [fence.line for fence in fences(TEXT) if fence.collected] == [block.lineno for block in collected]


def test_a_block_that_is_shown_only_is_collected_and_must_be_skipped() -> None:
    (fence,) = fences("<!-- shown-only: it would build the site in the site's own test -->\n```bash\nmake site\n```\n")
    assert (fence.kind, fence.collected) == ("shown only", True)


@pytest.mark.parametrize(
    "first",
    ["``` python", '```python title="x.py"', "```{ .python .annotate }", "```py", "```pycon", "~~~python", "```"],
)
def test_what_would_be_passed_over_is_found(first: str) -> None:
    closing = first[:3]
    assert kinds(f"{first}\nx = 1\n{closing}\n") == ["unaccounted"]


def test_a_skipped_fence_that_could_not_run_is_shown_only() -> None:
    (fence,) = fences('<!--pytest.mark.skip(reason="a tree")-->\n```text\nREADME.md\n```\n', staged=True)
    assert (fence.kind, fence.reason, fence.collected) == ("shown only", "a tree", False)


@pytest.mark.parametrize("comment", ["<!--pytest.mark.skip-->", "<!--pytest-codeblocks:skipfile-->"])
def test_no_block_is_hidden_without_a_reason(comment: str) -> None:
    assert kinds(f"{comment}\n\n```python\nx = 1\n```\n") == ["unaccounted"]


def test_a_comment_counts_for_the_next_fence_only() -> None:
    text = '<!--pytest.mark.skip(reason="slow")-->\n```sh\na\n```\n\n```sh\nb\n```\n'
    assert kinds(text) == ["skipped", "run"]
    assert kinds("<!-- shown-only: why -->\n\nprose\n\n```text\na\n```\n") == ["unaccounted"]


def test_a_bare_text_fence_is_an_output_only_where_the_engine_wrote_it() -> None:
    text = "```text\nloss: 1.0\n```\n"
    assert [fence.kind for fence in fences(text, staged=True)] == ["output"]
    assert kinds(text) == ["unaccounted"]
    assert [fence.kind for fence in fences(text.replace("text", "toml"), staged=True)] == ["unaccounted"]


def test_a_fence_inside_a_longer_fence_is_its_text() -> None:
    assert kinds("<!-- shown-only: Markdown -->\n````markdown\n```python\nx\n```\n````\n") == ["shown only"]
