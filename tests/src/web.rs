//! The simulated web as the crawler is told of it.

use std::fs;
use std::path::PathBuf;
use std::thread;

use newsweb::{Config, NewsWeb};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// A simulated web that serves until this value is dropped.
///
/// It has a runtime of its own, so that tests can be plain functions that run the binary.
pub struct Web {
    /// `None` only while it is dropped.
    server: Option<NewsWeb>,
    runtime: Runtime,
    folder: TempDir,
}

impl Web {
    /// Starts it on free ports of loopback.
    pub fn start(config: Config) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let runtime = Runtime::new().expect("threads can be started");
        let web = runtime.block_on(NewsWeb::start(config)).expect("loopback has free ports");
        fs::write(folder.path().join("ca.pem"), web.ca_pem()).expect("the folder takes a file");
        Self { server: Some(web), runtime, folder }
    }

    /// The web itself: its truth, its log, its seeds.
    pub fn get(&self) -> &NewsWeb {
        self.server.as_ref().expect("it is taken when dropped, not before")
    }

    /// The certificate of the authority that all its hosts trust.
    pub fn ca(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// The flags that bring a crawler to this web instead of the real one.
    pub fn flags(&self) -> Vec<String> {
        let mut flags = vec!["--allow-network".to_owned(), "127.0.0.0/8".to_owned()];
        for rule in self.get().connect_to() {
            flags.extend(["--connect-to".to_owned(), rule]);
        }
        flags.extend(["--tls-ca".to_owned(), self.ca().to_string_lossy().into_owned()]);
        flags
    }
}

impl Drop for Web {
    fn drop(&mut self) {
        if let Some(web) = self.server.take() {
            let stopped = self.runtime.block_on(web.stop());
            // A log that could not be written would let a judge see too little.
            assert!(stopped.is_ok() || thread::panicking(), "{:?}", stopped.err());
        }
    }
}
