//! `frontier hosts`: the host queues.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use anyhow::Result;
use crawl::Order;
use frontier::HostRow;
use serde::Serialize;

use super::Common;
use crate::exit::Exit;
use crate::store::{Place, with_frontier};
use crate::{out, units};

/// Lists host queues, those with the most pending URLs first.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Only the hosts of this outlet (example.com)
    #[arg(long, value_name = "OUTLET")]
    outlet: Option<String>,
    /// Only hosts that are paused or blocked
    #[arg(long)]
    held: bool,
    /// Only hosts that refused or did not answer lately
    #[arg(long)]
    failing: bool,
    /// So many at most; 0 for all
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,
    /// Print a JSON object a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

/// A line of the list.
#[derive(Debug, Serialize)]
struct Line {
    host: String,
    outlet: String,
    pending: u64,
    pending_by_band: BTreeMap<&'static str, u64>,
    due: u64,
    in_flight: u64,
    delay_s: f64,
    /// Until it may be visited; for good where it is held for good.
    free_in_s: f64,
    leased_by: Option<String>,
    /// Doublings of the back-off in force.
    failures: u32,
    /// `pause`, `block` or both.
    held_by: Vec<&'static str>,
}

impl Line {
    fn of(row: &HostRow) -> Self {
        let holds = row.directives.iter().filter(|directive| directive.order.is_hold());
        Self {
            host: row.host.to_string(),
            outlet: row.host.outlet().as_str().to_owned(),
            pending: row.pending_by_band.iter().sum(),
            pending_by_band: super::by_band(&row.pending_by_band),
            due: row.due,
            in_flight: row.in_flight,
            delay_s: row.delay.as_secs_f64(),
            free_in_s: row.free_in.as_secs_f64(),
            leased_by: row.leased.as_ref().map(|(worker, _)| worker.clone()),
            failures: row.state.doublings(),
            held_by: holds.map(|directive| Order::kind(&directive.order)).collect(),
        }
    }

    fn text(&self) -> String {
        let span = |s: f64| units::duration(std::time::Duration::from_secs_f64(s));
        let free = match (&self.leased_by, self.held_by.as_slice()) {
            (Some(worker), _) => format!("leased by {worker}"),
            (None, []) if self.free_in_s <= 0.0 => "free now".into(),
            (None, []) => format!("free in {}", span(self.free_in_s)),
            (None, _) => "not leased".into(),
        };
        let mut text = format!(
            "{:>9} pending, {} later, {} in flight  {}  {free}",
            units::count(self.pending),
            units::count(self.due),
            units::count(self.in_flight),
            self.host,
        );
        // Before the first visit nothing is known.
        if self.delay_s > 0.0 {
            text.push_str(", delay ");
            text.push_str(&span(self.delay_s));
        }
        if self.failures > 0 {
            text.push_str(", FAILING (");
            text.push_str(&self.failures.to_string());
            text.push_str(" in a row)");
        }
        for kind in &self.held_by {
            text.push_str(if *kind == "pause" { ", PAUSED" } else { ", BLOCKED" });
        }
        text
    }
}

/// The hosts that come first.
struct Top {
    limit: usize,
    lines: Vec<Line>,
    /// All that were asked for.
    count: u64,
}

impl Top {
    fn add(&mut self, line: Line) {
        self.count += 1;
        self.lines.push(line);
        // Cut now and then: all hosts of a large crawl need not be held.
        if self.limit > 0 && self.lines.len() >= self.limit.saturating_mul(2).max(1_000) {
            self.cut();
        }
    }

    fn cut(&mut self) {
        self.lines
            .sort_by(|a, b| (Reverse(a.pending), &a.host).cmp(&(Reverse(b.pending), &b.host)));
        if self.limit > 0 {
            self.lines.truncate(self.limit);
        }
    }
}

pub(super) async fn run(args: &Args, common: &Common) -> Result<Exit> {
    let outlet = args.outlet.as_deref().map(super::name).transpose()?;
    let outlet = outlet.map(|name| name.outlet());
    let opened = super::site(&args.place, common)?.open().await?;
    let mut top = Top { limit: args.limit, lines: Vec::new(), count: 0 };
    let mut each = |row: HostRow| {
        let is_held = || row.directives.iter().any(|directive| directive.order.is_hold());
        let is_wanted = outlet.as_ref().is_none_or(|outlet| row.host.outlet() == *outlet)
            && (!args.held || is_held())
            && (!args.failing || row.state.doublings() > 0);
        if is_wanted {
            top.add(Line::of(&row));
        }
        Ok(())
    };
    with_frontier!(&opened, frontier => super::every_host(frontier, &mut each).await)?;
    top.cut();
    for line in &top.lines {
        if args.json { out::json(line)? } else { out::line!("{}", line.text())? }
    }
    let shown = top.lines.len() as u64;
    if !args.json && !common.quiet {
        match top.count {
            0 => eprintln!("newshound: no host is like that"),
            all if all > shown => eprintln!(
                "newshound: {} more; --limit 0 shows all",
                units::plural(all - shown, "host")
            ),
            _ => {}
        }
    }
    Ok(Exit::Ok)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(host: &str, pending: u64) -> Line {
        Line {
            host: host.into(),
            outlet: host.into(),
            pending,
            pending_by_band: BTreeMap::new(),
            due: 0,
            in_flight: 0,
            delay_s: 1.0,
            free_in_s: 0.0,
            leased_by: None,
            failures: 0,
            held_by: Vec::new(),
        }
    }

    #[test]
    fn the_longest_queues_come_first_and_the_rest_is_not_held() {
        let mut top = Top { limit: 3, lines: Vec::new(), count: 0 };
        for n in 0..5_000_u64 {
            top.add(line(&format!("h{n:04}.test"), n % 1_000));
            assert!(top.lines.len() <= 1_000);
        }
        top.cut();
        let first: Vec<_> = top.lines.iter().map(|l| (l.host.as_str(), l.pending)).collect();
        assert_eq!(first, [("h0999.test", 999), ("h1999.test", 999), ("h2999.test", 999)]);
        assert_eq!(top.count, 5_000);
    }

    #[test]
    fn what_is_wrong_with_a_host_is_seen() {
        let mut held = line("a.test", 3);
        held.held_by = vec!["pause", "block"];
        held.failures = 2;
        let text = held.text();
        assert!(text.contains("FAILING (2 in a row), PAUSED, BLOCKED"), "{text}");
    }
}
