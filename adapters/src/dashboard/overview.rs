//! The first page: how everything goes, and what needs somebody.

use super::Dashboard;
use super::failure::PageFailure;
use super::form::QueryFields;
use super::page::{Frame, Page, Section};
use super::viewer::Viewer;
use super::words::chart::{LatencyChart, OutcomeChart};
use super::words::{When, amount, attention};
use askama::Template;
use slotflow_application::overview::{CappedCount, InNeed, OrganizationOverview};
use slotflow_domain::Timestamp;
use slotflow_domain::health::{SeriesStep, Span, SuccessRate};

/// The page. `step` rows are the charts once more, for those who do not see them.
#[derive(Template)]
#[template(path = "overview.html")]
pub(super) struct OverviewPage {
    frame: Frame,
    week: bool,
    tiles: Tiles,
    attention: Vec<AttentionRow>,
    outcomes: OutcomeChart,
    latency: LatencyChart,
    steps: Vec<StepRow>,
    has_webhooks: bool,
    /// Whether nothing was attempted.
    is_quiet: bool,
}

struct Tiles {
    delivered: String,
    failed: String,
    any_failed: bool,
    waiting: String,
    held: String,
    any_held: bool,
    /// How much of what ended has arrived, in words.
    success: String,
    mean: String,
}

/// A webhook that needs its owner, and why.
struct AttentionRow {
    id: String,
    url: String,
    kind: &'static str,
    title: &'static str,
    why: String,
}

struct StepRow {
    start: When,
    /// The time of day at which it begins, as several may be as many days ago.
    clock: String,
    delivered: String,
    failed: String,
    success_rate: String,
    mean: String,
    slowest: String,
}

/// `GET /`, with `?span=week` for seven days instead of one.
pub(super) async fn show(
    dashboard: Dashboard,
    viewer: Viewer,
    QueryFields(query): QueryFields,
) -> Result<Page<OverviewPage>, PageFailure> {
    let span = if query.get("span") == Some("week") { Span::Week } else { Span::Day };
    let overview = dashboard.services.overview.get(viewer.organization.id, span).await?;
    let overview = overview.ok_or(PageFailure::NotSignedIn)?;
    let frame = Frame::new(&dashboard, &viewer, Section::Overview, None);
    Ok(Page::ok(OverviewPage::new(frame, &overview, viewer.now)))
}

impl OverviewPage {
    fn new(frame: Frame, overview: &OrganizationOverview, now: Timestamp) -> Self {
        let totals = overview.series.totals();
        let steps = overview.series.steps();
        Self {
            frame,
            week: overview.series.span() == Span::Week,
            tiles: Tiles {
                delivered: amount::number(totals.delivered),
                failed: amount::number(totals.failed),
                any_failed: totals.failed > 0,
                waiting: capped(overview.waiting),
                held: capped(overview.held),
                any_held: overview.held.count > 0,
                success: match totals.success_rate() {
                    Some(of_ended) => format!("{} of what ended", rate(Some(of_ended))),
                    None => "Nothing has ended yet".to_owned(),
                },
                mean: duration(totals.mean_ms()),
            },
            attention: overview.attention.iter().map(|one| AttentionRow::new(one, now)).collect(),
            outcomes: OutcomeChart::of(steps, now),
            latency: LatencyChart::of(steps, now),
            steps: steps.iter().rev().map(|step| StepRow::new(step, now)).collect(),
            has_webhooks: overview.webhooks > 0,
            is_quiet: totals.accepted_attempts == 0 && totals.failed_attempts == 0,
        }
    }
}

impl AttentionRow {
    fn new(one: &InNeed, now: Timestamp) -> Self {
        let words = attention::words(one.reason, now);
        Self {
            id: one.webhook.id.to_string(),
            url: one.webhook.url.as_sent().to_owned(),
            kind: words.kind,
            title: words.title,
            why: words.why,
        }
    }
}

impl StepRow {
    fn new(step: &SeriesStep, now: Timestamp) -> Self {
        let totals = step.totals;
        let any = totals.timed_attempts > 0;
        let start = When::new(step.start, now);
        Self {
            clock: start.clock().to_owned(),
            start,
            delivered: amount::number(totals.delivered),
            failed: amount::number(totals.failed),
            success_rate: rate(totals.success_rate()),
            mean: duration(totals.mean_ms()),
            slowest: duration(any.then_some(totals.slowest_ms)),
        }
    }
}

/// `10,000+` where no further was counted.
pub(super) fn capped(count: CappedCount) -> String {
    format!("{}{}", amount::number(count.count), if count.more { "+" } else { "" })
}

/// Of deliveries that ended; a dash where none did.
pub(super) fn rate(rate: Option<SuccessRate>) -> String {
    rate.map_or_else(|| "–".to_owned(), |rate| amount::percent(rate.as_fraction()))
}

fn duration(ms: Option<u64>) -> String {
    ms.map_or_else(|| "–".to_owned(), amount::millis)
}
