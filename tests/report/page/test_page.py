from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest
from browser import browser_page

from automl.api.handle import Study
from automl.errors import ConfigError, StudyError
from automl.records import StudyState, TrialState
from automl.report.page import ReportWriter, report_html, write_report
from automl.report.page.charts import KINDS, chart

from .studies import CONFIG, NASTY, evaluated, made_up, several_objectives

if TYPE_CHECKING:
    from pathlib import Path

    from automl.records import StudyRecord


class Outline(HTMLParser):
    """Headings, ids, targets of links, pictures and scripts of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.levels: list[int] = []
        self.ids: list[str] = []
        self.found: dict[str, list[dict[str, Any]]] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        keys = dict(attrs)
        self.found.setdefault(tag, []).append(keys)
        self.ids += filter(None, [keys.get("id")])
        if re.fullmatch(r"h[1-6]", tag):
            self.levels.append(int(tag[1]))


def charts(page: str) -> dict[str, Any]:
    match = re.search(r'<script type="application/json" id="charts">(.*?)</script>', page, re.DOTALL)
    assert match is not None
    return dict(json.loads(match[1], parse_constant=lambda name: pytest.fail(f"{name} is no JSON")))


@pytest.mark.parametrize("trials", [0, 1, 2, 500])
def test_a_study_of_any_number_of_trials_is_a_sound_page(tmp_path: Path, trials: int) -> None:
    record = made_up(tmp_path, trials)
    if trials == 500:
        record = replace(record, **evaluated(record, 0))
    page = report_html(record)
    assert len(page) < 10_000_000
    outline = Outline(page)
    assert outline.levels[0] == 1
    assert all(after - before <= 1 for before, after in zip(outline.levels, outline.levels[1:], strict=False))
    assert len(outline.ids) == len(set(outline.ids))
    assert all(link["href"][1:] in outline.ids for link in outline.found["a"])
    assert all(picture["alt"] and picture["src"].startswith("data:") for picture in outline.found.get("img", []))
    assert len(outline.found["script"]) == 3, "no name has become a script"
    shown = {"history", "importance", "parallel", "slice"} <= set(charts(page))
    assert shown == (trials == 500)
    assert "secret" not in page


def test_what_the_page_says_of_a_study(tmp_path: Path) -> None:
    record = made_up(tmp_path, 30)
    (record.trials[4].folder).mkdir(parents=True)
    (record.trials[4].folder / "traceback.txt").write_text(f"Traceback of {NASTY}")
    assert record.best is not None
    record = replace(record, **evaluated(record, record.best.number))
    page = report_html(record)
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    shown = NASTY.replace("<", "&lt;").replace(">", "&gt;").replace("'", "&#39;")
    for told in (
        "of 30, scores a test accuracy of 0.9000; the baseline (majority class) scores 0.1000.",
        "The study took 4 min 50 s, for 30 trials: 18 completed, 6 pruned, 6 failed (6 nan).",
        "It was not packed.",
        f"2 images of {shown} were left out.",
        f"Noise, {shown}.",
        f"The loss became nan in {shown}.",
        f"Traceback of {shown}",
        "broken.png cannot be read as a picture.",
        "8 to 512, logarithmic",
        "model.activation is relu",
        "postgresql://***@host/db",
    ):
        assert told in text, told
    place = page.index
    assert place('id="data"') < place('id="figure-data_balance"') < place('id="leaderboard"')
    assert place('id="model"') < place('id="figure-large one"') < place('id="failures"')


@pytest.mark.parametrize("states", [(TrialState.PRUNED,), (TrialState.FAILED,), (TrialState.RUNNING,)])
def test_a_study_in_which_no_trial_is_complete_still_has_a_page(tmp_path: Path, states: tuple[TrialState, ...]) -> None:
    record = made_up(tmp_path, 3, states=states, state=StudyState.FAILED, message="All of the first 3 trials failed.")
    page = report_html(record)
    assert "No trial was completed." in page
    assert "All of the first 3 trials failed." in page
    assert "curves" in charts(page)
    assert "front" not in charts(page)


def test_every_chart_is_what_plotly_takes_and_a_wrong_name_is_a_sentence(tmp_path: Path) -> None:
    study = Study(made_up(tmp_path, 40, **several_objectives()))
    for kind in KINDS:
        assert study.plot(kind).layout.title.text
    with pytest.raises(ConfigError, match=r"plot: there is no chart 'hist'. .*Available: curves, front, history"):
        study.plot("hist")
    alone = Study(made_up(tmp_path / "other", 1, config={**CONFIG, "model": {"name": "cnn"}, "training": {}}))
    with pytest.raises(StudyError, match="nothing to show as 'front': it needs several objectives"):
        alone.plot("front")
    for kind in KINDS:
        if chart(alone._record, kind) is None:
            with pytest.raises(StudyError, match="has nothing to show"):
                alone.plot(kind)


def test_bad_trials_do_not_press_the_good_ones_together(tmp_path: Path) -> None:
    found = chart(made_up(tmp_path, 60), "history")
    assert found is not None
    low, high = found.layout["yaxis"]["range"]
    assert 0.7 < low < high < 1.1
    assert "beyond the axis; a double click shows all" in found.caption
    assert all(value is None or math.isfinite(value) for trace in found.data for value in trace["y"])


def test_the_writer_tells_what_it_could_not_write_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record, told = made_up(tmp_path, 2), list[str]()
    writer = ReportWriter(lambda study, text: told.append(text))
    writer.study_ended(record)
    assert (record.folder / "report.html").stat().st_size > 4_000_000
    assert told == []

    def fails(study: StudyRecord) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("automl.report.page.observer.write_report", fails)
    writer.study_ended(record)
    assert told[0].startswith("The report could not be written: OSError: ")


def test_a_notebook_shows_the_report_in_a_frame_of_its_own(tmp_path: Path) -> None:
    report = Study(made_up(tmp_path, 2)).report
    shown = Outline(report._repr_html_()).found
    assert list(shown) == ["iframe"]
    assert Outline(shown["iframe"][0]["srcdoc"]).levels[0] == 1
    assert report.path.is_file()


def test_a_browser_draws_every_chart_light_and_dark_and_narrow(tmp_path: Path) -> None:
    record = made_up(tmp_path, 30, **several_objectives())
    assert record.best is not None
    record = replace(record, **evaluated(record, record.best.number))
    path = write_report(record)
    asked: list[str] = []
    with browser_page(width=1200) as browser:
        page = browser.page
        page.on("request", lambda request: asked.append(request.url))
        page.on("dialog", lambda dialog: pytest.fail(f"a name was run: {dialog.message}"))
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-drawn]", state="attached")
        kinds = page.eval_on_selector_all(".chart", "all => all.map(one => one.dataset.chart)")
        assert set(kinds) == {*KINDS, "best"}
        drawn = page.eval_on_selector_all(
            ".chart", "all => all.map(one => one.querySelectorAll('.trace, .bars, .point').length)"
        )
        assert all(drawn), dict(zip(kinds, drawn, strict=True))
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.wait_for_selector(f"html[data-drawn={'true' if scheme == 'dark' else 'false'}]", state="attached")
            bright = page.evaluate(_BRIGHTNESS)
            assert (bright["page"] < 80) == (scheme == "dark")
            assert abs(bright["page"] - bright["text"]) > 90, "text stands out from the page"
            assert abs(bright["page"] - bright["chart"]) > 90, "so do the words of charts"
        page.set_viewport_size({"width": 380, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= 380
        assert browser.errors == []
        assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []


_BRIGHTNESS = """() => {
  const bright = (color) => Math.max(...color.match(/[\\d.]+/g).slice(0, 3).map(Number));
  const style = (one) => getComputedStyle(one);
  return {
    page: bright(style(document.body).backgroundColor),
    text: bright(style(document.querySelector("main p")).color),
    chart: bright(style(document.querySelector("#chart-history .xtick text")).fill),
  };
}"""
