//! What a server must be, the library in it, and making a frontier.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crawl::Clock;
use redis::{AsyncConnectionConfig, Client, Value, cmd};

use super::client::Caller;
use super::fault;
use super::link::{Link, Peer};
use super::reply;
use super::{Redis, RedisAddress};
use crate::{Error, Result};

/// The oldest server that has functions as we use them.
const VERSION_MIN: (u32, u32) = (7, 0);

/// How many partitions the first one knows of; 0 where there is none.
const COUNT_SCRIPT: &str = "local s = redis.call('GET', KEYS[1]) \
    return s and cmsgpack.unpack(s)[2] or 0";

/// Partitions at most: each holds a share of the outlets.
const PARTITIONS_MAX: usize = crawl::SHARES as usize;

/// What a user may say is well known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tolerance {
    /// Take a server that may drop keys when its memory is full.
    pub may_evict: bool,
    /// Take a server that keeps nothing on disk.
    pub may_forget: bool,
}

/// What `init` found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Making {
    /// There was no frontier.
    Made,
    /// There was one with as many partitions.
    Known,
}

/// What a server says of itself.
pub(super) struct Server {
    version: String,
    is_cluster: bool,
    is_replica: bool,
    policy: String,
    keeps: Keeps,
    maxmemory: u64,
}

/// What a server keeps on disk.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keeps {
    /// A log of all changes.
    Log,
    /// A log that it will not read whole at its next start: the default user, as whom it is read,
    /// has no rights (redis issue 14541: transactions are dropped without a word).
    LogUnread,
    /// A snapshot now and then.
    Snapshots,
    Nothing,
}

impl Redis {
    /// Opens a frontier. Refuses a server that would lose it.
    pub async fn open(
        address: &RedisAddress,
        clock: Arc<dyn Clock>,
        tolerance: Tolerance,
    ) -> Result<Self> {
        let (peer, server) = probe(address).await?;
        server.check(&address.shown(), tolerance)?;
        let link = Link::new(peer);
        let partitions = partitions(&link, address).await?;
        let caller = caller(link, address, partitions, (clock, false));
        Self::ready(caller).await
    }

    /// Makes a frontier of so many partitions, or finds one that has as many.
    pub async fn init(
        address: &RedisAddress,
        clock: Arc<dyn Clock>,
        count: usize,
        tolerance: Tolerance,
    ) -> Result<(Self, Making)> {
        Self::make(address, (clock, false), count, tolerance).await
    }

    /// The same on a clock that is handed in: the partitions go by it instead of by the server's.
    /// For tests.
    #[cfg(any(test, feature = "conformance"))]
    pub async fn init_on(
        address: &RedisAddress,
        clock: Arc<dyn Clock>,
        count: usize,
    ) -> Result<Self> {
        let tolerance = Tolerance { may_evict: true, may_forget: true };
        Ok(Self::make(address, (clock, true), count, tolerance).await?.0)
    }

    async fn make(
        address: &RedisAddress,
        clock: (Arc<dyn Clock>, bool),
        count: usize,
        tolerance: Tolerance,
    ) -> Result<(Self, Making)> {
        let count = count.clamp(1, PARTITIONS_MAX);
        let (peer, server) = probe(address).await?;
        server.check(&address.shown(), tolerance)?;
        let link = Link::new(peer);
        let caller = caller(link, address, count, clock);
        let mut making = Making::Known;
        for at in 0..count {
            load(&caller, at).await?;
            let reply = caller.call(at, "nh1_init", &[]).await?;
            let said = { reply }.text().map_err(|e| caller.unreadable(e))?;
            if said == "M" {
                making = Making::Made;
            }
        }
        Ok((Self::ready(caller).await?, making))
    }

    async fn ready(caller: Caller) -> Result<Self> {
        for at in 0..caller.partitions.len() {
            load(&caller, at).await?;
            caller.call(at, "nh1_time", &[]).await?;
        }
        Ok(Self::with(caller))
    }

