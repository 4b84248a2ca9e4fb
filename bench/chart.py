# SPDX-License-Identifier: Apache-2.0
"""Charts as SVG, of two kinds: bars and lines."""

import math
from html import escape
from typing import Dict, List, Sequence, Tuple

INK, MUTED, GRID, PAPER = "#24292f", "#57606a", "#d8dee4", "#ffffff"
HTTPD, POSTGRES = "#0b62d6", "#8fbdf5"
LINES = ("#0b62d6", "#c4440c", "#1a7f37", "#8250df", "#9a6700", "#57606a")


def _text(x: float, y: float, text: str, anchor: str = "start", color: str = INK,
          weight: str = "normal") -> str:
    return (f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" fill="{color}" '
            f'font-weight="{weight}">{escape(text)}</text>')


def _svg(width: int, height: int, parts: Sequence[str]) -> str:
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="{PAPER}"/>', *parts, "</svg>", ""])


def bars(title: str, rows: List[Tuple[str, float, float, float]]) -> str:
    """Draw a bar for each row: name, microseconds of httpd, of PostgreSQL, requests a second."""
    left, width, step = 210, 760, 22
    longest = max(httpd + postgres for _, httpd, postgres, _ in rows)
    scale = (width - left - 170) / longest
    parts = [_text(16, 24, title, weight="bold")]
    for x, color, name in ((left, HTTPD, "httpd"), (left + 80, POSTGRES, "PostgreSQL")):
        parts.append(f'<rect x="{x}" y="36" width="11" height="11" fill="{color}"/>')
        parts.append(_text(x + 17, 46, name, color=MUTED))
    for at, (name, httpd, postgres, rate) in enumerate(rows):
        y = 60 + at * step
        parts.append(_text(left - 8, y + 12, name, "end"))
        for x, value, color in ((0, httpd, HTTPD), (httpd, postgres, POSTGRES)):
            if value * scale >= 0.5:
                parts.append(f'<rect x="{left + x * scale:.1f}" y="{y}" '
                             f'width="{value * scale:.1f}" height="16" fill="{color}"/>')
        cost = " + ".join(f"{value:.0f}" for value in (httpd, postgres) if value >= 0.5)
        parts.append(_text(left + (httpd + postgres) * scale + 6, y + 12,
                           f"{cost} µs, {rate:,.0f}/s", color=MUTED))
    return _svg(width, 60 + len(rows) * step + 10, parts)


def _ticks(most: float) -> List[float]:
    step = 10 ** math.floor(math.log10(most / 2))
    while most / step > 6:
        step *= 2 if most / step <= 12 else 5 if most / step <= 30 else 10
    return [step * n for n in range(int(most / step) + 1)]


def _panel(x: int, title: str, label: str, is_log: bool,
           series: Dict[str, List[Tuple[float, float]]]) -> List[str]:
    """Draw lines over a logarithmic x axis, in a box at x. is_log: the y axis is logarithmic, too."""
    top, width, height = 56, 330, 250
    sizes = sorted({size for points in series.values() for size, _ in points})
    most = 1.08 * max(value for points in series.values() for _, value in points)
    low, span = math.log10(sizes[0]), math.log10(sizes[-1] / sizes[0]) or 1.0  # of one size, any
    least = math.floor(math.log10(min(value for points in series.values() for _, value in points)))
    decades = math.ceil(math.log10(most)) - least

    def place(size: float, value: float) -> Tuple[float, float]:
        up = (math.log10(value) - least) / decades if is_log else value / most
        return (x + width * (math.log10(size) - low) / span, top + height * (1 - up))

    parts = [_text(x, 36, title, weight="bold")]
    for tick in [10.0 ** (least + n) for n in range(decades + 1)] if is_log else _ticks(most):
        y = place(sizes[0], tick)[1]
        parts.append(f'<path d="M{x} {y:.1f}h{width}" stroke="{GRID}"/>')
        parts.append(_text(x - 6, y + 4, f"{tick:,.0f}", "end", MUTED))
    for size in sizes:
        parts.append(_text(place(size, most)[0], top + height + 18, f"{size:,}", "middle", MUTED))
    parts.append(_text(x + width / 2, top + height + 36, label, "middle", MUTED))
    names = []
    for (name, points), color in zip(series.items(), LINES):
        path = "L".join("{:.1f} {:.1f}".format(*place(*point)) for point in points)
        parts.append(f'<path d="M{path}" fill="none" stroke="{color}" stroke-width="2"/>')
        for point in points:
            px, py = place(*point)
            parts.append(f'<circle cx="{px:.1f}" cy="{py:.1f}" r="2.5" fill="{color}"/>')
        names.append((place(*points[-1])[1], name, color))
    below = 0.0
    for y, name, color in sorted(names):  # each name is at the end of its line, but none overlaps another
        below = max(y + 4, below + 14)
        parts.append(_text(x + width + 8, below, name, color=color))
    return parts


def lines(panels: List[Tuple[str, str, bool, Dict[str, List[Tuple[float, float]]]]]) -> str:
    """Draw panels side by side: title, label of the x axis, whether the y axis is logarithmic, too, and lines of
    (size, microseconds)."""
    parts: List[str] = []
    for at, panel in enumerate(panels):
        parts += _panel(60 + at * 500, *panel)
    return _svg(60 + len(panels) * 500 - 20, 360, parts)
