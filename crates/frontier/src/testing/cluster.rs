//! Masters and replicas that share the slots.

use redis::FromRedisValue;
use redis::cluster::{ClusterClient, ClusterClientBuilder};

use super::error::{Error, Result, redis as refused};
use super::options::ClusterOptions;
use super::port::Port;
use super::server::RedisServer;
use super::view::View;
use super::wait::{Look, Wait};

/// The slots of every cluster (Redis Cluster Specification, "Key distribution model").
pub const SLOTS: u16 = 16_384;

/// How a replica takes its master's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failover {
    /// The master hands over, and nothing is lost.
    Agreed,
    /// Without the master, which may be down; the other masters agree (`FORCE`).
    Forced,
    /// Without anybody (`TAKEOVER`).
    Takeover,
}

/// A cluster on loopback. Its nodes have numbers: first the masters of the beginning, then their
/// replicas in the same order. Dropped, all nodes are killed.
#[derive(Debug)]
pub struct RedisCluster {
    nodes: Vec<RedisServer>,
    masters: usize,
    /// Of the buses over which the nodes talk; kept as long as the nodes.
    bus_ports: Vec<Port>,
}

impl RedisCluster {
    /// Starts one, and returns when every node finds it whole and every replica is linked.
    pub async fn start(options: ClusterOptions) -> Result<Self> {
        let mut nodes = Vec::new();
        let mut bus_ports = Vec::new();
        for _ in 0..options.masters * (1 + options.replicas) {
            let bus = Port::take()?;
            nodes.push(RedisServer::start(options.node_on(bus.number())).await?);
            bus_ports.push(bus);
        }
        let masters = usize::from(options.masters);
        let cluster = Self { nodes, masters, bus_ports };
        cluster.share_out().await?;
        cluster.introduce().await?;
        cluster.assign_replicas().await?;
        cluster.until_whole().await?;
        Ok(cluster)
    }

    /// Where the nodes are, with user and password, in the order of their numbers.
    pub fn urls(&self) -> Vec<String> {
        self.nodes.iter().map(RedisServer::url).collect()
    }

    /// A client that knows all nodes and the credentials, and trusts the authority.
    pub fn client(&self) -> Result<ClusterClient> {
        let mut builder = ClusterClientBuilder::new(self.urls());
        if let Some(certificates) = self.nodes.first().and_then(RedisServer::certificates) {
            builder = builder.certs(certificates);
        }
        builder.build().map_err(refused("make a client of the cluster"))
    }

    /// How many nodes there are, down or not.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there are no nodes at all: never.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// A node by its number.
    ///
    /// # Panics
    /// When there is none of this number, as all methods that take one.
    pub fn node(&self, number: usize) -> &RedisServer {
        &self.nodes[number]
    }

    /// A node by its number, to be killed or started again.
    pub fn node_mut(&mut self, number: usize) -> &mut RedisServer {
        &mut self.nodes[number]
    }

    /// Kills a node, and returns when it is gone. Those who are left notice after the timeout.
    pub fn kill9(&mut self, number: usize) {
        self.nodes[number].kill9();
    }

    /// Starts a node again; the cluster decides what it becomes.
    pub async fn restart(&mut self, number: usize) -> Result<()> {
        self.nodes[number].restart().await
    }

    /// The node that serves a slot, by its own account; of several the one with the newest epoch.
    pub async fn master_of(&self, slot: u16) -> Result<usize> {
        let wait = Wait::new("a slot has a master");
        loop {
            match self.serving(slot).await {
                Some(number) => return Ok(number),
                None => wait.again(format!("nobody serves slot {slot}")).await?,
            }
        }
    }

    /// Returns the node that serves a slot as soon as it is another than `before`, and all nodes
    /// that run find the cluster whole.
    pub async fn until_master_moves(&self, slot: u16, before: usize) -> Result<usize> {
        let wait = Wait::new("a slot gets another master");
        loop {
            match self.serving(slot).await {
                Some(number) if number != before => {
                    self.until_ok().await?;
                    return Ok(number);
                }
                seen => wait.again(format!("slot {slot} is served by {seen:?}")).await?,
            }
        }
    }

    /// The nodes that follow a master, by their own account.
    pub async fn replicas_of(&self, master: usize) -> Result<Vec<usize>> {
        let id: String = self.cluster(master, &["MYID"]).await?;
        let views = self.views().await;
        let follow = |view: &View| view.me().is_some_and(|me| me.master.as_deref() == Some(&id));
        Ok(views.iter().filter(|(_, view)| follow(view)).map(|(number, _)| *number).collect())
    }

    /// Makes a master of a replica, and returns when it serves its master's slots and all nodes
    /// that run find the cluster whole.
    pub async fn failover(&self, replica: usize, how: Failover) -> Result<()> {
        let words: &[&str] = match how {
            Failover::Agreed => &["FAILOVER"],
            Failover::Forced => &["FAILOVER", "FORCE"],
            Failover::Takeover => &["FAILOVER", "TAKEOVER"],
        };
        () = self.cluster(replica, words).await?;
        let wait = Wait::new("a replica takes its master's place");
        while let Err(seen) = self.serves(replica).await {
            wait.again(seen).await?;
        }
        self.until_ok().await
    }