    /// Everything accepted so far is on the disk of the server, as far as it can say so: with
    /// `WAITAOF` where there is one (Redis 7.2, Valkey), else when its log is written at once.
    pub(super) async fn wait_for_disk(&self) -> Result<()> {
        for at in self.nodes() {
            let mut wait = cmd("WAITAOF");
            wait.arg(1).arg(0).arg(3_000);
            match self.caller.plain(at, wait).await {
                Ok(Value::Array(written)) if matches!(written.first(), Some(Value::Int(0))) => {
                    tracing::warn!(
                        url = self.caller.url,
                        "accepted, not yet durable: the log of Redis is not on its disk after 3 s"
                    );
                }
                // Servers without it write within a second (`appendfsync everysec`) or at once.
                Ok(_) | Err(Error::Redis { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// A partition of each node; of a single server, the first.
    fn nodes(&self) -> std::ops::Range<usize> {
        if self.caller.is_cluster() { 0..self.caller.partitions.len() } else { 0..1 }
    }

    /// What Redis takes, all crawls and whatever else is in it: of a cluster, its masters together.
    pub(super) async fn memory_bytes(&self) -> Result<u64> {
        let infos = self.nodes().map(|at| {
            let mut info = cmd("INFO");
            info.arg("everything");
            self.caller.plain(at, info)
        });
        let mut by_process: HashMap<String, u64> = HashMap::new();
        for value in futures_util::future::try_join_all(infos).await? {
            let text = reply::text(value).map_err(|e| self.caller.unreadable(e))?;
            let info = fields(&text);
            let used = info.get("used_memory").and_then(|n| n.parse().ok()).unwrap_or(0);
            by_process.insert(info.get("run_id").copied().unwrap_or_default().to_owned(), used);
        }
        Ok(by_process.into_values().sum())
    }
}

fn caller(
    link: Link,
    address: &RedisAddress,
    count: usize,
    clock: (Arc<dyn Clock>, bool),
) -> Caller {
    Caller::new(link, address.shown(), address.crawl().to_owned(), count, clock)
}

async fn load(caller: &Caller, at: usize) -> Result<()> {
    match caller.load_library(at).await {
        Ok(()) => Ok(()),
        Err(fault::Fault::Error(error)) => Err(error),
        Err(fault::Fault::Lost(source)) => {
            Err(Error::Unreachable { url: caller.url.clone(), source })
        }
        Err(_) => Err(caller.unreadable("its functions cannot be loaded".into())),
    }
}

/// How many partitions there are, as partition 0 says.
async fn partitions(link: &Link, address: &RedisAddress) -> Result<usize> {
    // Without the library: a server that is not ours is given nothing.
    let mut ask = cmd("EVAL");
    ask.arg(COUNT_SCRIPT).arg(1).arg("nh:{p0}:state");
    let url = address.shown();
    let value = match link.call(super::link::slot_of("p0"), ask).await {
        Ok(value) => fault::answer(value, &url),
        Err(error) => Err(fault::of(&error, &url)),
    };
    match value {
        Ok(Value::Int(0)) => Err(Error::NotInitialised { url }),
        Ok(value) => {
            let unreadable = |reason| Error::Unreadable {
                url: url.clone(),
                what: "number of partitions",
                reason,
            };
            let n = reply::number(value).map_err(unreadable)?;
            usize::try_from(n).map_err(|e| unreadable(e.to_string()))
        }
        Err(fault::Fault::Error(error)) => Err(error),
        Err(fault::Fault::Lost(source)) => Err(Error::Unreachable { url, source }),
        Err(_) => Err(Error::NotInitialised { url }),
    }
}

/// Asks the nodes what they are, until one is a master or belongs to a cluster.
pub(super) async fn probe(address: &RedisAddress) -> Result<(Peer, Server)> {
    let (mut last, mut replica) = (None, None);
    let clients = address.clients()?;
    for client in &clients {
        match ask(client, &address.shown()).await {
            Ok(server) if server.is_cluster => return Ok((address.cluster()?, server)),
            Ok(server) if server.is_replica => replica = Some(server),
            Ok(server) => return Ok((Peer::Single(clients), server)),
            Err(error @ Error::Denied { .. }) => return Err(error),
            Err(error) => last = Some(error),
        }
    }
    if let Some(server) = replica {
        return Ok((Peer::Single(clients), server));
    }
    Err(last.unwrap_or(Error::Address { reason: "it names no host".into() }))
}

async fn ask(client: &Client, url: &str) -> Result<Server> {
    let failed = |error: redis::RedisError| match fault::of(&error, url) {
        fault::Fault::Error(error) => error,
        _ => Error::Unreachable { url: url.to_owned(), source: error },
    };
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(Duration::from_secs(3)))
        .set_response_timeout(Some(Duration::from_secs(3)));
    let mut conn =
        client.get_multiplexed_async_connection_with_config(&config).await.map_err(failed)?;
    let text: String = cmd("INFO").query_async(&mut conn).await.map_err(failed)?;
    let mut rights = cmd("ACL");
    rights.arg("DRYRUN").arg("default").arg("SET").arg("nh:{p0}:state").arg("");
    // Who may not ask is not told.
    let log_is_read = match rights.query_async::<String>(&mut conn).await {
        Ok(answer) => answer == "OK",
        Err(_) => true,
    };
    let info = fields(&text);
    let get = |key: &str| info.get(key).copied().unwrap_or_default();
    // Whether it saves snapshots is not in INFO, and asking may be denied: then it is taken to.
    let save: std::result::Result<HashMap<String, String>, _> =
        cmd("CONFIG").arg("GET").arg("save").query_async(&mut conn).await;
    let has_rdb = save.map_or(true, |save| save.get("save").is_some_and(|rule| !rule.is_empty()));
    let keeps = match (get("aof_enabled"), has_rdb) {
        ("1", _) => Keeps::Log,
        (_, true) => Keeps::Snapshots,
        (_, false) => Keeps::Nothing,
    };
    let is_valkey = !get("valkey_version").is_empty();
    Ok(Server {
        version: if is_valkey { "7.2".to_owned() } else { get("redis_version").to_owned() },
        is_cluster: get("cluster_enabled") == "1",
        is_replica: get("role") == "slave",
        policy: get("maxmemory_policy").to_owned(),
        keeps: if keeps == Keeps::Log && !log_is_read { Keeps::LogUnread } else { keeps },
        maxmemory: get("maxmemory").parse().unwrap_or(0),
    })
}

fn fields(info: &str) -> HashMap<&str, &str> {
    info.lines().filter_map(|line| line.trim_end().split_once(':')).collect()
}

impl Server {
    fn check(&self, url: &str, tolerance: Tolerance) -> Result<()> {
        let unsuited = |reason: String| Err(Error::Unsuited { url: url.to_owned(), reason });
        let mut numbers = self.version.split('.').map(|n| n.parse::<u32>().unwrap_or(0));
        let version = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
        if version < VERSION_MIN {
            return unsuited(format!(
                "it is Redis {}, and functions need Redis 7.0 or newer, or Valkey",
                self.version
            ));
        }
        if self.is_replica && !self.is_cluster {
            return unsuited(
                "it is a replica, which takes no writes; give the URL of its master".into(),
            );
        }
        let evicts = !matches!(self.policy.as_str(), "" | "noeviction");
        if evicts && !tolerance.may_evict {
            return unsuited(format!(
                "it may drop keys when its memory is full (maxmemory-policy {}{}), and with them \
                 URLs; set maxmemory-policy noeviction, or say --allow-eviction",
                self.policy,
                if self.maxmemory == 0 { ", once a limit is set" } else { "" }
            ));
        }
        if self.keeps == Keeps::LogUnread && !tolerance.may_forget {
            return unsuited(
                "its default user has no rights, and without them Redis 7 loses most of its log \
                 at the next start; switch that user off, but leave it its rights: user default \
                 off resetpass ~* &* +@all"
                    .into(),
            );
        }
        if self.keeps == Keeps::Nothing && !tolerance.may_forget {
            return unsuited(
                "it keeps nothing on disk, and a restart would lose the crawl; set appendonly yes, \
                 or say --allow-no-persistence"
                    .into(),
            );
        }
        if self.keeps == Keeps::Snapshots && !tolerance.may_forget {
            tracing::warn!(
                url,
                "Redis keeps snapshots only: a crash loses what came since the last; appendonly \
                 yes keeps all but a second"
            );
        }
        Ok(())
    }
}
