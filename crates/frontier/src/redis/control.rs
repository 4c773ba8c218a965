//! What operators command and see, and what workers tell each other.

use std::collections::BTreeMap;
use std::time::Duration;

use crawl::{Directive, Entry, HostKey, Order, UnixMicros};
use serde::{Deserialize, Serialize};

use super::client::Arg;
use super::reply::Reply;
use super::{Redis, leases, robots, urls};
use crate::{
    AddressAsk, Beat, Beaten, Control, Cursor, Dumped, Given, HostRow, LeaseToken, Record, Result,
    WORKER_FORGOTTEN_AFTER, WorkerRow,
};

/// A directive but for its times.
#[derive(Serialize, Deserialize)]
pub(super) struct Word {
    pub(super) about: String,
    pub(super) order: Order,
    pub(super) by: String,
    pub(super) why: String,
}

/// Reads `ENDS SINCE FOR_GOOD JSON`.
pub(super) fn directive(text: &str) -> std::result::Result<Directive, String> {
    let mut parts = text.splitn(4, ' ');
    let mut next = || parts.next().ok_or_else(|| format!("{text:?} is too short"));
    let mut time = || -> std::result::Result<i64, String> {
        let text = next()?;
        text.parse().map_err(|_| format!("{text:?} is no time"))
    };
    let (ends, since, for_good) = (time()?, time()?, time()?);
    let Word { about, order, by, why } =
        serde_json::from_str(next()?).map_err(|e| e.to_string())?;
    let until = (for_good == 0).then_some(UnixMicros(ends));
    Ok(Directive { about, order, by, why, since: UnixMicros(since), until })
}

impl Redis {
    /// Where a name lives, and whether it is one: an address has no labels.
    pub(super) fn home(&self, about: &str) -> (usize, bool) {
        match HostKey::parse(about) {
            Ok(host) => (self.caller.of_host(&host), !urls::is_address(&host)),
            Err(_) => (self.caller.of_name(about), true),
        }
    }

    /// Where a name lives, and the hosts that it is about.
    async fn about(&self, about: &str) -> Result<(usize, Vec<HostKey>)> {
        let Ok(host) = HostKey::parse(about) else {
            return Ok((self.caller.of_name(about), Vec::new()));
        };
        let outlet = host.outlet();
        let at = self.caller.of_outlet(&outlet);
        if outlet.as_str() == about {
            return Ok((at, self.hosts_of(at, about).await?));
        }
        Ok((at, vec![host]))
    }

    fn names<'a>(hosts: &[HostKey]) -> Vec<Arg<'a>> {
        let count = std::iter::once(Arg::from(hosts.len()));
        count.chain(hosts.iter().map(|host| Arg::from(host.as_str().to_owned()))).collect()
    }

    /// All hosts that this crawl has heard of, by name.
    async fn host_names(&self) -> Result<Vec<HostKey>> {
        const PAGE: usize = 5_000;
        let mut hosts = Vec::new();
        for at in self.everywhere() {
            let mut after = String::new();
            loop {
                let args = [Arg::from(after.as_str()), Arg::from(PAGE)];
                let mut reply = self.caller.call(at, "nh1_hosts", &args).await?;
                let names = reply.texts().map_err(|e| self.caller.unreadable(e))?;
                let Some(last) = names.last().cloned() else { break };
                for name in &names {
                    hosts.push(self.unreversed(name)?);
                }
                after = last;
            }
        }
        hosts.sort();
        Ok(hosts)
    }

