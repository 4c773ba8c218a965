//! The way to Redis: one connection, calls that wait at the same time sent as one pipeline.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::cluster::ClusterClient;
use redis::cluster_async::ClusterConnection;
use redis::cluster_routing::{Route, RoutingInfo, SingleNodeRoutingInfo, SlotAddr};
use redis::{
    AsyncConnectionConfig, Client, Cmd, Pipeline, RedisError, RedisResult, ServerErrorKind, Value,
    cmd,
};
use tokio::sync::{mpsc, oneshot};

use super::fault;

/// A connection is made within this time, or the call fails.
const CONNECT_MAX: Duration = Duration::from_secs(3);

/// An answer comes within this time, or the call fails: it may have been carried out all the same.
const ANSWER_MAX: Duration = Duration::from_secs(10);

/// Calls of one pipeline, and calls that may wait for their turn.
const PIPELINE_MAX: usize = 64;
const QUEUE_MAX: usize = 1_024;

/// Whom we talk to.
pub(super) enum Peer {
    /// One server, or several of which one is the master.
    Single(Vec<Client>),
    /// The nodes of a cluster.
    Cluster(Box<ClusterClient>),
}

/// A call on its way.
struct Job {
    cmd: Cmd,
    /// The hash slot of its keys.
    slot: u16,
    answer: oneshot::Sender<RedisResult<Value>>,
}

/// The connection, and the task that owns it. Clones share it.
#[derive(Clone)]
pub(super) struct Link {
    jobs: mpsc::Sender<Job>,
    trips: Arc<AtomicU64>,
    is_cluster: bool,
}

impl Link {
    /// Connects at the first call, and again after a failure.
    pub(super) fn new(peer: Peer) -> Self {
        let (jobs, queue) = mpsc::channel(QUEUE_MAX);
        let trips = Arc::new(AtomicU64::new(0));
        let is_cluster = matches!(peer, Peer::Cluster(_));
        let sender = Sender { peer, conn: None, trips: Arc::clone(&trips) };
        tokio::spawn(sender.run(queue));
        Self { jobs, trips, is_cluster }
    }

    /// Sends a command whose keys lie in this slot.
    pub(super) async fn call(&self, slot: u16, cmd: Cmd) -> RedisResult<Value> {
        let (answer, answered) = oneshot::channel();
        let ended = || RedisError::from(std::io::Error::other("the connection's task has ended"));
        self.jobs.send(Job { cmd, slot, answer }).await.map_err(|_| ended())?;
        answered.await.map_err(|_| ended())?
    }

    /// Whether slots may live on several nodes.
    pub(super) fn is_cluster(&self) -> bool {
        self.is_cluster
    }

    /// Pipelines sent so far.
    pub(super) fn trips(&self) -> u64 {
        self.trips.load(Ordering::Relaxed)
    }
}

#[derive(Clone)]
enum Conn {
    Single(MultiplexedConnection),
    Cluster(ClusterConnection),
}

struct Sender {
    peer: Peer,
    conn: Option<Conn>,
    trips: Arc<AtomicU64>,
}

impl Sender {
    async fn run(mut self, mut queue: mpsc::Receiver<Job>) {
        let mut jobs = Vec::with_capacity(PIPELINE_MAX);
        while queue.recv_many(&mut jobs, PIPELINE_MAX).await > 0 {
            let batches = self.batches(jobs.drain(..));
            for batch in batches {
                self.exchange(batch).await;
            }
        }
    }

    /// In a cluster, a pipeline is for one slot.
    fn batches(&self, jobs: impl Iterator<Item = Job>) -> Vec<Vec<Job>> {
        let is_cluster = matches!(self.peer, Peer::Cluster(_));
        let mut batches: BTreeMap<u16, Vec<Job>> = BTreeMap::new();
        for job in jobs {
            batches.entry(if is_cluster { job.slot } else { 0 }).or_default().push(job);
        }
        batches.into_values().collect()
    }

    async fn exchange(&mut self, batch: Vec<Job>) {
        let answers = match self.connection().await {
            Ok(conn) => self.send(conn, &batch).await,
            Err(error) => batch.iter().map(|_| Err(error.clone())).collect(),
        };
        let is_broken = |answer: &RedisResult<Value>| answer.as_ref().is_err_and(fault::is_broken);
        // Where the master has become a replica, another is looked for.
        let is_replica = |answer: &RedisResult<Value>| {
            let read_only = Some(ServerErrorKind::ReadOnly);
            matches!(answer, Ok(Value::ServerError(e)) if e.kind() == read_only)
        };
        if answers.iter().any(|answer| is_broken(answer) || is_replica(answer)) {
            self.conn = None;
        }
        for (job, answer) in batch.into_iter().zip(answers) {
            // Who asked may have gone meanwhile.
            let _ = job.answer.send(answer);
        }
    }

