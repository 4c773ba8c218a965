//! Ctrl-C and SIGTERM: the first drains, a second Ctrl-C ends at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::signal::unix::{SignalKind, signal};
use worker::StopHandle;

/// What the signals have asked for.
pub(crate) struct Signals(Arc<AtomicBool>);

impl Signals {
    /// Whether Ctrl-C was pressed.
    pub(crate) fn interrupted(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Listens until the process ends.
pub(crate) fn drain_on_signal(stop: StopHandle) -> std::io::Result<Signals> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let interrupted = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&interrupted);
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = interrupt.recv() => {
                    if seen.swap(true, Ordering::Relaxed) {
                        eprintln!("ended at once; what was in flight is fetched again next time");
                        std::process::exit(130);
                    }
                    eprintln!("finishing what is in flight; press Ctrl-C again to end at once");
                }
                _ = terminate.recv() => {
                    eprintln!("asked to stop: finishing what is in flight");
                }
            }
            stop.drain();
        }
    });
    Ok(Signals(interrupted))
}
