# SPDX-License-Identifier: Apache-2.0
"""The results as Markdown."""

from collections.abc import Callable, Iterable

from peers import ADD, EMIT, IPTABLES, KUBE_PROXY, LOAD, NFT, NFTLB, REMOVE, VERDICT_MAPS
from results import Figure, Results
from targets import NFTSVCD, PUSH, REPEATED, REPLACE, outcomes

_PEERS = (VERDICT_MAPS, NFT, EMIT, *IPTABLES, KUBE_PROXY, NFTLB)
_STAGES = ("validate", "resolve", "compile", "plan", "encode", "the limit")
_SERVED = (
    "resident without services",
    "resident",
    "peak",
    REPEATED,
    "… nftsvcd's CPU",
    "… validate",
    "… plan",
    "… commit",
    "… persist",
    "start over it",
    "… nftsvcd's CPU of the start",
    "a service deleted by hand, repaired after",
    "an endpoint deleted by hand, repaired after",
    "resident after a start",
    "resident before a shrink",
    "resident after a shrink to a hundredth",
    "idle: wake-ups",
    "idle: CPU",
    "the kernel's memory for an element",
)
_MET = {True: "met", False: "**not met**", None: "not measured"}


def report(results: Results, machine: str, is_part: bool) -> str:
    """All tables that there are figures for. `is_part`: not all targets can have been measured."""
    sections = [
        f"{machine}.\n\nA cell is min / **median** / max; a ratio is of medians.",
        _targets(results, is_part),
        _loads(results),
        _stages(results),
        _changes(results),
        _upkeep(results),
        _sustained(results),
        _connections(results),
        _affinity(results),
        _skipped(results),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def number(value: float) -> str:
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3
    return f"{value:,.{digits}f}"


def spread(figure: Figure | None) -> str:
    if figure is None:
        return "–"
    if len(figure.values) == 1:
        return f"**{number(figure.median)}**"
    low, median, high = (number(figure.quantile(share)) for share in (0, 0.5, 1))
    return f"{low} / **{median}** / {high}"


def table(head: Iterable[str], rows: list[list[str]]) -> str:
    head = list(head)
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _section(title: str, head: Iterable[str], rows: list[list[str]], note: str = "") -> str:
    if not rows:
        return ""
    return f"## {title}\n\n" + (f"{note}\n\n" if note else "") + table(head, rows)


def _subjects(results: Results, what: str, way: str = NFTSVCD) -> list[str]:
    """That this was measured of, in order."""
    return [figure.subject for figure in results.of(way) if figure.what == what]


def _ratio(theirs: Figure | None, ours: Figure | None) -> str:
    if theirs is None or ours is None:
        return "–"
    return f"{number(theirs.median / ours.median)} ×"


def _targets(results: Results, is_part: bool) -> str:
    rows = [
        [o.what, o.target, o.measured, _MET[o.met]]
        for o in outcomes(results)
        if o.met is not None or not is_part
    ]
    return _section("Targets", ("", "target", "measured", ""), rows)


def _loads(results: Results) -> str:
    rows = []
    for profile in dict.fromkeys(
        _subjects(results, PUSH) + _subjects(results, LOAD, KUBE_PROXY) + _subjects(results, LOAD, NFTLB)
    ):
        ours = results.find(NFTSVCD, profile, PUSH)
        limit = results.find(NFTSVCD, profile, "the limit")
        if ours is not None:
            rows.append([profile, "the limit", spread(limit), _ratio(limit, ours)])
            rows.append([profile, f"**{NFTSVCD}**", spread(ours), "1"])
        for way in _PEERS:
            theirs = results.find(way, profile, LOAD)
            if theirs is not None:
                rows.append([profile, way, spread(theirs), _ratio(theirs, ours)])
    note = "From nothing until the kernel has everything, milliseconds. Ratios are to nftsvcd."
    return _section("Loading", ("services x endpoints", "by", "ms", "ratio"), rows, note)


def _by_profile(
    results: Results, title: str, profiles: list[str], names: Iterable[str], note: str = ""
) -> str:
    """A row for each figure that there is of one of these profiles."""
    rows = []
    for what in names:
        figures = [results.find(NFTSVCD, profile, what) for profile in profiles]
        unit = next((figure.unit for figure in figures if figure is not None), None)
        if unit is not None:
            rows.append([f"{what}, {unit}" if unit else what, *map(spread, figures)])
    return _section(title, ("", *profiles), rows, note)


def _stages(results: Results) -> str:
    return _by_profile(
        results,
        "Loading, by stage",
        _subjects(results, PUSH),
        (*_STAGES, "batch", "elements", PUSH, "push / the limit", "the same push again",
         "nftsvcd, peak", "nftsvcd, resident"),
    )


def _changes(results: Results) -> str:
    rows = []
    for change in (REPLACE, ADD, REMOVE):
        for way in (NFTSVCD, *_PEERS):
            for profile in _subjects(results, change, way):
                figure = results.find(way, profile, change)
                ours = results.find(NFTSVCD, profile, change)
                ratio = "1" if way == NFTSVCD else _ratio(figure, ours)
                p99 = number(figure.quantile(0.99)) if way == NFTSVCD else "–"
                rows.append([change, way, profile, spread(figure), p99, ratio])
    return _section(
        "One endpoint",
        ("", "by", "services x endpoints", "ms", "p99", "ratio"),
        rows,
        "From sending the change until the kernel has it. Ratios are to nftsvcd.",
    )


def _upkeep(results: Results) -> str:
    return _by_profile(
        results, "What is there", _subjects(results, "resident without services"), _SERVED
    )


def _sustained(results: Results) -> str:
    names = ("deltas per second", "p50", "p99", "longest", "longest queue", "deltas per commit", "nftsvcd's CPU",
             "resident before", "resident after")
    return _by_profile(
        results,
        "Many changes a second",
        _subjects(results, "deltas per second"),
        names,
        "Each waits from when it was due. Half replace an endpoint, a quarter adds, a quarter removes "
        "one.",
    )


def _connections(results: Results) -> str:
    rows = []
    for figure in results.of(NFTSVCD):
        if figure.what != "new connection":
            continue
        to = _first(results, figure.subject, lambda other: other.unit == "ratio")
        more = _first(results, figure.subject, lambda other: other.what.startswith("more than"))
        base = to.what.removeprefix("to ")
        is_base = base == figure.subject
        rows.append([figure.subject, "1" if is_base else spread(to), "" if is_base else base,
                     "" if is_base else spread(more), spread(figure)])
    return _section(
        "A new connection",
        ("", "ratio", "to", "difference, ns", "ns"),
        rows,
        "Processor time of the first packet of a connection, in the kernel.",
    )


def _first(results: Results, subject: str, wanted: Callable[[Figure], bool]) -> Figure:
    return next(figure for figure in results.of(NFTSVCD, subject) if wanted(figure))


def _affinity(results: Results) -> str:
    rows = [[figure.what, spread(figure)] for figure in results.of(NFTSVCD, "session affinity")]
    return _section("The kernel's memory for session affinity", ("", "bytes"), rows)


def _skipped(results: Results) -> str:
    rows = [[what, reason.replace("|", "\\|")] for what, reason in results.skipped]
    return _section("Not measured", ("", "because"), rows)