    async fn send(&self, conn: Conn, batch: &[Job]) -> Vec<RedisResult<Value>> {
        self.trips.fetch_add(1, Ordering::Relaxed);
        match conn {
            Conn::Single(mut conn) => {
                let pipeline = pipeline(batch);
                each(conn.req_packed_commands(&pipeline, 0, batch.len()).await, batch.len())
            }
            Conn::Cluster(mut conn) => send_cluster(&mut conn, batch).await,
        }
    }

    async fn connection(&mut self) -> RedisResult<Conn> {
        if let Some(conn) = &self.conn {
            return Ok(conn.clone());
        }
        let conn = match &self.peer {
            Peer::Single(clients) => Conn::Single(master(clients).await?),
            Peer::Cluster(client) => Conn::Cluster(client.get_async_connection().await?),
        };
        self.conn = Some(conn.clone());
        Ok(conn)
    }
}

/// Connects to the first that is a master; to the only one whatever it is.
async fn master(clients: &[Client]) -> RedisResult<MultiplexedConnection> {
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(CONNECT_MAX))
        .set_response_timeout(Some(ANSWER_MAX));
    let mut last = std::io::Error::other("none of the servers is a master").into();
    for client in clients {
        let mut conn = match client.get_multiplexed_async_connection_with_config(&config).await {
            Ok(conn) if clients.len() == 1 => return Ok(conn),
            Ok(conn) => conn,
            Err(error) => {
                last = error;
                continue;
            }
        };
        let role: RedisResult<Vec<Value>> = cmd("ROLE").query_async(&mut conn).await;
        match role {
            Ok(role) if is_text(role.first(), b"master") => return Ok(conn),
            Ok(_) => {}
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn is_text(value: Option<&Value>, text: &[u8]) -> bool {
    matches!(value, Some(Value::BulkString(bytes)) if bytes == text)
}

/// A pipeline goes to the node that serves the slot; what that turns away goes again alone, along
/// the redirection.
async fn send_cluster(conn: &mut ClusterConnection, batch: &[Job]) -> Vec<RedisResult<Value>> {
    let slot = batch.first().map_or(0, |job| job.slot);
    let route = SingleNodeRoutingInfo::SpecificNode(Route::new(slot, SlotAddr::Master));
    let mut answers = if let [job] = batch {
        let routing = RoutingInfo::SingleNode(route);
        vec![conn.route_command(job.cmd.clone(), routing).await]
    } else {
        let sent = conn.route_pipeline(pipeline(batch), 0, batch.len(), route).await;
        each(sent, batch.len())
    };
    for (job, answer) in batch.iter().zip(&mut answers) {
        let is_redirected = |value: &Value| {
            use ServerErrorKind::{Ask, Moved, TryAgain};
            matches!(value, Value::ServerError(e)
                if matches!(e.kind(), Some(Moved | Ask | TryAgain)))
        };
        if answer.as_ref().is_ok_and(is_redirected) {
            *answer = conn.req_packed_command(&job.cmd).await;
        }
    }
    answers
}

fn pipeline(batch: &[Job]) -> Pipeline {
    let mut pipeline = Pipeline::with_capacity(batch.len());
    for job in batch {
        pipeline.add_command(job.cmd.clone());
    }
    pipeline
}

/// The answers of a pipeline, or its failure as the answer of each.
fn each(sent: RedisResult<Vec<Value>>, count: usize) -> Vec<RedisResult<Value>> {
    match sent {
        Ok(values) => values.into_iter().map(Ok).collect(),
        Err(error) => std::iter::repeat_with(|| Err(error.clone())).take(count).collect(),
    }
}

/// The hash slot of a key with a hash tag (Redis Cluster specification: CRC16/XMODEM of the tag,
/// modulo 16384).
pub(super) fn slot_of(tag: &str) -> u16 {
    let crc = tag.bytes().fold(0_u16, |crc, byte| {
        (0..8).fold(crc ^ (u16::from(byte) << 8), |crc, _| {
            if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 }
        })
    });
    crc % 16_384
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_those_of_the_specification() {
        // The check value of the specification, and a tag whose slot is well known.
        assert_eq!(slot_of("123456789"), 0x31C3);
        assert_eq!(slot_of("foo"), 12_182);
    }
}
