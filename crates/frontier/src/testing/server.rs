//! One server.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, FromRedisValue, TlsCertificates};
use tempfile::TempDir;

use super::error::{Error, Result, io, redis as refused};
use super::options::Options;
use super::port::Port;
use super::process::Process;
use super::wait::{Look, Wait};

/// How long a server may take to answer a test's own question: `FUNCTION LOAD` under a full load.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);
/// How long it may take to answer whether it is there: one that is stopped never does.
const PROBE_LIMIT: Duration = Duration::from_secs(1);
/// Characters of the log that are shown of a server that ended.
const LOG_SHOWN: usize = 2_000;

/// A server on loopback, with a folder and a port of its own that it keeps while it is down.
/// Dropped, it is killed and its folder removed.
#[derive(Debug)]
pub struct RedisServer {
    /// First, so that it ends before its folder goes.
    process: Option<Process>,
    options: Options,
    folder: TempDir,
    port: Port,
}

impl RedisServer {
    /// Starts one, and returns when it answers; a replica, when it is linked to its master too.
    pub async fn start(options: Options) -> Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("newshound-redis-")
            .tempdir()
            .map_err(io("make the folder of a server"))?;
        let port = Port::take()?;
        if let Some(authority) = &options.tls {
            authority.write(folder.path())?;
        }
        let mut server = Self { process: None, options, folder, port };
        server.restart().await?;
        Ok(server)
    }

    /// Starts it again with what its folder holds; one that runs is asked to end first.
    /// Returns as [`start`](Self::start) does.
    pub async fn restart(&mut self) -> Result<()> {
        self.shutdown().await?;
        let conf = self.options.conf(self.folder(), self.port());
        fs::write(self.folder().join("redis.conf"), conf).map_err(io("write redis.conf"))?;
        let mut command = Command::new(self.options.program.find()?);
        // Its folder as its own, so that its configuration may name files by their names alone.
        command.arg("redis.conf").current_dir(self.folder.path());
        self.process = Some(Process::start(&mut command, &self.folder.path().join("output"))?);
        let wait = Wait::new("a started server answers");
        while let Err(seen) = self.answers().await? {
            wait.again(seen).await?;
        }
        if self.options.master.is_some() {
            self.until_linked().await?;
        }
        Ok(())
    }

    /// Asks it to end, and returns when it has; nothing to do when it is down.
    pub async fn shutdown(&mut self) -> Result<()> {
        let Some(mut process) = self.process.take() else { return Ok(()) };
        // One that is stopped hears nothing.
        process.cont();
        let wait = Wait::new("a server that is asked to end ends");
        while process.ended().is_none() {
            // Again each time: a new replica refuses until it has written its first file.
            process.terminate();
            wait.again("it runs").await?;
        }
        Ok(())
    }

    /// Kills it as a power cut would (but for the page cache, which a process does not take along),
    /// and returns when it is gone.
    pub fn kill9(&mut self) {
        self.process = None;
    }

    /// Stops it (SIGSTOP), and returns when it stands still; nothing to do when it is down.
    pub fn stop(&self) {
        if let Some(process) = &self.process {
            process.stop();
        }
    }

    /// Lets it go on (SIGCONT).
    pub fn cont(&self) {
        if let Some(process) = &self.process {
            process.cont();
        }
    }

    /// Whether it was started and not ended by us; one that is stopped runs.
    pub fn is_running(&self) -> bool {
        self.process.is_some()
    }

    /// Whether it runs and is not stopped.
    pub(super) fn is_awake(&self) -> bool {
        self.process.as_ref().is_some_and(|process| !process.is_stopped())
    }

    /// Its process id; `None` when it is down.
    pub fn pid(&self) -> Option<u32> {
        self.process.as_ref().map(Process::id)
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port.number()
    }

    /// Where it is, with user and password: `redis://…` or `rediss://…`.
    pub fn url(&self) -> String {
        self.options.url(self.port())
    }

    /// How it runs.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Its folder: `redis.conf`, `log`, `appendonlydir/`, with TLS `ca.pem`.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What it has logged since it was first started, then what it said without its log.
    pub fn log(&self) -> String {
        ["log", "output"]
            .map(|name| fs::read(self.folder.path().join(name)).unwrap_or_default())
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .concat()
    }

    /// A client that knows the credentials and trusts the authority.
    pub fn client(&self) -> Result<Client> {
        let client = match self.certificates() {
            Some(certificates) => Client::build_with_tls(self.url(), certificates),
            None => Client::open(self.url()),
        };
        client.map_err(refused("make a client"))
    }

    /// A new connection, whose answers may take ten seconds.
    pub async fn connect(&self) -> Result<MultiplexedConnection> {
        self.connect_within(ANSWER_LIMIT).await
    }

    /// Asks one thing over a new connection.
    pub async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Result<T> {
        self.ask_within(command, ANSWER_LIMIT).await
    }

    /// Makes a master of a replica (`REPLICAOF NO ONE`), with what it has; it stays one.
    pub async fn promote(&mut self) -> Result<()> {
        () = self.ask(redis::cmd("REPLICAOF").arg("NO").arg("ONE")).await?;
        self.options.master = None;
        Ok(())
    }

    /// Makes it a replica of `master`, which must have the same credentials; what it has is lost.
    /// Returns when it is linked.
    pub async fn follow(&mut self, master: &Self) -> Result<()> {
        let port = master.port();
        () = self.ask(redis::cmd("REPLICAOF").arg("127.0.0.1").arg(port)).await?;
        self.options.master = Some(port);
        self.until_linked().await
    }

    /// Returns when this replica has a copy of its master's data and follows it.
    pub async fn until_linked(&self) -> Result<()> {
        let wait = Wait::new("a replica is linked to its master");
        while let Err(seen) = self.linked().await {
            wait.again(seen).await?;
        }
        Ok(())
    }

    /// A line of a section of `INFO`, if there is one of this name.
    pub async fn info(&self, section: &str, name: &str) -> Result<Option<String>> {
        let command = redis::cmd("INFO").arg(section).to_owned();
        let text: String = self.ask_within(&command, PROBE_LIMIT).await?;
        let mut lines = text.lines().filter_map(|line| line.split_once(':'));
        Ok(lines.find(|(found, _)| *found == name).map(|(_, value)| value.to_owned()))
    }

    /// What a client of a server with TLS trusts.
    pub(super) fn certificates(&self) -> Option<TlsCertificates> {
        let pem = self.options.tls.as_ref()?.pem();
        Some(TlsCertificates { client_tls: None, root_cert: Some(pem.into_bytes()) })
    }

    /// As [`ask`](Self::ask), of a server that may be stopped.
    pub(super) async fn probe<T: FromRedisValue>(&self, command: &Cmd) -> Result<T> {
        self.ask_within(command, PROBE_LIMIT).await
    }

    async fn ask_within<T: FromRedisValue>(&self, command: &Cmd, limit: Duration) -> Result<T> {
        let mut connection = self.connect_within(limit).await?;
        let asked = command.query_async(&mut connection).await;
        asked.map_err(|source| Error::Redis { doing: shown(command), source })
    }

    async fn connect_within(&self, limit: Duration) -> Result<MultiplexedConnection> {
        if self.process.is_none() {
            return Err(Error::NotRunning { port: self.port() });
        }
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(limit))
            .set_response_timeout(Some(limit));
        let connected = self.client()?.get_multiplexed_async_connection_with_config(&config).await;
        connected.map_err(refused(format!("connect to port {}", self.port())))
    }

    /// Whether it answers; an error when it has ended. While it reads its file it refuses.
    async fn answers(&mut self) -> Result<Look<()>> {
        if self.process.as_mut().is_some_and(|process| process.ended().is_some()) {
            self.process = None;
            let log = self.log();
            let from = log.char_indices().rev().nth(LOG_SHOWN).map_or(0, |(at, _)| at);
            let program = self.options.program.name();
            return Err(Error::Ended { program, log: log[from..].to_owned() });
        }
        let pong = self.probe::<String>(&redis::cmd("PING")).await;
        Ok(pong.map(drop).map_err(|error| error.to_string()))
    }

    /// Whether this replica follows its master.
    pub(super) async fn linked(&self) -> Look<()> {
        match self.info("replication", "master_link_status").await {
            Ok(Some(status)) if status == "up" => Ok(()),
            Ok(status) => Err(format!("master_link_status is {status:?}")),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// The name of a command, for messages; its arguments may be secret.
fn shown(command: &Cmd) -> String {
    let name = command.args_iter().next();
    match name {
        Some(redis::Arg::Simple(name)) => String::from_utf8_lossy(name).into_owned(),
        _ => "ask".to_owned(),
    }
}
