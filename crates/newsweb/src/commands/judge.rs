//! `newsweb judge`: compares a log with the truth.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use newsweb::{Truth, judge, read_log};

/// What `judge` takes.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The log that the server wrote.
    #[arg(long)]
    log: PathBuf,
    /// The truth that the server wrote.
    #[arg(long)]
    truth: PathBuf,
    /// The delay that the crawler was told to keep on each host: 1s, 250ms.
    #[arg(long, default_value = "1s", value_parser = duration)]
    delay: Duration,
    /// Do not count pages that were not fetched, for crawls that were cut short.
    #[arg(long)]
    partial: bool,
}

/// Prints the verdict as JSON.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let requests = read_log(&args.log)
        .with_context(|| format!("cannot read the log {}", args.log.display()))?;
    let truth = Truth::load(&args.truth)
        .with_context(|| format!("cannot read the truth {}", args.truth.display()))?;
    let verdict = judge(&requests, &truth, args.delay);
    writeln!(std::io::stdout(), "{}", serde_json::to_string_pretty(&verdict)?)?;
    let good = if args.partial { verdict.is_polite() } else { verdict.is_clean() };
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::from(3) })
}

/// A duration as `1s`, `0.5s` or `250ms`.
fn duration(text: &str) -> anyhow::Result<Duration> {
    let (number, unit_s) = match (text.strip_suffix("ms"), text.strip_suffix('s')) {
        (Some(number), _) => (number, 0.001),
        (None, Some(number)) => (number, 1.0),
        (None, None) => bail!("a duration has a unit: 1s, 250ms"),
    };
    let number: f64 = number.trim().parse().context("a duration starts with a number")?;
    Duration::try_from_secs_f64(number * unit_s).context("not a duration")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units() {
        assert_eq!(duration("1s").unwrap(), Duration::from_secs(1));
        assert_eq!(duration("0.5s").unwrap(), Duration::from_millis(500));
        assert_eq!(duration("250ms").unwrap(), Duration::from_millis(250));
        for wrong in ["1", "s", "-1s", "1m", "NaNs"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
