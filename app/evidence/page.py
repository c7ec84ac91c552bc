"""The readable page of an evidence pack 可读页面: one HTML file without script or outside resource.

It is what an inspector prints. It says what the records say and how to check that they are these
records; the records themselves lie beside it.
"""

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from app.activities.models import Activity, ActivityWithdrawal
from app.checkins.models import CheckIn, Withdrawal
from app.diaries.models import Diary
from app.evidence import words
from app.evidence.gathering import Record
from app.evidence.reviewed import reviewed
from app.evidence.story import Story, header, mark, number_of, pictures, rows_of
from app.policy import vocabulary
from app.postings.models import Posting
from app.quotas.models import Adoption
from app.requests.models import Leave, MakeUp, RequestDecision
from app.requests.states import STATES_ZH as REQUEST_STATES
from app.reviews.models import Flag
from app.reviews.states import AGAINST, UNDECIDED
from app.submissions.models import Figure, Submission
from app.submissions.states import STATES_ZH as SUBMISSION_STATES

_CSS = Path(__file__).with_name("page.css")


def page(story: Story) -> bytes:
    """The whole page."""
    parts = [
        _head(story),
        _who(story),
        _standings(story),
        _closed(story),
        _check_ins(story),
        _diaries(story),
        _activities(story),
        _papers(story),
        _requests(story),
        reviewed(story),
        _packs(story),
        _limits(),
        _how(story),
        "</body></html>\n",
    ]
    return "\n".join(part for part in parts if part).encode()


def _head(story: Story) -> str:
    title = f"证据包 · {story.name} · {story.period.key}"
    # whoever opens it may hold no other page open beside it, and nothing may be fetched
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data: file:"
    return (
        '<!doctype html>\n<html lang="zh-CN"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title>\n<style>\n{_CSS.read_text(encoding='utf-8')}</style>"
        f"</head><body>\n<h1>证据包</h1>"
        '<p class="lead">一个人、一个考核周期的全部记录,连同疑点、说明、决定和可以离线核对的证明。</p>'
    )


def _who(story: Story) -> str:
    posts = [
        f"{words.POSTS.get(row['kind'], row['kind'])}({escape(story.unit(row['unit']))},"
        f"{row['since']} 至 {row['until'] or '今'})"
        for row in rows_of(story, Posting)
    ]
    counts = "、".join(
        f"{words.TABLES.get(table, table)} {len(records)}"
        for table, records in sorted(story.records.by_table.items())
        if records and table in words.TABLES and table not in ("fences", "adoptions", "closings")
    )
    bad = [record for record in story.records.all() if not record.fits]
    told = [
        ("姓名", escape(story.name)),
        ("人员编号", f'<span class="id">{story.person}</span>'),
        ("考核周期", f"{story.period.key}({story.period.first} 至 {story.period.last})"),
        ("任职", "<br>".join(posts) or "本周期内没有任职"),
        ("出具时间", words.time_of(story.made_at)),
        ("出具给", f'{words.BY[story.by]} <span class="id">导出编号 {story.export}</span>'),
        ("内容", f"{counts or '没有记录'}"),
    ]
    rows = "".join(f"<tr><th>{name}</th><td>{value}</td></tr>" for name, value in told)
    warning = (
        '<div class="box bad"><strong>有记录与记录簿不符:</strong>'
        + "、".join(f"{words.TABLES.get(r.table, r.table)} {escape(r.id)}" for r in bad)
        + "。这些记录在写入之后被改动过。</div>"
        if bad
        else ""
    )
    return f'<table class="who">{rows}</table>{warning}'


def _standings(story: Story) -> str:
    out = ["<h2>一、考核结果</h2>"]
    out += (f'<div class="box bad">{escape(says)}</div>' for says in story.left_out)
    if not story.standings:
        return "\n".join([*out, "<p>本周期没有适用于此人的考核任务。</p>"])
    out.append(
        f"<p>截至 {words.day_of(story.made_at)},按本包中的记录计算。"
        "“计入的日期”是每一天计入的记录所在的日期。</p>"
        + header("任务", "完成 / 要求", "结果", "计入的日期与说明")
    )
    for each in story.standings:
        need = "—" if each.need is None else str(each.need)
        unit = words.UNITS.get(each.unit, "")
        days = words.days_of(one.day for one in each.counted)
        out.append(
            f"<tr><td>{escape(each.title)}{_village(story, each.village)}"
            f'<div class="small">{escape(each.pack)} {escape(each.version)} · {each.rule} · '
            f"{escape(each.clause.article)}</div></td>"
            f'<td class="n">{each.have} / {need} {unit}</td>'
            f"<td>{_state(each.state)}</td>"
            f'<td class="days">{f"{len(each.counted)} 天:{days}<br>" if days else ""}'
            f"{escape(each.why)}</td></tr>"
        )
    return "\n".join([*out, "</tbody></table>"])