    /// Returns when all nodes that run find the cluster whole and agree on who serves which slots.
    /// One that is stopped is not asked.
    pub async fn until_ok(&self) -> Result<()> {
        let wait = Wait::new("all running nodes find the cluster whole");
        while let Err(seen) = self.agreed().await {
            wait.again(seen).await?;
        }
        Ok(())
    }

    /// Returns when, on top, every node runs and every replica is linked to its master.
    pub async fn until_whole(&self) -> Result<()> {
        let wait = Wait::new("every node is a master or a linked replica");
        while let Err(seen) = self.linked().await {
            wait.again(seen).await?;
        }
        self.until_ok().await
    }

    /// Gives the masters equal parts of the slots and epochs of their own, before they meet.
    async fn share_out(&self) -> Result<()> {
        let masters = self.masters.max(1);
        let bound = |number: usize| number * usize::from(SLOTS) / masters;
        for number in 0..self.masters {
            let (first, last) = (bound(number), bound(number + 1) - 1);
            let range = [first.to_string(), last.to_string()];
            () = self.cluster(number, &["ADDSLOTSRANGE", &range[0], &range[1]]).await?;
            let epoch = (number + 1).to_string();
            () = self.cluster(number, &["SET-CONFIG-EPOCH", &epoch]).await?;
        }
        Ok(())
    }

    /// Introduces all nodes to the first one; they tell one another.
    async fn introduce(&self) -> Result<()> {
        for (node, bus) in self.nodes.iter().zip(&self.bus_ports).skip(1) {
            let (port, bus) = (node.port().to_string(), bus.number().to_string());
            () = self.cluster(0, &["MEET", "127.0.0.1", &port, &bus]).await?;
        }
        let wait = Wait::new("all nodes know one another");
        while let Err(seen) = self.acquainted().await {
            wait.again(seen).await?;
        }
        Ok(())
    }

    async fn assign_replicas(&self) -> Result<()> {
        let mut ids: Vec<String> = Vec::new();
        for number in 0..self.masters {
            ids.push(self.cluster(number, &["MYID"]).await?);
        }
        for (number, id) in (self.masters..self.nodes.len()).zip(ids.iter().cycle()) {
            () = self.cluster(number, &["REPLICATE", id]).await?;
        }
        Ok(())
    }

    /// The nodes that could answer.
    fn awake(&self) -> impl Iterator<Item = usize> {
        (0..self.nodes.len()).filter(|number| self.nodes[*number].is_awake())
    }

    /// What the nodes that run and answer know of the cluster.
    async fn views(&self) -> Vec<(usize, View)> {
        let mut views = Vec::new();
        for number in self.awake() {
            if let Ok(text) = self.cluster::<String>(number, &["NODES"]).await {
                views.push((number, View::parse(&text)));
            }
        }
        views
    }

    /// The node that says of itself that it serves a slot.
    async fn serving(&self, slot: u16) -> Option<usize> {
        let views = self.views().await;
        let claims = views.iter().filter_map(|(number, view)| {
            let me = view.me()?;
            me.serves(slot).then_some((me.epoch, *number))
        });
        claims.max().map(|(_, number)| number)
    }

    async fn serves(&self, number: usize) -> Look<()> {
        let text: String = self.cluster(number, &["NODES"]).await.map_err(|e| e.to_string())?;
        match View::parse(&text).me() {
            Some(me) if me.master.is_none() && !me.slots.is_empty() => Ok(()),
            _ => Err(text),
        }
    }

    /// Whether every node knows all others, and none is still shaking hands.
    async fn acquainted(&self) -> Look<()> {
        let views = self.views().await;
        let know = |(_, view): &(usize, View)| view.settled() == self.nodes.len();
        if views.len() == self.nodes.len() && views.iter().all(know) {
            return Ok(());
        }
        Err(format!("{views:?}"))
    }

    /// Whether all nodes that run say `ok` and name the same masters for the same slots.
    async fn agreed(&self) -> Look<()> {
        for number in self.awake() {
            let info = self.cluster::<String>(number, &["INFO"]).await;
            let info = info.map_err(|error| error.to_string())?;
            if !info.contains("cluster_state:ok") {
                return Err(format!("node {number}: {info}"));
            }
        }
        let views = self.views().await;
        let mut maps = views.iter().map(|(_, view)| view.map());
        let first = maps.next().unwrap_or_default();
        if maps.all(|map| map == first) { Ok(()) } else { Err(format!("{views:?}")) }
    }

    /// Whether every node is a master with slots, or a replica linked to one, and all others know.
    async fn linked(&self) -> Look<()> {
        let views = self.views().await;
        let mut replicas = 0;
        for (number, view) in &views {
            if view.me().is_some_and(|me| me.master.is_some()) {
                self.nodes[*number].linked().await?;
                replicas += 1;
            }
        }
        let expected = self.nodes.len() - self.masters;
        let known = views.iter().all(|(_, view)| view.replicas() == expected);
        let all = views.len() == self.nodes.len() && replicas == expected && known;
        if all { Ok(()) } else { Err(format!("{views:?}")) }
    }

    async fn cluster<T: FromRedisValue>(&self, number: usize, words: &[&str]) -> Result<T> {
        let mut command = redis::cmd("CLUSTER");
        command.arg(words);
        let answer = self.nodes[number].probe(&command).await;
        answer.map_err(|error| match error {
            Error::Redis { source, .. } => {
                let doing = format!("CLUSTER {} at node {number}", words.join(" "));
                Error::Redis { doing, source }
            }
            other => other,
        })
    }
}
