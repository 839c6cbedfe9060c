"""The page on the demo, used as a person uses it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser import PATIENCE, SCHEMES, VIEWS, Watch, chromium, serious_violations
from tests.end_to_end.conftest import Demo, child_environment
from tests.end_to_end.serving import baking, serving

STAGES = ("Feeds", "Glue workflow", "Pipeline", "Model registry", "Deployment", "Endpoint", "SQL")


@pytest.fixture(scope="module", autouse=True)
def _quick_updates(demo: Demo) -> Iterator[None]:
    with baking(demo, 1):
        yield


@pytest.fixture(scope="module")
def address(demo: Demo) -> Iterator[str]:
    """The address that ``playgrounds console`` prints."""
    command = [sys.executable, "-m", "console.main", "console", "--no-open", "--port", "0"]
    environment = child_environment(demo.environment)
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            yield next(line.strip() for line in process.stdout if "#token=" in line)
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def page(address: str) -> Iterator[Page]:
    """One tab at a desk."""
    with chromium() as browser, browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        tab = context.new_page()
        tab.set_default_timeout(PATIENCE)
        watch = Watch(tab)
        tab.goto(address)
        yield tab
        assert watch.complaints == []
        assert watch.hosts == {address.split("/")[2]}


def open_view(page: Page, name: str) -> None:
    page.click(f"nav a[href='#/{name}']")
    expect(page.locator(".loading")).to_have_count(0)


def test_overview_has_every_stage_and_comes_back(page: Page) -> None:
    page.wait_for_selector(".stage")
    open_view(page, "sql")
    page.click("nav a[href='#/overview']")
    page.wait_for_selector(".stage")
    assert tuple(text.strip() for text in page.locator(".stage h2").all_inner_texts()) == STAGES
    for part in (".badge", ".headline", "dd", "time"):  # state, figures and age
        assert page.locator(".stage", has=page.locator(part)).count() == len(STAGES), part
    assert page.locator(".alarm .badge").count() == 3


def test_glue_shows_its_run_logs_and_tables(page: Page) -> None:
    open_view(page, "glue")
    page.click("[data-step=import_income_data]")
    expect(page.frame_locator(".log iframe").first.locator("#lines div").first).to_be_visible()
    for name in ("Jobs", "Crawlers"):
        expect(page.get_by_role("region", name=name).locator("tbody tr").first).to_contain_text("Succeeded")
    table = page.locator("details", has=page.locator("summary", has_text=re.compile("^playgrounds ")))
    table.locator("summary").click()
    expect(table.get_by_role("region", name="Columns of playgrounds")).to_contain_text("adaptive_swing")
    table.locator("text=Preview 20 rows").click()
    expect(table.get_by_role("region", name="Rows of playgrounds").locator("tbody tr")).to_have_count(20)


def test_execution_is_started_from_the_form_and_watched_to_its_end(page: Page) -> None:
    open_view(page, "pipeline")
    page.click("text=Start an execution")
    expect(page.locator("select[name=FeatureSet]")).to_have_value("playground")
    page.click("dialog >> text=Start it")
    page.wait_for_url("**#/pipeline/arn*")
    expect(page.locator("[data-step=QualityGate]")).to_contain_text("yes")
    expect(page.locator("[data-step=QualityTooLow]")).to_have_class(re.compile("not-taken"))
    expect(page.locator("[data-step=EngineerFeatures]")).to_contain_text("cached")
    expect(page.locator(".execution h2 .badge").first).to_have_text(re.compile("Succeeded"))


def test_step_opens_its_metrics_plots_and_log(page: Page) -> None:
    node = page.locator("[data-step=EvaluateXGBoost]")
    node.press("Enter")
    expect(node).to_be_focused()
    step = page.locator("#step")
    expect(step.locator("dt", has_text="balanced_accuracy").first).to_be_visible()
    expect(step.frame_locator("iframe.document").locator("img")).to_be_visible()
    for heading in ("Inputs", "Outputs", "Parameters", "Properties"):
        expect(step.locator("summary", has_text=heading)).to_be_visible()
    step.locator("summary", has_text="Log").click()
    expect(step.frame_locator(".log iframe").locator("#lines div").first).to_be_visible()


def test_version_is_approved_with_a_note_and_its_deployment_seen(page: Page, demo: Demo) -> None:
    open_view(page, "overview")
    page.locator("a.call").first.click()  # the newest: what the execution has registered
    panel = page.locator("section.panel")
    expect(panel.locator(".lineage")).to_be_visible()
    assert set(panel.locator(".lineage .kind").all_inner_texts()) >= {"model", "execution", "data", "code"}
    panel.locator("summary", has_text="Model card").click()
    expect(panel).to_contain_text("intended uses")
    report = panel.locator("details", has=page.locator("summary", has_text=re.compile("^Report$")))
    report.locator("summary").click()
    report.locator("text=Show it").click()
    expect(report.frame_locator("iframe").locator("h1")).to_be_visible()
    page.click("button:text-is('Approve')")
    page.fill("dialog [name=note]", "seen on the page")
    page.click("dialog menu button:text-is('Approve')")
    expect(panel.locator("[role=status]")).to_contain_text(re.compile("Deployment.*Executing", re.DOTALL))
    chosen = page.locator("tr.chosen")
    expect(chosen).to_contain_text("seen on the page")
    expect(chosen.locator(".tag")).to_have_text("serves")
    version = chosen.locator("a").inner_text().removeprefix("Version ")
    assert serving(demo).endswith(f"/{version}")
    open_view(page, "endpoint")
    expect(page.locator("main")).to_contain_text(f"Serves version {version}")
    expect(page.locator(".charts .chart canvas")).to_have_count(3)
    expect(page.get_by_role("region", name="Variants")).to_contain_text("AllTraffic")
    expect(page.locator(".alarm .tag")).to_have_count(2)  # those that roll an update back


def test_version_that_no_longer_serves_is_rejected_with_a_note(page: Page, demo: Demo) -> None:
    open_view(page, "registry")
    page.click("tr:not(.chosen) a")
    page.click("button:text-is('Reject')")
    page.fill("dialog [name=note]", "superseded on the page")
    page.click("dialog menu button:text-is('Reject')")
    expect(page.locator("tr.chosen")).to_contain_text("superseded on the page")
    expect(page.locator("tr.chosen .badge")).to_have_text(re.compile("Rejected"))
    open_view(page, "endpoint")


def test_what_if_answers_for_one_playground(page: Page) -> None:
    page.select_option("label.wide select", index=1)
    page.select_option("label[title*=adaptive] select", "1")
    page.select_option("form .bar select", "returns")
    page.click("button.primary:text-is('Score')")
    expect(page.locator(".figure")).to_have_text([re.compile(r"[01]\.\d{3}")] * 2)
    expect(page.locator(".panel .chart canvas")).to_be_visible()


def test_tables_and_predictions_are_asked_for_in_sql_and_seen_on_the_map(page: Page) -> None:
    open_view(page, "sql")
    for example in ("Raw: playgrounds by borough", "Processed: income brackets"):
        page.click(f"text={example}")
        page.click("button.primary:text-is('Run')")
        expect(page.locator("button.primary:text-is('Run')")).to_be_enabled()
        expect(page.locator(".rows td").first).to_be_visible()
    page.click("button:text-is('Chart')")
    expect(page.locator(".chart canvas")).to_be_visible()
    page.click("button:text-is('Table')")
    page.click("text=Predictions: the test rows")
    page.click("button.primary:text-is('Run')")
    page.wait_for_selector(".rows td")
    with page.expect_download() as downloaded:
        page.click("text=Download CSV")
    assert downloaded.value.path().read_text().startswith("playground_key,name,borough")
    page.click("button:text-is('Map')")
    expect(page.locator(".map canvas")).to_be_visible()
    expect(page.locator(".legend li").first).to_be_visible()


def test_every_view_is_accessible_and_fits_a_telephone(page: Page) -> None:
    for view in VIEWS:
        open_view(page, view)
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            assert serious_violations(page) == [], (view, scheme)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 390, "height": 844})
    for view in VIEWS:
        open_view(page, view)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, view
    page.set_viewport_size({"width": 1280, "height": 900})
