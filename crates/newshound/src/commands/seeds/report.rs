//! `seeds report`: what came of every seed.

use std::fmt::Write as _;

use anyhow::Result;
use crawl::{Account, Freshness, HubKind, SeedState};
use frontier::{Frontier, SeedRow};
use serde::Serialize;

use super::Common;
use crate::exit::Exit;
use crate::report::Fresh;
use crate::store::{Place, with_frontier};
use crate::{out, units};

/// Says of every seed whether it is alive, has moved (where to), is forbidden or failed, whether it
/// has a feed, when it last brought something new, what a new article cost, and how fresh its
/// articles are. Figures are those of its outlet.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Only seeds that need a look: moved, forbidden, failed, without a feed
    #[arg(long)]
    problems: bool,
    /// Print a JSON object a line, and one for all at the end
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

/// A line of the report.
#[derive(Serialize)]
struct Line {
    seed: String,
    state: &'static str,
    /// Where it moved to, or why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    feeds: u64,
    sitemaps: u64,
    sections: u64,
    asleep: u64,
    new_articles: u64,
    last_new_s_ago: Option<u64>,
    requests: u64,
    requests_per_new_article: Option<f64>,
    freshness: Fresh,
    #[serde(skip)]
    last_new: Option<std::time::Duration>,
}

pub(super) async fn run(args: &Args, common: &Common) -> Result<Exit> {
    let opened = super::site(&args.place, common)?.open().await?;
    with_frontier!(&opened, frontier => tell(frontier, args).await)
}

async fn tell(frontier: &impl Frontier, args: &Args) -> Result<Exit> {
    let now = crawl::Clock::now(&worker::SystemClock);
    let mut all = Freshness::default();
    let mut states = std::collections::BTreeMap::<&'static str, u64>::new();
    let mut outlets = std::collections::HashSet::new();
    let mut each = async |row: SeedRow| {
        let line = line(frontier, &row, now).await?;
        *states.entry(line.state).or_default() += 1;
        if outlets.insert(crawl::Fingerprint::of(row.spec.seed.outlet().as_str())) {
            all.merge(&row.account.freshness);
        }
        let is_well = line.state == "alive" && line.feeds + line.sitemaps > 0;
        if args.problems && is_well {
            return Ok(());
        }
        if args.json { out::json(&line) } else { out::text(&text(&line)?) }
    };
    let count = super::every_seed(frontier, &mut each).await?;
    if args.json {
        out::json(&serde_json::json!({
            "seeds": count, "states": states, "freshness": Fresh::of(&all),
        }))?;
        return Ok(Exit::Ok);
    }
    let states: Vec<String> =
        states.iter().map(|(state, n)| format!("{} {state}", units::count(*n))).collect();
    out::line!("{}: {}", units::plural(count, "seed"), states.join(", "))?;
    if let Some(text) = Fresh::text(&all) {
        out::line!("{text}")?;
        out::text(&histogram(&all)?)?;
    }
    Ok(Exit::Ok)
}

async fn line(frontier: &impl Frontier, row: &SeedRow, now: crawl::UnixMicros) -> Result<Line> {
    let (state, detail) = match &row.state {
        None => ("not-tried", None),
        Some((SeedState::Alive, _)) => ("alive", None),
        Some((SeedState::Moved(to), _)) => ("moved", Some(to.clone())),
        Some((SeedState::Forbidden, _)) => ("forbidden", None),
        Some((SeedState::Failed(why), _)) => ("failed", Some(why.clone())),
    };
    let hubs = frontier.hubs(&row.spec.seed.outlet()).await?;
    let of = |wanted: &[HubKind]| {
        let is_it = |hub: &crawl::Hub| wanted.contains(&hub.kind) && hub.visits > 0;
        hubs.iter().filter_map(|hub| hub.entry.hub.as_deref()).filter(|hub| is_it(hub)).count()
    };
    let Account { requests, articles, asleep, sections, .. } = row.account;
    let last_new = row.account.last_new_at.map(|at| now.since(at));
    Ok(Line {
        seed: row.spec.seed.to_string(),
        state,
        detail,
        feeds: of(&[HubKind::Feed]) as u64,
        sitemaps: of(&[HubKind::Sitemap, HubKind::Index]) as u64,
        sections,
        asleep,
        new_articles: articles,
        last_new_s_ago: last_new.map(|age| age.as_secs()),
        requests,
        requests_per_new_article: (articles > 0).then(|| requests as f64 / articles as f64),
        freshness: Fresh::of(&row.account.freshness),
        last_new,
    })
}

fn text(line: &Line) -> Result<String> {
    let mut text = format!("{}  {}", line.seed, line.state);
    match (line.state, &line.detail) {
        ("moved", Some(to)) => write!(text, " to {to}")?,
        (_, Some(why)) => write!(text, ": {why}")?,
        _ => {}
    }
    text.push('\n');
    if line.requests == 0 {
        return Ok(text);
    }
    let sources = match (line.feeds, line.sitemaps) {
        (0, 0) => "no feed or sitemap".to_owned(),
        (feeds, maps) => {
            format!("{}, {}", units::plural(feeds, "feed"), units::plural(maps, "sitemap"))
        }
    };
    write!(text, "    {sources}, {}", units::plural(line.sections, "section"))?;
    if line.asleep > 0 {
        write!(text, ", {} asleep", units::plural(line.asleep, "sitemap"))?;
    }
    write!(text, "; {}", units::plural(line.new_articles, "new article"))?;
    if let Some(age) = line.last_new {
        write!(text, ", the last {} ago", units::duration(age))?;
    }
    write!(text, "; {}", units::plural(line.requests, "request"))?;
    if let Some(cost) = line.requests_per_new_article {
        write!(text, ", {cost:.1} for each of them")?;
    }
    text.push('\n');
    Ok(text)
}

/// The histogram, a line a step.
fn histogram(freshness: &Freshness) -> Result<String> {
    const WIDTH: u64 = 40;
    let most = freshness.steps().map(|(_, n)| n).max().unwrap_or(1);
    let mut text = String::new();
    for (bound, count) in freshness.steps() {
        let bound = bound.map_or("later".to_owned(), |b| format!("<= {}", units::duration(b)));
        let bar = "#".repeat(usize::try_from(count * WIDTH / most).unwrap_or(0).max(1));
        writeln!(text, "  {bound:>14}  {:>7}  {bar}", units::count(count))?;
    }
    Ok(text)
}