def _village(story: Story, village: str | None) -> str:
    return f"({escape(story.unit(village))})" if village else ""


def _state(state: str) -> str:
    kind = "good" if state in words.GOOD else "bad" if state in words.BAD else "open"
    return f'<span class="{kind}">{words.STANDINGS.get(state, escape(state))}</span>'


def _closed(story: Story) -> str:
    if not story.closed:
        return ""
    out = [
        "<h3>封存的结果</h3><p>考核周期结束后由具名的管理员封存;封存以后的变动只会另成一版,"
        "不改动已封存的一版。</p>",
        header("封存", "任务", "完成 / 要求", "结果"),
    ]
    for closing, rows in story.closed:
        where = f"{escape(story.unit(closing.unit))} 第 {closing.version} 版"
        for row in rows:
            told: dict[str, Any] = row.standing
            need = "—" if told["need"] is None else told["need"]
            out.append(
                f'<tr><td>{where}<div class="small">{words.time_of(closing.closed_at)}</div></td>'
                f"<td>{escape(str(told['title']))}</td>"
                f'<td class="n">{told["have"]} / {need}</td><td>{_state(row.state)}</td></tr>'
            )
    return "\n".join([*out, "</tbody></table>"])


def _check_ins(story: Story) -> str:
    records = sorted(story.records.of(CheckIn), key=lambda r: r.row["captured_at"])
    if not records:
        return "<h2>二、签到</h2><p>本周期没有签到记录。</p>"
    withdrawn = {row["check_in_id"]: row["reason"] for row in rows_of(story, Withdrawal)}
    verdicts = story.verdicts()
    out = [
        f"<h2>二、签到({len(records)} 次)</h2>"
        "<p>“位置”和“时间”各栏的含义见第九部分。周期前一天的签到只用于判断零点前后的重复。</p>",
        header("时刻", "种类 · 地点", "位置", "时间", "计入与疑点", "照片", "记录"),
    ]
    for record in records:
        row = record.row
        where = escape(story.unit(row["village"]))
        if row["household_id"]:
            where += f"<br>{escape(story.households.get(row['household_id'], '某户'))}"
        note = f'<div class="small text">{escape(row["note"])}</div>' if row["note"] else ""
        out.append(
            f'<tr><td class="t">{words.day_of(row["day"])}<br>{words.clock_of(row["captured_at"])}'
            f'<div class="small">收到 {words.time_of(row["received_at"])}</div></td>'
            f"<td>{words.CHECK_IN_KINDS[row['kind']]}<br>{where}{note}</td>"
            f"<td>{_place(row)}</td><td>{_time(row)}</td>"
            f"<td>{_counted(story, record, withdrawn.get(row['id']), verdicts)}</td>"
            f"<td>{pictures(story, row['photos'])}</td>{mark(record)}</tr>"
        )
    return "\n".join([*out, "</tbody></table>"])


def _place(row: Any) -> str:
    out = words.PLACES[row["place"]]
    if row["no_fix_reason"]:
        out += f"({words.NO_FIX.get(row['no_fix_reason'], '')})"
    if row["distance_m"] is not None:
        out += f'<div class="small">距村界中心 {row["distance_m"]} 米'
        if row["accuracy_mm"] is not None:
            out += f",精度 {row['accuracy_mm'] / 1000:.0f} 米"
        out += "</div>"
    return out


def _time(row: Any) -> str:
    out = words.TIMES.get(row["time_state"] or "unproven", words.TIMES["unproven"])
    since, until = row["time_from"], row["time_to"]
    if since is not None and until is not None:
        span = f"{words.time_of(since)} 至 {words.time_of(until)}"
        out += f'<div class="small">{span}</div>'
    return out