    async fn row(&self, host: &HostKey) -> Result<Option<HostRow>> {
        let outlet = host.outlet();
        let args = [Arg::from(host.as_str()), Arg::from(outlet.as_str())];
        let mut reply = self.caller.call(self.caller.of_outlet(&outlet), "nh1_host", &args).await?;
        let Ok(fence) = reply.number() else { return Ok(None) };
        let mut read = || -> std::result::Result<HostRow, String> {
            let now = reply.now();
            let worker = reply.text()?;
            let deadline = reply.time()?;
            let leased = (deadline > now).then(|| (worker, deadline.since(now)));
            let free_in = reply.time()?.since(now);
            let delay = reply.duration()?;
            let state = leases::state(&reply.text()?)?;
            let mut count = || reply.number().map(i64::unsigned_abs);
            let pending_by_band = [count()?, count()?, count()?];
            let (in_flight, due) = (count()?, count()?);
            let next_due = reply.time()?;
            let robots = robots::read_all(reply.pairs()?, now)?;
            let texts = reply.texts()?;
            let directives = texts.iter().map(|text| directive(text));
            Ok(HostRow {
                host: host.clone(),
                fence: fence.unsigned_abs(),
                leased,
                free_in,
                delay,
                state,
                pending_by_band,
                in_flight,
                due,
                next_due_in: (next_due.0 >= 0).then(|| next_due.since(now)),
                robots,
                directives: directives.collect::<std::result::Result<_, _>>()?,
            })
        };
        read().map(Some).map_err(|e| self.caller.damaged("host", &e))
    }

    fn beaten(&self, mut reply: Reply) -> Result<Beaten> {
        let mut count = || reply.number().map(i64::unsigned_abs);
        let (directives, scope) = count()
            .and_then(|directives| Ok((directives, count()?)))
            .map_err(|e| self.caller.unreadable(e))?;
        Ok(Beaten { directives, scope, losses: self.caller.rests(), at: reply.now() })
    }

    pub(super) async fn change_told(&self) -> Result<()> {
        self.caller.call(0, "nh1_changed", &[]).await.map(drop)
    }
}

impl Control for Redis {
    async fn direct(&self, given: Given) -> Result<Directive> {
        let Given { about, order, by, why, lasts } = given;
        let (at, is_name) = self.home(&about);
        let kind = order.kind();
        let word = Word { about, order, by, why };
        let mut args = vec![
            Arg::from(kind),
            Arg::from(word.about.as_str()),
            lasts.map_or(Arg::from(-1_i64), Arg::from),
            Arg::from(0_i64),
            Arg::from(self.json("directive", &word)?),
        ];
        args.push(Arg::from(usize::from(is_name)));
        let mut reply = self.caller.call(at, "nh1_direct", &args).await?;
        let text = reply.text().map_err(|e| self.caller.unreadable(e))?;
        self.change_told().await?;
        self.hints.fresh(at);
        directive(&text).map_err(|e| self.caller.damaged("directive", &e))
    }

    async fn lift(&self, about: &str, kind: &str) -> Result<Option<Directive>> {
        let (at, is_name) = self.home(about);
        let args = [Arg::from(kind), Arg::from(about), Arg::from(usize::from(is_name))];
        let mut reply = self.caller.call(at, "nh1_lift", &args).await?;
        let Some(text) = reply.some_text().map_err(|e| self.caller.unreadable(e))? else {
            return Ok(None);
        };
        self.change_told().await?;
        self.hints.fresh(at);
        directive(&text).map(Some).map_err(|e| self.caller.damaged("directive", &e))
    }

    async fn directives(&self) -> Result<Vec<Directive>> {
        let calls = self.everywhere().map(|at| self.caller.call(at, "nh1_directives", &[]));
        let mut all = BTreeMap::new();
        for mut reply in futures_util::future::try_join_all(calls).await? {
            let now = reply.now();
            for text in reply.texts().map_err(|e| self.caller.unreadable(e))? {
                let found = directive(&text).map_err(|e| self.caller.damaged("directive", &e))?;
                if found.is_in_force(now) {
                    all.insert((found.about.clone(), found.order.kind()), found);
                }
            }
        }
        Ok(all.into_values().collect())
    }

    async fn beat(&self, beat: Beat) -> Result<Beaten> {
        let args = [Arg::from(beat.name.clone()), Arg::from(self.json("beat", &beat)?)];
        self.beaten(self.caller.call(0, "nh1_beat", &args).await?)
    }

    async fn changes(&self) -> Result<Beaten> {
        self.beaten(self.caller.call(0, "nh1_changes", &[]).await?)
    }

