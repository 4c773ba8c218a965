//! Where the memory of a crawl is: in a data directory, or in the Redis of a fleet.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use crawl::Clock;
use frontier::{Error, Redis, RedisAddress, Sqlite, Tolerance};
use serde::{Deserialize, Serialize};
use worker::SystemClock;

use crate::config;
use crate::data_dir::DataDir;
use crate::exit::usage;
use crate::policy::Policy;
use crate::units;

/// The data directory where none is named.
pub(crate) const DATA: &str = "newshound-data";

/// Holds the password of the frontier. It is no key of the configuration: it is not to lie in files
/// that are copied around.
pub(crate) const PASSWORD_VARIABLE: &str = "NEWSHOUND_REDIS_PASSWORD";

/// Not a doc comment: names of variables would get backticks there.
const FRONTIER_HELP: &str = "The frontier of a fleet: \
    redis://[USER@]HOST[:PORT][,HOST:PORT...][?crawl=NAME], rediss:// for TLS [also \
    NEWSHOUND_FRONTIER]; its password comes from NEWSHOUND_REDIS_PASSWORD or --password-file";

/// Between two tries of a worker to reach its frontier: the first, and the longest.
const PAUSE_FIRST: Duration = Duration::from_secs(1);
const PAUSE_MAX: Duration = Duration::from_secs(15);

/// A password file is no longer than this, in bytes.
const PASSWORD_BYTES_MAX: usize = 4_096;

/// How a Redis is reached. All keys are optional in a config file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    /// The file that holds the password.
    pub(crate) password_file: Option<PathBuf>,
    /// PEM file with the authority that signed the server's certificate.
    pub(crate) ca: Option<PathBuf>,
    /// Take a server that may drop keys when its memory is full.
    pub(crate) allow_eviction: bool,
    /// Take a server that keeps nothing on disk.
    pub(crate) allow_no_persistence: bool,
}

/// The frontier of a fleet, and how it is reached.
#[derive(clap::Args, Clone, Debug, Default)]
pub(crate) struct Shared {
    /// The frontier of a fleet
    #[arg(long, value_name = "URL", help = FRONTIER_HELP)]
    frontier: Option<String>,
    /// The file that holds the password of the frontier
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// PEM file with the authority that signed the certificate of the frontier (rediss://)
    #[arg(long, value_name = "FILE")]
    frontier_ca: Option<PathBuf>,
    /// Take a Redis that may drop keys when its memory is full: URLs may be lost
    #[arg(long)]
    allow_eviction: bool,
    /// Take a Redis that keeps nothing on disk: a restart loses the crawl
    #[arg(long)]
    allow_no_persistence: bool,
}

/// Where the memory of a crawl is.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Place {
    /// The data directory of the crawl [default: newshound-data]
    #[arg(long, value_name = "DIR", conflicts_with = "frontier")]
    data: Option<PathBuf>,
    #[command(flatten)]
    shared: Shared,
}

/// A place that is settled on.
pub(crate) enum Site {
    /// A data directory.
    Data(PathBuf),
    /// A Redis.
    Shared(Box<Server>),
}

/// A Redis, and what is tolerated of it.
pub(crate) struct Server {
    pub(crate) address: RedisAddress,
    pub(crate) tolerance: Tolerance,
}

/// An open frontier of either kind.
pub(crate) enum Opened {
    Data(Sqlite),
    Shared(Box<Redis>),
}

/// Evaluates an expression with the frontier that is open, of whichever type it is.
macro_rules! with_frontier {
    ($opened:expr, $frontier:ident => $body:expr) => {
        match $opened {
            $crate::store::Opened::Data($frontier) => $body,
            $crate::store::Opened::Shared($frontier) => {
                let $frontier = &**$frontier;
                $body
            }
        }
    };
}
pub(crate) use with_frontier;

impl Shared {
    /// The server that flags and configuration name; none where neither does.
    pub(crate) fn server(&self, config: &config::Config) -> Result<Option<Server>> {
        let Some(url) = self.frontier.as_ref().or(config.frontier.as_ref()) else {
            return Ok(None);
        };
        let mut address = RedisAddress::parse(url).map_err(|error| {
            usage(format!("{error}: give --frontier redis://HOST:PORT, or rediss:// for TLS"))
        })?;
        if let Some(password) = self.password(config)? {
            address = address.with_password(&password);
        }
        if let Some(path) = self.frontier_ca.as_ref().or(config.redis.ca.as_ref()) {
            let pem = std::fs::read(path).map_err(|error| {
                usage(format!(
                    "cannot read the authority of the frontier {}: {error}",
                    path.display()
                ))
            })?;
            address = address.with_ca(pem);
        }
        let tolerance = Tolerance {
            may_evict: self.allow_eviction || config.redis.allow_eviction,
            may_forget: self.allow_no_persistence || config.redis.allow_no_persistence,
        };
        Ok(Some(Server { address, tolerance }))
    }

    fn password(&self, config: &config::Config) -> Result<Option<String>> {
        if let Some(path) = &self.password_file {
            return password_in(path).map(Some);
        }
        if let Some(password) = std::env::var(PASSWORD_VARIABLE).ok().filter(|p| !p.is_empty()) {
            return Ok(Some(password));
        }
        config.redis.password_file.as_deref().map(password_in).transpose()
    }
}

