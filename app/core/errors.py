"""Errors are classes with a code: one catalogue, one shape (RFC 9457), one sentence how to mend.

``title`` is English and fixed, for logs and programmers; ``detail`` is Chinese, for the person
who meets it: what, where and how to mend. docs/problems.md lists every code.
"""

import traceback
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from pydantic import BaseModel

_MOST_CAUSES = 5


class ProblemOut(BaseModel):
    """``application/problem+json``."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list[dict[str, Any]] | None = None


class Problem(Exception):
    """Something refused; the transaction is rolled back.

    An outcome that leaves something behind (a kept conflict, a failed sign-in) is *returned*
    instead, see ``core.http.refuse``.
    """

    catalogue: ClassVar[dict[str, type["Problem"]]] = {}

    status: ClassVar[int] = 400
    code: ClassVar[str] = ""
    title: ClassVar[str] = ""
    detail: str = ""
    headers: ClassVar[dict[str, str]] = {}

    def __init_subclass__(cls) -> None:
        known = cls.catalogue.get(cls.code)
        if not cls.code or (known is not None and known.__qualname__ != cls.__qualname__):
            raise TypeError(f"{cls.__name__}: every problem needs a code of its own")
        cls.catalogue[cls.code] = cls

    def __init__(self, detail: str = "", *, errors: list[dict[str, Any]] | None = None) -> None:
        self.detail = detail or type(self).detail
        self.errors = errors
        super().__init__(self.detail)

    def body(self) -> dict[str, Any]:
        """The problem as a JSON object."""
        out = {
            "type": f"/problems#{self.code}",
            "title": self.title,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
        }
        if self.errors:
            out["errors"] = self.errors
        return out


class NotFound(Problem):
    """Absent and out of scope are the same answer."""

    status, code, title = 404, "not-found", "Not found"
    detail = "没有找到,或不在您的管理范围内。请核对编号;如确属您的工作范围,请联系乡镇管理员核对您的任职。"


class InvalidBody(Problem):
    """The body, a path or a query value cannot be parsed."""

    status, code, title = 422, "invalid-body", "The request cannot be understood"
    detail = "内容有误,请按所列各项改正后重新提交。"


class NotSignedIn(Problem):
    """No token, an expired one, or one whose session has ended."""

    status, code, title = 401, "not-signed-in", "Sign in first"
    detail = "尚未登录或登录已失效,请重新登录;未上传的记录仍保存在手机上。"
    headers: ClassVar = {"WWW-Authenticate": "Bearer"}


class Forbidden(Problem):
    """The thing is in sight, the deed is not this role's."""

    status, code, title = 403, "forbidden", "Not for this role"
    detail = "您能看到该内容,但您的岗位不能进行此操作。如需办理,请联系有权限的管理员。"


class BodyTooLarge(Problem):
    """More bytes than this path takes."""

    status, code, title = 413, "body-too-large", "Body too large"
    detail = "提交的内容超过大小限制,请分批提交或缩小照片后再试。"


class MethodNotAllowed(Problem):
    """The path exists, the method does not."""

    status, code, title = 405, "method-not-allowed", "Method not allowed"
    detail = "该地址不支持此操作,请升级到最新版本的应用后再试。"

    def __init__(self, allowed: Sequence[str] = ()) -> None:
        super().__init__()
        if allowed:
            # a 405 says in its header what the path does take
            self.headers = {"Allow": ", ".join(allowed)}  # type: ignore[misc]


class UnsupportedType(Problem):
    """A content type that this path does not take."""

    status, code, title = 415, "unsupported-type", "Unsupported content type"
    detail = "不支持这种文件或内容类型。照片请使用 JPEG、PNG 或 WebP。"


class Unavailable(Problem):
    """The database or the photo store does not answer."""

    status, code, title = 503, "unavailable", "Try again later"
    detail = "服务暂时不可用,记录仍保存在手机上,稍后会自动重试。"
    headers: ClassVar = {"Retry-After": "5"}


class Unexpected(Problem):
    """A defect of ours."""

    status, code, title = 500, "unexpected", "Unexpected error"
    detail = "服务器出现意外错误,记录仍保存在手机上,稍后会自动重试;如反复出现,请把时间告诉管理员。"