def _counted(
    story: Story, record: Record, withdrawn: str | None, verdicts: dict[str, str | None]
) -> str:
    if withdrawn is not None:
        return f'<span class="bad">本人已撤回,不计入</span><div class="small">{escape(withdrawn)}</div>'
    flags = [row for row in rows_of(story, Flag) if row["record_id"] == record.row["id"]]
    numbers = "、".join(f"疑点 {number_of(story, row['id'])}" for row in flags)
    states = {row["state"] for row in flags}
    if states & set(AGAINST):
        said = '<span class="bad">复核定为不计入</span>'
    elif states & set(UNDECIDED):
        said = '<span class="open">复核未完,计入</span>'
    elif record.row["day"] < story.period.first:
        said = "不在本周期内"
    elif record.id not in verdicts:
        said = "没有任务用到"
    elif (why := verdicts[record.id]) is not None:
        said = f'<span class="open">未计入:{escape(why)}</span>'
    else:
        said = '<span class="good">计入</span>'
    return said + (f'<div class="small">{numbers}</div>' if numbers else "")


def _diaries(story: Story) -> str:
    records = sorted(
        story.records.of(Diary), key=lambda r: (r.row["work_date"], r.row["received_at"])
    )
    if not records:
        return "<h2>三、帮扶日志</h2><p>本周期没有日志。</p>"
    replaced = {record.row["replaces"] for record in records}
    out = [f"<h2>三、帮扶日志({len(records)} 篇,含修改前的版本)</h2>"]
    out.append(header("工作日期", "内容", "照片", "记录"))
    for record in records:
        row = record.row
        old = '<div class="small">已由后来的版本代替</div>' if row["id"] in replaced else ""
        out.append(
            f'<tr><td class="t">{row["work_date"]}'
            f'<div class="small">收到 {words.time_of(row["received_at"])}</div>{old}</td>'
            f'<td class="text">{escape(row["text"])}</td>'
            f"<td>{pictures(story, row['photos'])}</td>{mark(record)}</tr>"
        )
    return "\n".join([*out, "</tbody></table>"])


def _activities(story: Story) -> str:
    records = sorted(story.records.of(Activity), key=lambda r: r.row["held_at"])
    if not records:
        return "<h2>四、活动</h2><p>本周期没有活动。</p>"
    withdrawn = {row["activity_id"] for row in rows_of(story, ActivityWithdrawal)}
    kinds = vocabulary.activities()
    out = [f"<h2>四、活动({len(records)} 次)</h2>", header("时间", "活动", "内容", "照片", "记录")]
    for record in records:
        row = record.row
        author = "本人记录" if row["author_id"] == story.person else "他人记录,本人参加"
        gone = '<div class="bad">已撤回</div>' if row["id"] in withdrawn else ""
        out.append(
            f'<tr><td class="t">{words.time_of(row["held_at"])}</td>'
            f"<td>{escape(kinds[row['kind']].zh if row['kind'] in kinds else row['kind'])}"
            f'<br>{escape(story.unit(row["unit"]))}<div class="small">{author};'
            f"共 {row['attendances']} 人次</div>{gone}</td>"
            f'<td class="text">{escape(row["minutes"])}</td>'
            f"<td>{pictures(story, row['photos'])}</td>{mark(record)}</tr>"
        )
    return "\n".join([*out, "</tbody></table>"])


def _papers(story: Story) -> str:
    papers, figures = story.records.of(Submission), story.records.of(Figure)
    if not papers and not figures:
        return "<h2>五、报送材料与数据</h2><p>本周期没有报送。</p>"
    kinds, names = vocabulary.submissions(), vocabulary.terms("figures")
    out = ["<h2>五、报送材料与数据</h2>", header("收到", "种类 · 周期", "内容", "状态", "记录")]
    for record in sorted(papers, key=lambda r: r.row["received_at"]):
        row = record.row
        kind = kinds[row["kind"]].zh if row["kind"] in kinds else row["kind"]
        out.append(
            f'<tr><td class="t">{words.time_of(row["received_at"])}</td>'
            f"<td>{escape(kind)}<br>{escape(row['for_period'])}</td>"
            f'<td class="text"><strong>{escape(row["title"])}</strong>\n{escape(row["text"])}'
            f"{_files(row['files'])}</td>"
            f"<td>{SUBMISSION_STATES.get(row['state'], row['state'])}</td>{mark(record)}</tr>"
        )
    for record in sorted(figures, key=lambda r: (r.row["day"], r.id)):
        row = record.row
        name = names[row["name"]].zh if row["name"] in names else row["name"]
        out.append(
            f'<tr><td class="t">{words.time_of(row["received_at"])}</td>'
            f"<td>{escape(name)}<br>{row['day']}</td>"
            f'<td class="text">{row["amount"]} {escape(row["note"])}</td><td>—</td>'
            f"{mark(record)}</tr>"
        )
    return "\n".join([*out, "</tbody></table>"])


