//! The frontier that a fleet shares: one Redis, or a cluster of them.

use std::future::Future;
use std::time::Duration;

use frontier::testing::{ClusterOptions, Options, RedisCluster, RedisServer, Result, SLOTS};
use tokio::runtime::Runtime;

use super::{CONTACT, PARTITIONS};
use crate::scenario::LIMIT;
use crate::{Web, newshound, process};

/// Where the frontier lives.
enum Servers {
    One(Box<RedisServer>),
    Many(RedisCluster),
}

/// The frontier of a fleet. It has a runtime of its own, as [`Web`] has.
pub(super) struct Shared {
    /// First, so that it ends while its runtime is there.
    servers: Servers,
    runtime: Runtime,
}

impl Shared {
    /// One server, with an append-only file that is written each second.
    pub(super) fn one(options: Options) -> Self {
        let runtime = Runtime::new().expect("threads can be started");
        let server = told(runtime.block_on(RedisServer::start(options)));
        Self { servers: Servers::One(Box::new(server)), runtime }
    }

    /// Three masters with a replica each.
    pub(super) fn cluster() -> Self {
        let runtime = Runtime::new().expect("threads can be started");
        let cluster = told(runtime.block_on(RedisCluster::start(ClusterOptions::default())));
        Self { servers: Servers::Many(cluster), runtime }
    }

    /// What `--frontier` gets.
    pub(super) fn url(&self) -> String {
        match &self.servers {
            Servers::One(server) => server.url().trim_end_matches('/').to_owned(),
            Servers::Many(cluster) => {
                let urls = cluster.urls();
                let nodes = urls
                    .iter()
                    .map(|url| url.trim_start_matches("redis://").trim_end_matches('/').to_owned());
                format!("redis://{}", nodes.collect::<Vec<_>>().join(","))
            }
        }
    }

    /// Makes the frontier, with more rules where there are any, and brings it the seeds of a web.
    ///
    /// # Panics
    /// When it does not take them.
    #[track_caller]
    pub(super) fn prepare(&self, web: &Web, delay: Duration, rules: &[&str]) {
        let mut init = newshound();
        init.args(["frontier", "init", "--frontier", &self.url(), "--contact", CONTACT]);
        init.args(["--partitions", &PARTITIONS.to_string()]);
        init.arg("--delay").arg(format!("{}ms", delay.as_millis())).args(rules);
        process::run(&mut init, LIMIT).expect_code(0);
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let list = folder.path().join("seeds.txt");
        std::fs::write(&list, web.get().seeds().join("\n")).expect("the folder takes a file");
        let mut import = newshound();
        import.args(["seeds", "import"]).arg(&list).args(["--frontier", &self.url()]);
        process::run(&mut import, LIMIT).expect_code(0);
    }

    /// Kills a server as a power cut would and starts it again; in a cluster the master of a slot,
    /// once a replica has taken its place. Says which node it was.
    ///
    /// # Panics
    /// When it does not come back.
    #[track_caller]
    pub(super) fn kill(&mut self, random: u64) -> usize {
        let Self { servers, runtime } = self;
        match servers {
            Servers::One(server) => {
                server.kill9();
                told(runtime.block_on(server.restart()));
                0
            }
            Servers::Many(cluster) => {
                let slot = u16::try_from(random % u64::from(SLOTS)).expect("slots are few");
                told(runtime.block_on(fail_over(cluster, slot)))
            }
        }
    }

    /// The one server, where it is one.
    ///
    /// # Panics
    /// When it is a cluster.
    fn server(&self) -> &RedisServer {
        match &self.servers {
            Servers::One(server) => server,
            Servers::Many(_) => panic!("this scenario is played on one server"),
        }
    }

    /// Asks the one server.
    ///
    /// # Panics
    /// When it refuses, and when it is a cluster.
    #[track_caller]
    pub(super) fn ask<T: redis::FromRedisValue>(&self, words: &[&str]) -> T {
        let mut command = redis::cmd(words[0]);
        command.arg(&words[1..]);
        told(self.block_on(self.server().ask(&command)))
    }

    fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }
}

async fn fail_over(cluster: &mut RedisCluster, slot: u16) -> Result<usize> {
    let master = cluster.master_of(slot).await?;
    cluster.kill9(master);
    cluster.until_master_moves(slot, master).await?;
    cluster.restart(master).await?;
    cluster.until_whole().await?;
    Ok(master)
}

#[track_caller]
fn told<T>(result: Result<T>) -> T {
    result.unwrap_or_else(|error| panic!("{error}"))
}
