//! How a server, or a cluster of them, is to run.

use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use super::program::Program;
use super::server::RedisServer;
use super::tls::{self, Authority};

/// When the append-only file reaches the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fsync {
    /// Each second: `appendfsync everysec`, what most run.
    #[default]
    EverySecond,
    /// Before each reply: `appendfsync always`.
    Always,
}

/// A user of the access control list, who may do everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The name.
    pub name: String,
    /// The password.
    pub password: String,
}

/// How a server is to run. The default is what we ask of operators: an append-only file, no
/// snapshots, no eviction, lists compressed but for their ends; no password, no TLS.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Which server.
    pub program: Program,
    /// When writes reach the disk.
    pub fsync: Fsync,
    /// The memory that data may take; without a bound when `None`.
    pub maxmemory_bytes: Option<u64>,
    /// The password of the default user.
    pub password: Option<String>,
    /// The only user who may come in: the default one is switched off.
    pub user: Option<User>,
    /// TLS only, with a certificate of this authority. Redis alone.
    pub tls: Option<Authority>,
    /// More lines of `redis.conf`, name and value; they win over all others.
    pub settings: Vec<(String, String)>,
    /// The port on loopback of the master that is followed.
    pub(super) master: Option<u16>,
}

impl Options {
    /// A replica of `master`, with the same program, credentials and authority.
    pub fn replica_of(master: &RedisServer) -> Self {
        Self { master: Some(master.port()), ..master.options().clone() }
    }

    /// Adds a line of `redis.conf`.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Who we are to the server: name (the default user's is empty) and password.
    pub(super) fn credentials(&self) -> Option<(&str, &str)> {
        let user = self.user.as_ref().map(|user| (user.name.as_str(), user.password.as_str()));
        user.or(self.password.as_deref().map(|password| ("", password)))
    }

    /// `rediss` with TLS, else `redis`; credentials; loopback.
    pub(super) fn url(&self, port: u16) -> String {
        let scheme = if self.tls.is_some() { "rediss" } else { "redis" };
        let who = self.credentials().map_or_else(String::new, |(name, password)| {
            format!("{}:{}@", escaped(name), escaped(password))
        });
        format!("{scheme}://{who}127.0.0.1:{port}/")
    }

    /// The text of `redis.conf`.
    pub(super) fn conf(&self, folder: &Path, port: u16) -> String {
        let mut conf = Conf::default();
        conf.line("bind", "127.0.0.1");
        conf.line("dir", &quoted(&folder.to_string_lossy()));
        conf.line("logfile", "log");
        conf.line("save", "\"\"");
        conf.line("appendonly", "yes");
        conf.line("appendfsync", self.fsync.word());
        conf.line("maxmemory-policy", "noeviction");
        conf.line("list-compress-depth", "1");
        // Replicas are sent their copy at once: in tests nobody else comes to share it.
        conf.line("repl-diskless-sync-delay", "0");
        // A test that ends a master does not care for replicas that lag.
        conf.line("shutdown-timeout", "0");
        if let Some(bytes) = self.maxmemory_bytes {
            conf.line("maxmemory", &bytes.to_string());
        }
        self.reach(&mut conf, port);
        self.trust(&mut conf);
        for (name, value) in &self.settings {
            conf.line(name, value);
        }
        conf.0
    }

    fn reach(&self, conf: &mut Conf, port: u16) {
        let port = port.to_string();
        if self.tls.is_none() {
            conf.line("port", &port);
            return;
        }
        conf.line("port", "0");
        conf.line("tls-port", &port);
        conf.line("tls-ca-cert-file", tls::CA_FILE);
        conf.line("tls-cert-file", tls::CERTIFICATE_FILE);
        conf.line("tls-key-file", tls::KEY_FILE);
        conf.line("tls-auth-clients", "no");
        conf.line("tls-replication", "yes");
        conf.line("tls-cluster", "yes");
    }

    fn trust(&self, conf: &mut Conf) {
        if let Some(password) = &self.password {
            conf.line("requirepass", &quoted(password));
        }
        if let Some(user) = &self.user {
            conf.line(
                "user",
                &format!("{} on {} ~* &* +@all", user.name, quoted(&format!(">{}", user.password))),
            );
            // As whom Redis reads its log: without rights it would lose most of it.
            conf.line("user", "default off resetpass ~* &* +@all");
        }
        // Also where it is no replica: it may become one, of a server like itself.
        if let Some((name, password)) = self.credentials() {
            conf.line("masterauth", &quoted(password));
            if !name.is_empty() {
                conf.line("masteruser", &quoted(name));
            }
        }
        if let Some(master) = self.master {
            conf.line("replicaof", &format!("127.0.0.1 {master}"));
        }
    }
}

/// How a cluster is to run.
#[derive(Debug, Clone)]
pub struct ClusterOptions {
    /// Masters, among whom the slots are shared out evenly; three are the fewest that can agree on
    /// a failover.
    pub masters: u16,
    /// Replicas of each master.
    pub replicas: u16,
    /// After what silence a node is taken for lost.
    pub node_timeout: Duration,
    /// How each node runs: its program, credentials, authority and settings.
    pub node: Options,
}

impl Default for ClusterOptions {
    /// Three masters with a replica each, that are missed after two seconds.
    fn default() -> Self {
        let node_timeout = Duration::from_secs(2);
        Self { masters: 3, replicas: 1, node_timeout, node: Options::default() }
    }
}

impl ClusterOptions {
    /// How a node with this bus port runs. Settings of the caller stay last.
    pub(super) fn node_on(&self, bus_port: u16) -> Options {
        let own = [
            ("cluster-enabled", "yes".to_owned()),
            ("cluster-port", bus_port.to_string()),
            ("cluster-node-timeout", self.node_timeout.as_millis().to_string()),
            // However long a replica was apart from its master, it may take its place.
            ("cluster-replica-validity-factor", "0".to_owned()),
        ];
        let mut node = self.node.clone();
        node.settings.splice(0..0, own.map(|(name, value)| (name.to_owned(), value)));
        node
    }
}

impl Fsync {
    fn word(self) -> &'static str {
        match self {
            Self::EverySecond => "everysec",
            Self::Always => "always",
        }
    }
}

#[derive(Default)]
struct Conf(String);

impl Conf {
    fn line(&mut self, name: &str, value: &str) {
        self.0.push_str(name);
        self.0.push(' ');
        self.0.push_str(value);
        self.0.push('\n');
    }
}

/// A value of `redis.conf` with whatever characters.
fn quoted(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A part of a URL with whatever characters.
fn escaped(part: &str) -> String {
    let mut url = String::new();
    for byte in part.bytes() {
        if byte.is_ascii_alphanumeric() {
            url.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            write!(url, "%{byte:02X}").ok();
        }
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_carries_the_credentials() {
        let mut options = Options::default();
        assert_eq!(options.url(21_000), "redis://127.0.0.1:21000/");
        options.password = Some("a b@c".to_owned());
        assert_eq!(options.url(21_000), "redis://:a%20b%40c@127.0.0.1:21000/");
        options.user = Some(User { name: "news".to_owned(), password: "pw".to_owned() });
        options.tls = Some(Authority::new().unwrap());
        assert_eq!(options.url(21_000), "rediss://news:pw@127.0.0.1:21000/");
    }

    #[test]
    fn own_settings_come_last() {
        let options = Options::default().with("appendonly", "no");
        let conf = options.conf(Path::new("folder"), 21_000);
        assert!(conf.ends_with("appendonly no\n"), "{conf}");
        assert!(conf.contains("bind 127.0.0.1\n"), "{conf}");
    }
}
