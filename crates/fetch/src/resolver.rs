//! How names become addresses.

use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::Semaphore;

/// A lookup under way.
pub type Lookup<'a> = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send + 'a>>;

/// Where addresses come from. What it answers is vetted by the caller, and so is its time.
pub trait Resolver: Send + Sync + 'static {
    /// All addresses of a host name. It is never asked for an IP literal.
    fn lookup<'a>(&'a self, host: &'a str) -> Lookup<'a>;
}

/// Lookups at once. Each holds a thread that cannot be stopped; dead name servers must not take all
/// the threads of the process.
const LOOKUPS_MAX: usize = 64;

/// The resolver of the operating system.
#[derive(Clone, Debug)]
pub struct SystemResolver {
    slots: Arc<Semaphore>,
}

impl SystemResolver {
    /// A resolver with its own bound on lookups at once.
    pub fn new() -> Self {
        Self { slots: Arc::new(Semaphore::new(LOOKUPS_MAX)) }
    }
}

impl Default for SystemResolver {
    fn default() -> Self {
        Self::new()
    }
}

impl Resolver for SystemResolver {
    fn lookup<'a>(&'a self, host: &'a str) -> Lookup<'a> {
        Box::pin(async move {
            let slot = Arc::clone(&self.slots).acquire_owned().await.map_err(io::Error::other)?;
            let host = host.to_owned();
            // A task of its own: the slot is held until the thread is free, even when the caller
            // has given up.
            let lookup = tokio::spawn(async move {
                let found = tokio::net::lookup_host((host, 0)).await;
                drop(slot);
                found.map(|found| found.map(|address| address.ip()).collect())
            });
            lookup.await.map_err(io::Error::other)?
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_system_knows_this_machine_and_the_slot_is_free_again() {
        let resolver = SystemResolver::new();
        let found = resolver.lookup("localhost").await.unwrap();
        assert!(found.iter().any(IpAddr::is_loopback), "{found:?}");
        assert_eq!(resolver.slots.available_permits(), LOOKUPS_MAX);
    }
}
