"""Standings in lines of text, for the command line."""

from collections.abc import Iterable

from app.quotas.closing_schemas import ClosedStandingOut
from app.quotas.schemas import BoardOut, CellOut, StandingsOut, TableOut


def lines_of(found: StandingsOut | TableOut | BoardOut) -> list[str]:
    """An answer in lines."""
    if isinstance(found, StandingsOut):
        return _person_lines(found)
    return _table_lines(found) if isinstance(found, TableOut) else _board_lines(found)


def closed_lines(rows: Iterable[ClosedStandingOut]) -> list[str]:
    """Standings as they were closed."""
    return [
        f"{row.unit}\t{row.kind}\t{row.subject.name}\t{_named(row.standing)}  {row.standing.why}"
        for row in rows
    ]


def _board_lines(found: BoardOut) -> list[str]:
    lines = [f"{found.period.key},截至 {found.on}"]
    lines.extend(f"{rule.id} {rule.title}" for rule in found.rules)
    for row in found.rows:
        cells = "  ".join(f"{_named(cell)}(期限 {cell.due or '无'})" for cell in row.cells)
        lines.append(f"{row.unit} {row.unit_name}\t{row.subject.kind}\t{row.subject.name}\t{cells}")
    return lines if found.rules else [*lines, "本周期没有启用的规则。"]


def _named(cell: CellOut) -> str:
    village = f"@{cell.village}" if cell.village else ""
    return f"{cell.rule}{village} {_cell(cell)}"


def _person_lines(found: StandingsOut) -> list[str]:
    lines = [
        f"{item.rule} {item.title}({item.period.key})\n  {_cell(item)}  {item.why}"
        for item in found.items
    ]
    return lines or ["本周期没有适用的规则:该人员没有相应任职,或所在单位未启用政策包。"]


def _table_lines(found: TableOut) -> list[str]:
    lines = [f"{found.period.key},截至 {found.on}"]
    lines.extend(f"{rule.id} {rule.title}" for rule in found.rules)
    for row in found.rows:
        cells = "  ".join(f"{rule} {_cell(cell)}" for rule, cell in row.cells.items())
        lines.append(f"{row.unit} {row.unit_name}\t{row.kind}\t{row.person.name}\t{cells}")
    return lines if found.rules else [*lines, "本周期没有启用的规则。"]


def _cell(cell: CellOut) -> str:
    need = "-" if cell.need is None else cell.need
    return f"{cell.have}/{need} {cell.state}"
