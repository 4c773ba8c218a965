//! The steps of a task, how long each took, and which of them failed.

use std::fmt::{self, Display, Formatter};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// Steps that were run, in order.
#[derive(Default)]
pub(crate) struct Steps {
    done: Vec<Step>,
}

struct Step {
    name: &'static str,
    took: Duration,
    failed: bool,
}

impl Steps {
    /// Runs a step and remembers its time. A failure is shown and kept for [`Steps::finish`], so
    /// that one run shows all that is wrong; the return value is for steps that need this one.
    pub(crate) fn run(&mut self, name: &'static str, step: impl FnOnce() -> Result<()>) -> bool {
        eprintln!("== {name}");
        let started = now();
        let result = step();
        let took = now() - started;
        if let Err(error) = &result {
            eprintln!("== {name} failed: {error:#}");
        }
        self.done.push(Step { name, took, failed: result.is_err() });
        result.is_ok()
    }

    /// Shows the table; an error names the steps that failed.
    pub(crate) fn finish(&self) -> Result<()> {
        eprint!("{self}");
        let failed: Vec<_> = self.done.iter().filter(|s| s.failed).map(|s| s.name).collect();
        if !failed.is_empty() {
            bail!("failed: {}", failed.join(", "));
        }
        Ok(())
    }
}

impl Display for Steps {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<12} {:>8}", "step", "minutes")?;
        for step in &self.done {
            let minutes = step.took.as_secs_f64() / 60.0;
            let mark = if step.failed { "  FAILED" } else { "" };
            writeln!(f, "{:<12} {minutes:>8.2}{mark}", step.name)?;
        }
        let total: Duration = self.done.iter().map(|step| step.took).sum();
        writeln!(f, "{:<12} {:>8.2}", "total", total.as_secs_f64() / 60.0)
    }
}

#[expect(clippy::disallowed_methods, reason = "the one clock of the tasks: how long steps take")]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[test]
    fn a_failed_step_is_named_in_the_table_and_in_the_error() {
        let mut steps = Steps::default();
        assert!(steps.run("first", || Ok(())));
        assert!(!steps.run("second", || Err(anyhow!("no"))));
        let error = steps.finish().unwrap_err().to_string();
        assert_eq!(error, "failed: second");
        let table = steps.to_string();
        assert!(table.contains("FAILED"), "{table}");
        assert!(table.lines().last().unwrap().starts_with("total"), "{table}");
    }
}
