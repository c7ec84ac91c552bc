"""What is told about the policy packs that come with the program."""

from datetime import date

from pydantic import BaseModel, Field

from app.policy.interpretation import settings
from app.policy.pack import DatedValue, Pack, Rule, SettingValue


class ValueOut(BaseModel):
    """A threshold from its first day on; ``value`` null: blank or lost in the document."""

    from_: date = Field(serialization_alias="from")
    value: int | None
    of: int | None = Field(description="分数的分母:三分之二写作 2 / 3")
    at_most: int | None
    unit: str
    clause: str
    parameter: str | None = Field(description="由启用时填写的留白参数")

    @classmethod
    def of_value(cls, value: DatedValue) -> "ValueOut":
        """As the pack has it."""
        return cls(
            from_=value.first,
            value=value.value,
            of=value.of,
            at_most=value.at_most,
            unit=value.unit,
            clause=value.clause,
            parameter=value.parameter,
        )


class PackRuleOut(BaseModel):
    """A rule of a pack: who owes it, how often, how much, under which clause."""

    id: str
    title: str
    posts: list[str]
    subjects: list[str]
    per: str
    metric: str
    counts: list[str] = Field(description="计入的报送、活动种类")
    each_village: bool
    info: bool
    advisory: bool
    values: list[ValueOut]

    @classmethod
    def of_rule(cls, rule: Rule) -> "PackRuleOut":
        """As the pack has it."""
        return cls(
            id=rule.id,
            title=rule.title,
            posts=list(rule.posts),
            subjects=list(rule.subjects),
            per=rule.per,
            metric=rule.metric,
            counts=list(rule.counts),
            each_village=rule.each_village,
            info=rule.info,
            advisory=rule.advisory,
            values=[ValueOut.of_value(value) for value in rule.at_least],
        )


class PackParameterOut(BaseModel):
    """A number or a list of villages that the document left blank 留白."""

    name: str
    says: str
    default: int | list[str] | None
    villages: bool = Field(description="true:填村代码列表;false:填整数")


class PackSettingOut(BaseModel):
    """An open question of the document, and the answers that an adoption may choose."""

    name: str
    question: str = Field(examples=["M14"])
    kind: str = Field(examples=["choice", "whole", "number", "flag"])
    choices: list[str]
    value: SettingValue = Field(description="不另行选择时的口径")
    nullable: bool


class PackOut(BaseModel):
    """One version of a pack."""

    id: str
    version: str
    newest: bool
    title: str
    issued: str
    level: str
    rules: list[PackRuleOut]
    parameters: list[PackParameterOut]
    settings: list[PackSettingOut]

    @classmethod
    def of_pack(cls, pack: Pack, newest: bool) -> "PackOut":
        """As the program holds it."""
        return cls(
            id=pack.id,
            version=pack.version,
            newest=newest,
            title=pack.title,
            issued=pack.source.issued,
            level=pack.source.level,
            rules=[PackRuleOut.of_rule(rule) for rule in pack.rules.values()],
            parameters=[
                PackParameterOut(
                    name=one.name,
                    says=one.says,
                    default=list(one.default) if isinstance(one.default, tuple) else one.default,
                    villages=one.villages,
                )
                for one in pack.parameters.values()
            ],
            settings=_settings(pack),
        )


class PacksOut(BaseModel):
    """Every pack that can be adopted, each of its versions, the newest first."""

    items: list[PackOut]


def _settings(pack: Pack) -> list[PackSettingOut]:
    """The questions that touch a rule of the pack."""
    metrics = {rule.metric for rule in pack.rules.values()}
    return [
        PackSettingOut(
            name=name,
            question=one.question,
            kind=one.kind,
            choices=list(one.choices),
            value=pack.settings.get(name, one.default),
            nullable=one.default is None,
        )
        for name, one in settings().items()
        if name in pack.settings or not metrics.isdisjoint(one.metrics)
    ]
