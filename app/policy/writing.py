"""Whether those whom a rule binds can write what it counts: else nobody could ever meet it."""

from collections.abc import Mapping

from app.policy import vocabulary
from app.policy.pack import Rule
from app.policy.reading import Item
from app.policy.vocabulary import called


def need_writers(name: str, rule: Rule, fields: Mapping[str, Item]) -> None:
    """Everybody bound is a writer of everything counted; raises `Fault`."""
    if rule.metric not in ("submissions", "activities", "value"):
        return
    of: vocabulary.List = "figures" if rule.metric == "value" else rule.metric
    item = fields.get("counts", fields.get("figure", fields.get("at_least", fields["metric"])))
    names = [rule.figure] if rule.figure else list(rule.counts)
    names += [figure for value in rule.at_least for figure in value.figures]
    for counted in names:
        term = vocabulary.terms(of)[counted]
        for bound in rule.binds:
            if bound not in term.writers:
                raise item.fault(
                    f"{name} 要 {called(bound)} 填报 {called(counted)}",
                    f"这一项只有 {' 或 '.join(called(writer) for writer in term.writers)} 能填报",
                    f"请改由能填报的来承担{_instead(bound, of)}",
                )


def _instead(bound: str, of: vocabulary.List) -> str:
    written = [term.id for term in vocabulary.terms(of).values() if bound in term.writers]
    return f"，或者改数这些里的一项：{'、'.join(written)}" if written else ""