    async fn workers(&self) -> Result<Vec<WorkerRow>> {
        let mut reply = self.caller.call(0, "nh1_workers", &[]).await?;
        let now = reply.now();
        let mut rows = Vec::new();
        let mut forgotten = Vec::new();
        for (name, value) in reply.pairs().map_err(|e| self.caller.unreadable(e))? {
            let text = String::from_utf8_lossy(&value);
            let (at, json) = text.split_once(' ').unwrap_or_default();
            let beat: Beat =
                serde_json::from_str(json).map_err(|e| self.caller.damaged("beat", &e))?;
            let at = at.parse().map_err(|e| self.caller.damaged("beat", &e))?;
            let age = now.since(UnixMicros(at));
            if age < WORKER_FORGOTTEN_AFTER {
                rows.push(WorkerRow { beat, age });
            } else {
                forgotten.push(Arg::from(name));
            }
        }
        if !forgotten.is_empty() {
            self.caller.call(0, "nh1_forget_workers", &forgotten).await?;
        }
        rows.sort_by(|a, b| a.beat.name.cmp(&b.beat.name));
        Ok(rows)
    }

    async fn hosts(&self, after: Option<HostKey>, max: usize) -> Result<Vec<HostRow>> {
        let names = self.host_names().await?;
        let from = after.map_or(0, |after| names.partition_point(|name| *name <= after));
        let page = names.iter().skip(from).take(max).map(|name| self.row(name));
        let rows = futures_util::future::try_join_all(page).await?;
        Ok(rows.into_iter().flatten().collect())
    }

    async fn host(&self, host: &HostKey) -> Result<Option<HostRow>> {
        self.row(host).await
    }

    async fn requeue(&self, about: &str) -> Result<u64> {
        let (at, hosts) = self.about(about).await?;
        let mut reply = self.caller.call(at, "nh1_requeue", &Self::names(&hosts)).await?;
        self.hints.fresh(at);
        Ok(reply.number().map_err(|e| self.caller.unreadable(e))?.unsigned_abs())
    }

    async fn revisit(&self, entries: Vec<Entry>) -> Result<u64> {
        let mut taken_in = 0;
        for entry in entries {
            let at = self.caller.of_host(&entry.url.host_key());
            let groups = urls::Groups::of(std::slice::from_ref(&entry));
            let mut reply = self.caller.call(at, "nh1_revisit", &groups.args(self)?).await?;
            let code = reply.text().map_err(|e| self.caller.unreadable(e))?;
            taken_in += u64::from(code.bytes().any(|code| code.wrapping_sub(b'0') & 3 != 0));
            self.hints.fresh(at);
        }
        Ok(taken_in)
    }

    async fn purge(&self, about: &str) -> Result<u64> {
        let (at, hosts) = self.about(about).await?;
        let mut urls = 0;
        for host in hosts {
            urls += self.drop_waiting(at, &host).await?;
        }
        self.change_told().await?;
        Ok(urls)
    }

    async fn take_address(&self, token: &LeaseToken, ask: AddressAsk) -> Result<Option<Duration>> {
        let args = [
            Arg::from(ask.group.as_str()),
            Arg::from(holder(token)),
            Arg::from(i64::from(ask.max)),
            Arg::from(ask.lasts),
        ];
        let at = self.caller.of_name(&ask.group);
        let mut reply = self.caller.call(at, "nh1_take_address", &args).await?;
        let free_at = reply.number().map_err(|e| self.caller.unreadable(e))?;
        Ok((free_at >= 0).then(|| UnixMicros(free_at).since(reply.now())))
    }

    async fn free_addresses(&self, token: &LeaseToken, groups: Vec<String>) -> Result<()> {
        for group in groups {
            let args = [Arg::from(holder(token)), Arg::from(group.as_str())];
            self.caller.call(self.caller.of_name(&group), "nh1_free_addresses", &args).await?;
        }
        Ok(())
    }

    async fn dump(&self, from: Cursor) -> Result<Dumped> {
        self.dump_from(from).await
    }

    async fn load(&self, records: Vec<Record>) -> Result<()> {
        crate::dump::check_all(&records)?;
        self.load_all(records).await
    }
}

/// Who holds a token.
fn holder(token: &LeaseToken) -> String {
    format!("{}#{}", token.host, token.fence)
}