/// The first line of a file, without its end.
fn password_in(path: &Path) -> Result<String> {
    let refused = |reason: &dyn std::fmt::Display| {
        usage(format!("cannot read the password file {}: {reason}", path.display()))
    };
    let text = std::fs::read_to_string(path).map_err(|error| refused(&error))?;
    let password = text.lines().next().unwrap_or_default();
    if password.is_empty() || password.len() > PASSWORD_BYTES_MAX {
        return Err(refused(&"its first line should hold the password"));
    }
    Ok(password.to_owned())
}

impl Place {
    /// Settles on one: a data directory that a flag names, a frontier that a flag or the
    /// configuration names, the default data directory.
    pub(crate) fn site(&self, config: &config::Config) -> Result<Site> {
        if let Some(data) = &self.data {
            return Ok(Site::Data(data.clone()));
        }
        Ok(match self.shared.server(config)? {
            Some(server) => Site::Shared(Box::new(server)),
            None => Site::Data(DATA.into()),
        })
    }
}

impl Site {
    /// Opens the frontier that is there, beside whatever works on it.
    pub(crate) async fn open(&self) -> Result<Opened> {
        match self {
            Self::Data(data) => Ok(Opened::Data(DataDir::frontier_beside(data)?)),
            Self::Shared(server) => Ok(Opened::Shared(Box::new(server.open().await?))),
        }
    }

    /// How it is named on the command line.
    pub(crate) fn flag(&self) -> String {
        match self {
            Self::Data(data) => format!("--data {}", data.display()),
            Self::Shared(server) => format!("--frontier {}", server.address.shown()),
        }
    }
}

impl Server {
    /// Opens the frontier that is there, of a crawl that was made in it.
    pub(crate) async fn open(&self) -> Result<Redis> {
        let opened = Redis::open(&self.address, clock(), self.tolerance).await;
        let frontier = opened.map_err(refused)?;
        self.policy(&frontier).await?;
        Ok(frontier)
    }

    /// The same for a worker, which may be started before its Redis, or while that is away: waits
    /// until it answers, at most so long. What waiting does not repair is told at once.
    pub(crate) async fn open_patiently(&self, limit: Option<Duration>) -> Result<Redis> {
        let begun = SystemClock.elapsed();
        let mut pause = PAUSE_FIRST;
        loop {
            let error = match Redis::open(&self.address, clock(), self.tolerance).await {
                Ok(frontier) => return self.policy(&frontier).await.map(|_| frontier),
                Err(error) if !error.is_transient() => return Err(refused(error)),
                Err(error) => error,
            };
            let passed = SystemClock.elapsed().saturating_sub(begun);
            if limit.is_some_and(|limit| passed + pause > limit) {
                return Err(refused(error));
            }
            tracing::warn!("{error}; trying again in {}", units::duration(pause));
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    /// The policy of the crawl.
    pub(crate) async fn policy(&self, frontier: &Redis) -> Result<Policy> {
        Policy::read(frontier).await?.ok_or_else(|| {
            let (crawl, url) = (self.address.crawl(), self.address.shown());
            usage(format!(
                "there is no crawl named {crawl} at {url}; make one with newshound frontier init \
                    --frontier {url}"
            ))
        })
    }
}

/// The clock of this machine.
pub(crate) fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}

/// Why a frontier cannot be opened: what flags or settings can repair is wrong usage.
pub(crate) fn refused(error: Error) -> anyhow::Error {
    match error {
        Error::Address { .. }
        | Error::NotInitialised { .. }
        | Error::Denied { .. }
        | Error::Unsuited { .. }
        | Error::Partitions { .. }
        | Error::Layout { .. } => usage(error),
        // The cause stands in the message already.
        Error::Unreachable { .. } => anyhow::anyhow!(
            "{error}; is the server running, and is the URL right (--frontier, NEWSHOUND_FRONTIER)?"
        ),
        error => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared(url: &str) -> Shared {
        Shared { frontier: Some(url.to_owned()), ..Shared::default() }
    }

    #[test]
    fn flags_go_before_the_configuration_and_a_directory_before_all() {
        let config =
            config::Config { frontier: Some("redis://config".into()), ..config::Config::default() };
        let flag = |place: Place, config| place.site(config).unwrap().flag();
        let place = |data: Option<&str>, shared| Place { data: data.map(Into::into), shared };
        let none = Shared::default;
        assert_eq!(flag(place(None, none()), &config), "--frontier redis://config");
        assert_eq!(flag(place(None, shared("redis://f")), &config), "--frontier redis://f");
        assert_eq!(flag(place(Some("d"), none()), &config), "--data d");
        assert_eq!(flag(place(None, none()), &config::Config::default()), "--data newshound-data");
    }

    #[test]
    fn passwords_and_authorities_are_read_from_files() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("password");
        std::fs::write(&path, "se cret\nmore").unwrap();
        assert_eq!(password_in(&path).unwrap(), "se cret");
        std::fs::write(&path, "\n").unwrap();
        let error = password_in(&path).unwrap_err().to_string();
        assert!(error.contains("password") && error.contains("first line"), "{error}");
        let missing =
            Shared { frontier_ca: Some(dir.path().join("no.pem")), ..shared("redis://h") };
        let error = missing.server(&config::Config::default()).err().unwrap().to_string();
        assert!(error.contains("no.pem"), "{error}");
    }
}
