"""Letters that the usual font of figures does not have."""

from __future__ import annotations

_WIDE = (
    "Noto Sans CJK KR",
    "Noto Sans CJK JP",
    "Noto Sans CJK SC",
    "NanumGothic",
    "Malgun Gothic",
    "Apple SD Gothic Neo",
    "Microsoft YaHei",
    "Hiragino Sans",
    "Arial Unicode MS",
    "WenQuanYi Zen Hei",
    "Droid Sans Fallback",
)
"""Families with the letters of East Asia, as systems bring them."""


def widen() -> None:
    """Let figures take what their font lacks from others that are installed: classes have names in any script.

    https://matplotlib.org/stable/users/explain/text/fonts.html#font-fallback
    """
    import matplotlib as mpl
    from matplotlib.font_manager import get_font_names

    installed = set(get_font_names())
    mpl.rcParams["font.family"] = ["DejaVu Sans", *(name for name in _WIDE if name in installed)]
