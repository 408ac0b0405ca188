# SPDX-License-Identifier: Apache-2.0
"""The results as pictures: SVG, drawn here."""

import dataclasses
import html
import math
import pathlib

from peers import ADD, IPTABLES, KUBE_PROXY, LOAD, NFT
from results import Results
from targets import NFTSVCD, PUSH, REPLACE

_WIDTH, _HEIGHT = 760, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 80, 230, 50, 60
_COLOURS = ("#1b6ca8", "#d1495b", "#2e8b57", "#edae49", "#6a4c93", "#00798c", "#8d5524", "#555555")


@dataclasses.dataclass
class Line:
    name: str
    points: list[tuple[float, float]]
    dashed: bool = False


def write_plots(results: Results, directory: pathlib.Path):
    """Those that there are figures for."""
    pictures = {
        "load.svg": _load(results),
        "change.svg": _change(results),
        "sustained.svg": _sustained(results),
    }
    for name, picture in pictures.items():
        if picture:
            (directory / name).write_text(picture)


def _by_services(results: Results, way: str, what: str) -> list[tuple[float, float]]:
    """Medians of the profiles with 5 endpoints a service."""
    points = []
    for figure in results.of(way):
        services, _, endpoints = figure.subject.partition("x")
        if figure.what == what and endpoints == "5":
            points.append((float(services), figure.median))
    return sorted(points)


def _load(results: Results) -> str:
    lines = [Line("the limit (kernel alone)", _by_services(results, NFTSVCD, "the limit"), True)]
    lines.append(Line(NFTSVCD, _by_services(results, NFTSVCD, PUSH)))
    for way in (NFT, *IPTABLES, KUBE_PROXY):
        lines.append(Line(way, _by_services(results, way, LOAD)))
    return _draw("Loading from nothing", "services, 5 endpoints each", "ms", lines)


def _change(results: Results) -> str:
    lines = [
        Line("nftsvcd, replace", _by_services(results, NFTSVCD, REPLACE)),
        Line("nftsvcd, add", _by_services(results, NFTSVCD, ADD)),
    ]
    for way in (*IPTABLES, KUBE_PROXY):
        lines.append(Line(f"{way}, add", _by_services(results, way, ADD)))
    return _draw("One endpoint changed", "services, 5 endpoints each", "ms", lines)


def _sustained(results: Results) -> str:
    lines = []
    for figure in results.of(NFTSVCD):
        if figure.what == "p99 of each second":
            points = [(second + 1.0, value) for second, value in enumerate(figure.values)]
            lines.append(Line(f"p99 at {figure.subject}", points))
    return _draw("1,000 changes a second", "second", "ms", lines, log_x=False)


@dataclasses.dataclass
class _Axis:
    low: float
    high: float
    start: float  # pixels
    end: float
    log: bool

    def place(self, value: float) -> float:
        low, high, value = (
            (math.log10(v) if self.log else v) for v in (self.low, self.high, value)
        )
        return self.start + (value - low) / (high - low) * (self.end - self.start)

    def ticks(self) -> list[float]:
        if self.log:
            first, last = round(math.log10(self.low)), round(math.log10(self.high))
            return [10.0**power for power in range(first, last + 1)]
        return [self.low + (self.high - self.low) * i / 6 for i in range(7)]


def _axis(values: list[float], start: float, end: float, log: bool) -> _Axis:
    if not log:
        return _Axis(0, max(values), start, end, False)
    positive = [max(value, 1e-3) for value in values]
    low = 10.0 ** math.floor(math.log10(min(positive)))
    high = 10.0 ** math.ceil(math.log10(max(positive)))
    return _Axis(low, high if high > low else low * 10, start, end, True)


def _draw(title: str, x_label: str, y_label: str, lines: list[Line], log_x: bool = True) -> str:
    lines = [line for line in lines if line.points]
    if not lines:
        return ""
    xs = [x for line in lines for x, _ in line.points]
    ys = [y for line in lines for _, y in line.points]
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    x_axis, y_axis = _axis(xs, _LEFT, right, log_x), _axis(ys, bottom, _TOP, True)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        'font-family="sans-serif" font-size="13">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
        _text(_LEFT, 28, title, size=17),
        _text((_LEFT + right) / 2, _HEIGHT - 16, x_label, "middle"),
        _text(_LEFT - 12, _TOP - 8, y_label, "end"),
    ]
    for tick in x_axis.ticks():
        x = x_axis.place(tick)
        parts.append(_stroke([(x, _TOP), (x, bottom)], "#dddddd", 1))
        parts.append(_text(x, bottom + 20, f"{tick:,.0f}", "middle"))
    for tick in y_axis.ticks():
        y = y_axis.place(tick)
        parts.append(_stroke([(_LEFT, y), (right, y)], "#dddddd", 1))
        parts.append(_text(_LEFT - 8, y + 4, f"{tick:,.10g}", "end"))
    for i, line in enumerate(lines):
        parts += _draw_line(line, _COLOURS[i % len(_COLOURS)], i, x_axis, y_axis)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _draw_line(line: Line, colour: str, row: int, x_axis: _Axis, y_axis: _Axis) -> list[str]:
    points = [(x_axis.place(x), y_axis.place(max(y, 1e-3))) for x, y in line.points]
    x, y = _WIDTH - _RIGHT + 16, _TOP + 12 + 22 * row
    parts = [
        _stroke(points, colour, 2, line.dashed),
        _stroke([(x, y - 4), (x + 24, y - 4)], colour, 2, line.dashed),
        _text(x + 30, y, line.name),
    ]
    if len(points) <= 12:
        parts += [f'<circle cx="{px:.1f}" cy="{py:.1f}" r="3.5" fill="{colour}"/>' for px, py in points]
    return parts


def _text(x: float, y: float, text: str, anchor: str = "start", size: int = 13) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">'
        f"{html.escape(text)}</text>"
    )


def _stroke(points: list[tuple[float, float]], colour: str, width: int, dashed: bool = False) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dash = ' stroke-dasharray="6 4"' if dashed else ""
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width}"{dash}/>'
