"""Two versions side by side, for people: as text on a terminal, and as one HTML page with figures."""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable, Iterator, Mapping

from genloop.engine.compare.difference import FEWEST, Comparison, Figure
from genloop.engine.page.svg import adapt
from genloop.engine.program.embedded import with_policy
from genloop.engine.record.store import Store

SHOWN = 40
"""Numbers that a terminal shows; the page has all of them."""
STYLE = """
:root{color-scheme:light dark}
body{font:1rem/1.5 system-ui,sans-serif;max-width:80rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;margin:1rem 0}
th,td{text-align:left;padding:.2rem 1rem .2rem 0;border-bottom:1px solid #8884;vertical-align:top}
td{font-variant-numeric:tabular-nums}
pre{overflow:auto;padding:1rem;border:1px solid #8884}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(20rem,1fr));gap:1rem}
figure{margin:0}
img{max-width:100%}
iframe{width:100%;border:0;background:#fff;color-scheme:light}
img.pixels{image-rendering:pixelated;min-width:min(100%,24rem)}
"""


def unknown(found: Comparison) -> Iterator[str]:
    """What cannot be compared because the store has no run of a version, and how to get it."""
    for version in (found.old, found.new):
        lost = ["its program"] if version.program is None else []
        lost += ["its figures"] if version.record is None and found.draws else []
        if lost:
            yield (
                f"{' and '.join(lost)} of {version.title} cannot be shown: no run of it is in this store. "
                f"Check that version out and type: genloop run {version.name}"
            )


def as_text(found: Comparison) -> str:
    """For a terminal."""
    return "\n".join(_text(found))


def _text(found: Comparison) -> Iterator[str]:
    yield f"{found.name}: {found.old.title} -> {found.new.title}"
    yield f"  {found.summary}"
    yield from (f"  {said}" for said in unknown(found))
    if found.program:
        yield from ("", "program:", *(f"  {line}" for line in found.program.splitlines()))
    if found.settings:
        yield from ("", "settings, versions, and what it read:")
        yield from (f"  {name}: {old} -> {new}" for name, (old, new) in found.settings.items())
    if found.moved:
        yield from ("", f"printed numbers{f' (range over {found.seeds} seeds)' if found.seeds >= FEWEST else ''}:")
        yield from _columns(
            (f"line {moved.line}", moved.where, f"{moved.old} -> {moved.new}", moved.range, moved.verdict)
            for moved in found.moved[:SHOWN]
        )
        if len(found.moved) > SHOWN:
            yield f"  and {len(found.moved) - SHOWN} more, on the page"
    if found.lines:
        yield from ("", "printed text:")
        for number, old, new in found.lines:
            yield from (f"  line {number} - {old}",) if old else ()
            yield from (f"  line {number} + {new}",) if new else ()
    if found.figures:
        yield from ("", "figures that differ, side by side on the page:")
        yield from (f"  {figure.file}" for figure in found.figures)


def _columns(rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    table = list(rows)
    widths = [max(len(row[at]) for row in table) for at in range(len(table[0]))]
    for row in table:
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def as_page(found: Comparison, store: Store) -> str:
    """One HTML page that holds its figures and asks nobody for anything. Every text is escaped."""
    title = f"{found.name}: {found.old.title} and {found.new.title}"
    parts = [f"<h1>{html.escape(found.name)}</h1><p>{html.escape(found.summary)}</p>"]
    parts += [f"<p>{html.escape(said)}</p>" for said in unknown(found)]
    heads = (found.old.title, found.new.title)
    if found.program:
        parts.append(f"<h2>Program</h2><pre>{html.escape(found.program)}</pre>")
    if found.settings:
        rows = [(name, old, new) for name, (old, new) in found.settings.items()]
        parts.append("<h2>Settings, versions, and what it read</h2>" + _table(("", *heads), rows))
    if found.moved:
        columns = ("line", "number", *heads, f"{found.seeds} seeds", "the change is")
        cells = [(str(m.line), m.where, m.old, m.new, m.range, m.verdict) for m in found.moved]
        parts.append("<h2>Printed numbers</h2>" + _table(columns, cells))
    if found.lines:
        texts = [(str(number), old, new) for number, old, new in found.lines]
        parts.append("<h2>Printed text</h2>" + _table(("line", *heads), texts))
    for figure in found.figures:
        parts.append(f"<h2>{html.escape(figure.file)}</h2><div class=pair>{_pair(figure, heads, store)}</div>")
    return (
        '<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content="width=device-width">'
        f"<title>{html.escape(title)}</title><style>{STYLE}</style>{''.join(parts)}</html>\n"
    )


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = "".join(f"<th scope=col>{html.escape(text)}</th>" for text in heads)
    body = "".join(f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _pair(figure: Figure, titles: tuple[str, str], store: Store) -> str:
    return "".join(
        f"<figure>{_image(figure.file, digest, store)}<figcaption>{html.escape(title)}</figcaption></figure>"
        for digest, title in zip((figure.old, figure.new), titles, strict=True)
    )


def _image(file: str, digest: str | None, store: Store) -> str:
    if digest is None:
        return "<p>not there</p>"
    try:
        data = store.object(digest).read_bytes()
    except FileNotFoundError:
        return f"<p>{html.escape(file)} is not in this store any more; run the program again</p>"
    if file.endswith(".svg"):
        data = adapt(data.decode()).encode()
    if file.endswith(".html"):
        inner = html.escape(with_policy(data.decode(errors="replace")), quote=True)
        return f'<iframe sandbox="allow-scripts" height=450 title="{html.escape(file)}" srcdoc="{inner}"></iframe>'
    kind = "image/" + {"svg": "svg+xml", "jpg": "jpeg"}.get(ending := file.rpartition(".")[2], ending)
    pixels = " class=pixels" if ending == "png" else ""
    return f'<img{pixels} alt="{html.escape(file)}" src="data:{kind};base64,{base64.b64encode(data).decode()}">'


def as_json(found: Comparison) -> Mapping[str, object]:
    """For programs: what `genloop compare --json` prints."""
    return {
        "old": found.old.title,
        "new": found.new.title,
        "same": found.same,
        "program": found.program,
        "settings": {name: list(pair) for name, pair in found.settings.items()},
        "seeds": found.seeds,
        "moved": [
            {"line": m.line, "number": m.where, "old": m.old, "new": m.new, "seeds": m.spread, "beyond": m.beyond}
            for m in found.moved
        ],
        "lines": [{"line": number, "old": old, "new": new} for number, old, new in found.lines],
        "figures": [figure.file for figure in found.figures],
    }