#: pydantic's kinds of fault -> what a clerk can do about it; {…} are the fault's own bounds
FAULTS = {
    "missing": "缺少这一项,请补上",
    "extra_forbidden": "没有这一项,请删去(或升级应用)",
    "json_invalid": "不是有效的 JSON(第 {at} 个字符附近),请检查引号、逗号和 UTF-8 编码",
    "string_too_short": "至少 {min_length} 个字",
    "string_too_long": "最多 {max_length} 个字",
    "string_pattern_mismatch": "格式不对,应符合 {pattern}",
    "string_type": "应为文字",
    "bool_parsing": "应为 true 或 false",
    "int_parsing": "应为整数",
    "int_type": "应为整数",
    "int_from_float": "应为整数",
    "float_parsing": "应为数字",
    "float_type": "应为数字",
    "finite_number": "应为有限的数字",
    "less_than_equal": "不能大于 {le}",
    "greater_than_equal": "不能小于 {ge}",
    "enum": "应为以下之一:{expected}",
    "literal_error": "应为以下之一:{expected}",
    "uuid_parsing": "不是有效的编号(UUID)",
    "uuid_type": "不是有效的编号(UUID)",
    "date_from_datetime_parsing": "日期写成 2026-11-21 的形式",
    "date_parsing": "日期写成 2026-11-21 的形式",
    "date_type": "日期写成 2026-11-21 的形式",
    "datetime_parsing": "时间写成 2026-11-21T09:12:03+08:00 的形式",
    "datetime_from_date_parsing": "时间写成 2026-11-21T09:12:03+08:00 的形式",
    "datetime_type": "时间写成 2026-11-21T09:12:03+08:00 的形式",
    "timezone_aware": "时间须带时区,如 2026-11-21T09:12:03+08:00",
    "too_long": "最多 {max_length} 项",
    "too_short": "至少 {min_length} 项",
    "list_type": "应为列表 [ … ]",
    "dict_type": "应为 {{ … }} 形式的内容",
    "model_attributes_type": "应为 JSON 对象 {{ … }},请求头 Content-Type 应为 application/json",
}


def where(fault: Any) -> dict[str, Any]:
    """One fault that pydantic found: where and why, without the value (it may be personal)."""
    parts = [str(part) for part in fault["loc"] if part not in ("body", "query", "path")]
    kind, context = fault["type"], dict(fault.get("ctx") or {})
    if kind == "json_invalid":
        context["at"], parts = ".".join(parts) or "1", []
    if kind == "value_error":  # our own validators speak for themselves
        why = str(context.get("error", fault["msg"]))
    else:
        why = FAULTS.get(kind, fault["msg"])
        if kind in FAULTS:
            bounds = {
                k: int(v) if isinstance(v, float) and v == int(v) else v for k, v in context.items()
            }
            why = why.format(**bounds)
    return {"where": ".".join(parts) or "body", "why": why, "kind": kind}


def faulty(faults: Iterable[Any]) -> "InvalidBody":
    """The refusal of a body or query, its first fault told in the sentence, all of them listed."""
    listed = [where(fault) for fault in faults]
    if not listed:
        return InvalidBody()
    first = listed[0]
    named = "" if first["where"] == "body" else f"{first['where']}:"
    more = f"(共 {len(listed)} 处,见 errors)" if len(listed) > 1 else ""
    return InvalidBody(f"内容有误:{named}{first['why']}。请改正后重新提交{more}。", errors=listed)


def trace(error: BaseException) -> str:
    """Where it happened, and of which kind, for the log; what it says is left out.

    Errors of drivers and parsers quote the values that they met ("Failing row contains …").
    """
    told, current = [], error
    while True:
        kind = f"{type(current).__module__}.{type(current).__qualname__}"
        told.append("".join(traceback.format_tb(current.__traceback__)) + kind)
        before = current.__cause__ or current.__context__
        if before is None or len(told) == _MOST_CAUSES:
            return "\nafter:\n".join(told)
        current = before
