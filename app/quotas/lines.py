"""Standings in lines of text, for the command line."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from app.quotas.closing_schemas import ClosedStandingOut
from app.quotas.schemas import BoardOut, CellOut, StandingsOut, TableOut

#: the pack and the id of a rule
Pair = tuple[str, str]


def lines_of(found: StandingsOut | TableOut | BoardOut) -> list[str]:
    """An answer in lines."""
    if isinstance(found, StandingsOut):
        lines = _person_lines(found)
    else:
        lines = _table_lines(found) if isinstance(found, TableOut) else _board_lines(found)
    return [*lines, *(f"注意:{says}" for says in found.left_out)]


def closed_lines(rows: Sequence[ClosedStandingOut]) -> list[str]:
    """Standings as they were closed."""
    names = _Names(_pair(row.standing) for row in rows)
    return [
        f"{row.unit}\t{row.kind}\t{row.subject.name}\t"
        f"{names.cell(row.standing)}  {row.standing.why}"
        for row in rows
    ]


class _Names:
    """Rules by their id; where two packs of one answer have the same, with the pack before it."""

    def __init__(self, pairs: Iterable[Pair]) -> None:
        self._packs = defaultdict[str, set[str]](set)
        for pack, rule in pairs:
            self._packs[rule].add(pack)

    def of(self, pair: Pair) -> str:
        """What the lines call this rule."""
        pack, rule = pair
        return f"{pack}/{rule}" if len(self._packs[rule]) > 1 else rule

    def cell(self, cell: CellOut) -> str:
        """A cell with the name of its rule and, where each is asked for, its village."""
        village = f"@{cell.village}" if cell.village else ""
        return f"{self.of(_pair(cell))}{village} {_cell(cell)}"


def _pair(cell: CellOut) -> Pair:
    return cell.pack, cell.rule


def _board_lines(found: BoardOut) -> list[str]:
    names, lines = _headed(found)
    for row in found.rows:
        cells = "  ".join(f"{names.cell(cell)}(期限 {cell.due or '无'})" for cell in row.cells)
        lines.append(f"{row.unit} {row.unit_name}\t{row.subject.kind}\t{row.subject.name}\t{cells}")
    return lines if found.rules else [*lines, "本周期没有启用的规则。"]


def _person_lines(found: StandingsOut) -> list[str]:
    names = _Names(map(_pair, found.items))
    lines = [
        f"{names.of(_pair(item))} {item.title}({item.period.key})\n  {_cell(item)}  {item.why}"
        for item in found.items
    ]
    return lines or ["本周期没有适用的规则:该人员没有相应任职,或所在单位未启用政策包。"]


def _table_lines(found: TableOut) -> list[str]:
    names, lines = _headed(found)
    for row in found.rows:
        cells = "  ".join(names.cell(cell) for cell in row.cells.values())
        lines.append(f"{row.unit} {row.unit_name}\t{row.kind}\t{row.person.name}\t{cells}")
    return lines if found.rules else [*lines, "本周期没有启用的规则。"]


def _headed(found: TableOut | BoardOut) -> tuple[_Names, list[str]]:
    names = _Names((rule.pack, rule.id) for rule in found.rules)
    lines = [f"{found.period.key},截至 {found.on}"]
    lines.extend(f"{names.of((rule.pack, rule.id))} {rule.title}" for rule in found.rules)
    return names, lines


def _cell(cell: CellOut) -> str:
    need = "-" if cell.need is None else cell.need
    return f"{cell.have}/{need} {cell.state}"
