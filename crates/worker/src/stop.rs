//! Stopping as a value: who asks for it, and who looks.

use tokio::sync::watch;

/// The side that asks.
#[derive(Clone, Debug)]
pub struct StopHandle(watch::Sender<bool>);

/// The side that looks.
#[derive(Clone, Debug)]
pub struct Stop(watch::Receiver<bool>);

impl StopHandle {
    /// A stop that nobody has asked for yet.
    pub fn new() -> Self {
        Self(watch::Sender::new(false))
    }

    /// Asks everybody to finish what is in flight, to settle it and to begin nothing more.
    pub fn drain(&self) {
        self.0.send_replace(true);
    }

    /// A view for somebody who has to stop.
    pub fn watch(&self) -> Stop {
        Stop(self.0.subscribe())
    }
}

impl Default for StopHandle {
    fn default() -> Self {
        Self::new()
    }
}

impl Stop {
    /// Whether somebody has asked.
    pub fn is_asked(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until somebody asks; for ever when nobody is left who could.
    pub async fn asked(&mut self) {
        if self.0.wait_for(|asked| *asked).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
