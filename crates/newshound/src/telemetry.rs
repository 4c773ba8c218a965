//! Log lines: to stderr, as plain text.

use std::io::IsTerminal;
use std::sync::Mutex;

use indicatif::ProgressBar;
use tracing::Level;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verbosity {
    Quiet,
    Normal,
    Verbose,
    All,
}

/// The bar that log lines must not tear; there is one at most.
static BAR: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// Log lines are written above this bar from now on.
pub(crate) fn above(bar: Option<ProgressBar>) {
    *BAR.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = bar;
}

/// Starts logging. `RUST_LOG` is not read: what is said depends on the command line alone.
pub(crate) fn init(verbosity: Verbosity) {
    let level = match verbosity {
        Verbosity::Quiet => LevelFilter::from_level(Level::ERROR),
        Verbosity::Normal => LevelFilter::from_level(Level::WARN),
        Verbosity::Verbose => LevelFilter::from_level(Level::INFO),
        Verbosity::All => LevelFilter::from_level(Level::DEBUG),
    };
    let ours = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_target(false)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(AboveBar);
    ours.init();
}

struct AboveBar;

impl<'a> MakeWriter<'a> for AboveBar {
    type Writer = AboveBar;

    fn make_writer(&'a self) -> AboveBar {
        AboveBar
    }
}

impl std::io::Write for AboveBar {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        let bar = BAR.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
        match bar {
            Some(bar) => bar.suspend(|| std::io::stderr().write_all(line))?,
            None => std::io::stderr().write_all(line)?,
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        std::io::stderr().flush()
    }
}