def _files(hashes: Sequence[str]) -> str:
    return "".join(f'<div class="id">文件 {escape(sha256)}</div>' for sha256 in hashes or ())


def _requests(story: Story) -> str:
    asked = [*story.records.of(Leave), *story.records.of(MakeUp)]
    if not asked:
        return "<h2>六、请假、公出、培训和补签</h2><p>本周期没有。</p>"
    said = rows_of(story, RequestDecision)
    kinds = {"leave": "请假", "trip": "公出", "training": "培训"}
    out = ["<h2>六、请假、公出、培训和补签</h2>"]
    out.append(header("日期", "种类", "事由", "状态与审批", "记录"))
    for record in sorted(asked, key=lambda r: r.row["day"]):
        row = record.row
        make_up = record.table == "make_ups"
        days = str(row["day"]) if make_up else f"{row['first']} 至 {row['last']}"
        state = REQUEST_STATES.get(row["state"], row["state"])
        decisions = "".join(
            f'<div class="small">{"县级" if each["place"] == "county" else "乡镇"}:'
            f"{'批准' if each['decision'] == 'approve' else '不批准'},"
            f"{words.time_of(each['decided_at'])}。{escape(each['reason'])}</div>"
            for each in said
            if each["request_id"] == row["id"]
        )
        proof = pictures(story, row["evidence"]) if make_up else ""
        out.append(
            f'<tr><td class="t">{days}</td><td>{"补签" if make_up else kinds[row["kind"]]}</td>'
            f'<td class="text">{escape(row["reason"])}{proof}</td>'
            f"<td>{state}{decisions}</td>{mark(record)}</tr>"
        )
    return "\n".join([*out, "</tbody></table>"])


def _packs(story: Story) -> str:
    records = story.records.of(Adoption)
    if not records:
        return "<h2>八、依据的政策</h2><p>本周期没有适用于此人的政策。</p>"
    out = ["<h2>八、依据的政策</h2>", header("政策包", "启用单位", "依据", "记录")]
    for record in records:
        row = record.row
        out.append(
            f"<tr><td>{escape(row['pack'])} {escape(row['version'])}</td>"
            f"<td>{escape(story.unit(row['unit']))}</td><td>{escape(row['basis'])}</td>"
            f"{mark(record)}</tr>"
        )
    return "\n".join([*out, "</tbody></table>", "<p>政策包全文在 packs 文件夹。</p>"])


def _limits() -> str:
    return (
        "<h2>九、这份材料证明什么,不能证明什么</h2><h3>证明</h3><ul>"
        + "".join(f"<li>{each}</li>" for each in words.PROVES)
        + "</ul><h3>不能证明</h3><ul>"
        + "".join(f"<li>{each}</li>" for each in words.PROVES_NOT)
        + "</ul><h3>没有放进来的</h3><p>户主和家庭成员的姓名、证件号、电话,户的头像、定位和帮扶计划属于该户,"
        "不在本包;户只写编号。他人只写身份;记录正文里写到的人名保持原样。草稿不是证据,不在本包。</p>"
    )


def _how(story: Story) -> str:
    pictures_ = (
        "photos 文件夹是浏览图,originals 文件夹是原图,文件名就是原图的 SHA-256。"
        if story.originals
        else "photos 文件夹是浏览图,文件名是其原图的 SHA-256;原图只提供给审计员。"
    )
    return (
        "<h2>十、怎样核对</h2><ol><li>不要解压后修改;把整个 ZIP 文件放到装有 Python 3 的电脑上,不需要联网。</li>"
        "<li>向县里的审计员或从公开的源代码索取 <code>verify.py</code>(只有一个文件),不要使用和本包一起收到的程序。</li>"
        "<li>运行 <code>python3 verify.py 证据包.zip --key 公钥</code>。公钥请用您以前记下的,"
        "或审计员公布的;不写 <code>--key</code> 时用包里带的公钥,只能说明包内前后一致。</li>"
        "<li>以前保存过检查点的,加上 <code>--checkpoint 文件</code>,可以发现记录簿有没有被整段改写。</li>"
        "<li>最后一行是 good 才算通过;有不符时逐条指出是哪个文件。</li></ol>"
        f'<p class="small">每条记录的最后一栏是编号和它在记录簿中的条目。{pictures_}'
        "manifest.json 列出每个文件的 SHA-256,它自己的 SHA-256 在 export.json 里,随本次导出记入了记录簿:"
        "因此包里任何一个文件的任何一个字节被改,都能查出来。</p>"
    )
