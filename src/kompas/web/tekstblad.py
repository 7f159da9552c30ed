"""A small part of Markdown as HTML: headings, paragraphs, lists and tables, all text escaped."""

from __future__ import annotations

import html
import re


def _regel(tekst: str) -> str:
    """Escape, then bold and code."""
    veilig = html.escape(tekst.strip())
    veilig = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", veilig)
    return re.sub(r"`(.+?)`", r"<code>\1</code>", veilig)


def _tabel(regels: list[str], bijschrift: str) -> str:
    rijen = [[c.strip() for c in r.strip().strip("|").split("|")] for r in regels]
    kop = "".join(f'<th scope="col">{_regel(c)}</th>' for c in rijen[0])
    lijf = "".join(
        f'<tr><th scope="row">{_regel(r[0])}</th>{"".join(f"<td>{_regel(c)}</td>" for c in r[1:])}</tr>'
        for r in rijen[2:]
    )
    tekst = _regel(bijschrift)
    return (
        f'<div class="rol" role="region" aria-label="{tekst}" tabindex="0"><table><caption>{tekst}</caption>'
        f"<thead><tr>{kop}</tr></thead><tbody>{lijf}</tbody></table></div>"
    )


def als_html(tekst: str) -> str:
    r"""Return a text as HTML; the first heading, that of the page itself, is left out.

    Parameters
    ----------
    tekst : str
        Blocks divided by empty lines: ``##`` headings, ``-`` lists, ``|`` tables, paragraphs.

    Returns
    -------
    str

    Examples
    --------
    >>> als_html("# Titel\n\n## Kop\n\nEen <b>\nen **twee**.\n\n- a\n- b\n  c")
    '<h2>Kop</h2>\n<p>Een &lt;b&gt; en <strong>twee</strong>.</p>\n<ul><li>a</li><li>b c</li></ul>'
    """
    uit: list[str] = []
    kop = ""
    for blok in re.split(r"\n\s*\n", tekst.strip()):
        regels = blok.split("\n")
        if blok.startswith("# "):
            continue
        if blok.startswith("#"):
            diepte = len(blok) - len(blok.lstrip("#"))
            kop = blok.lstrip("# ")
            uit.append(f"<h{diepte}>{_regel(kop)}</h{diepte}>")
        elif blok.startswith("|"):
            uit.append(_tabel(regels, kop))
        elif blok.startswith("- "):
            punten = [" ".join(p.split()) for p in re.split(r"\n(?=- )", blok)]
            uit.append(f"<ul>{''.join(f'<li>{_regel(p[2:])}</li>' for p in punten)}</ul>")
        else:
            uit.append(f"<p>{_regel(' '.join(blok.split()))}</p>")
    return "\n".join(uit)
