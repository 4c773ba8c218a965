//! Leases: what is asked for, what comes back, what a settle hands in.

use std::collections::HashMap;
use std::time::Duration;

use crawl::politeness::HostState;
use crawl::robots::RobotsCopy;
use crawl::{Band, Entry, Fingerprint, HostKey, Lane, Origin};

use super::client::Arg;
use super::fault::Fault;
use super::reply::Reply;
use super::{Redis, account, control, robots, text, urls};
use crate::{
    Enqueued, Error, Extended, Extension, HostReply, Idle, Lease, LeaseAsk, LeaseReply, LeaseToken,
    Result, Settled, Settlement, Verdict,
};

/// URLs in flight, band by band from the head, as the lists have them.
type Flight = Vec<(Band, Fingerprint)>;

/// A lease that we hold.
#[derive(Clone, Default)]
pub(super) struct Held {
    flight: Flight,
    /// A settle was sent whose answer was lost: it may have been carried out.
    may_be_settled: bool,
}

/// A settle on its way.
struct Settle<'a> {
    at: usize,
    token: &'a LeaseToken,
    args: Vec<Arg<'a>>,
    ready_in: Duration,
    /// An earlier one may have been carried out.
    is_again: bool,
}

/// A call whose answer was lost is made again so often, so long after.
const AGAIN_MAX: usize = 3;
const AGAIN_AFTER: Duration = Duration::from_millis(200);

/// What a lease function says.
enum Said {
    Leased(Box<Lease>),
    Nothing(Idle),
    Busy(Duration),
}

impl Redis {
    /// Asks one partition for a lease.
    pub(super) async fn lease_in(&self, at: usize, ask: &LeaseAsk) -> Result<LeaseReply> {
        let reply = self.caller.call(at, "nh1_lease", &ask_args(ask)).await?;
        match self.said(reply).await? {
            Said::Leased(lease) => Ok(LeaseReply::Leased(lease)),
            Said::Nothing(idle) => Ok(LeaseReply::Nothing(idle)),
            Said::Busy(_) => Err(self.caller.unreadable("a draw cannot be busy".into())),
        }
    }

    pub(super) async fn lease_named(&self, host: &HostKey, ask: &LeaseAsk) -> Result<HostReply> {
        let mut args = vec![Arg::from(host.as_str()), Arg::from(urls::place(host))];
        args.extend(ask_args(ask));
        let reply = self.caller.call(self.caller.of_host(host), "nh1_lease_host", &args).await?;
        match self.said(reply).await? {
            Said::Leased(lease) => Ok(HostReply::Leased(lease)),
            Said::Busy(free_in) => Ok(HostReply::Busy { free_in }),
            Said::Nothing(_) => {
                Err(self.caller.unreadable("a named host cannot be nothing".into()))
            }
        }
    }

    async fn said(&self, mut reply: Reply) -> Result<Said> {
        let unreadable = |reason| self.caller.unreadable(reason);
        match reply.text().map_err(unreadable)?.as_str() {
            "N" => {
                let ready_in = reply.number().map_err(unreadable)?;
                let leased = reply.number().map_err(unreadable)?.unsigned_abs();
                let next_ready_in = u64::try_from(ready_in).ok().map(Duration::from_micros);
                Ok(Said::Nothing(Idle { next_ready_in, leased }))
            }
            "B" => Ok(Said::Busy(reply.duration().map_err(unreadable)?)),
            "L" => {
                let (mut lease, flight, version) = Self::read_lease(reply).map_err(unreadable)?;
                lease.terms = self.terms_of(&lease.token.host.outlet(), version).await?;
                let held = Held { flight, may_be_settled: false };
                self.held().insert(lease.token.clone(), held);
                self.hints.fresh(self.caller.of_host(&lease.token.host));
                Ok(Said::Leased(Box::new(lease)))
            }
            other => Err(unreadable(format!("{other:?} is no answer"))),
        }
    }

    /// The lease but for its terms, its flight, and the version of its terms.
    fn read_lease(mut reply: Reply) -> std::result::Result<(Lease, Flight, u64), String> {
        let host = HostKey::parse(&reply.text()?).map_err(|e| e.to_string())?;
        let fence = reply.number()?.unsigned_abs();
        let now = reply.now();
        let deadline_in = reply.time()?.since(now);
        let delay = reply.duration()?;
        let state = state(&reply.text()?)?;
        let lane = if reply.text()? == "0" { Lane::Fresh } else { Lane::Backfill };
        let mut urls = Vec::new();
        for text in reply.texts()? {
            urls.push(banded(&text, &host)?);
        }
        let robots = robots::read_all(reply.pairs()?, now)?;
        let (account, version) = account::read(reply.pairs()?)?;
        let mut directives = Vec::new();
        for text in reply.texts()? {
            directives.push(control::directive(&text)?);
        }
        let mut flight: Flight = urls.iter().map(|e| (e.band, e.url.fingerprint())).collect();
        flight.sort_by_key(|(band, _)| band.index());
        let lease = Lease {
            token: LeaseToken { host, fence },
            at: now,
            deadline_in,
            delay,
            state,
            lane,
            urls,
            robots,
            terms: crawl::Terms::default(),
            account,
            directives,
        };
        Ok((lease, flight, version))
    }

    pub(super) async fn extend_lease(
        &self,
        token: &LeaseToken,
        extension: Extension,
    ) -> Result<Extended> {
        let at = self.caller.of_host(&token.host);
        let (own, others) = self.split_robots(at, extension.robots);
        self.put_robots(others).await?;
        let mut args = vec![
            Arg::from(token.host.as_str()),
            Arg::from(token.fence.to_string()),
            Arg::from(extension.lease_for),
            Arg::from(extension.delay),
            Arg::from(self.json("host state", &extension.state)?),
        ];
        args.extend(self.robots_args(&own)?);
        let mut reply = self.caller.call(at, "nh1_extend", &args).await?;
        let unreadable = |reason| self.caller.unreadable(reason);
        if reply.text().map_err(unreadable)? != "E" {
            self.held().remove(token);
            return Err(token.stale());
        }
        let deadline = reply.time().map_err(unreadable)?;
        self.hints.fresh(at);
        Ok(Extended { deadline_in: deadline.since(reply.now()) })
    }

    pub(super) async fn settle_lease(
        &self,
        token: &LeaseToken,
        settlement: Settlement,
    ) -> Result<Settled> {
        settlement.check(token)?;
        let at = self.caller.of_host(&token.host);
        let held = self.held_lease(at, token).await?;
        // What the settle relies on is there before it.
        let links = settlement.links.iter().cloned();
        let (mut own, mut early): (Vec<_>, Vec<_>) =
            links.partition(|link| self.caller.of_host(&link.url.host_key()) == at);
        if own.len() > urls::CALL_MAX {
            early.append(&mut own);
        }
        let (copies, foreign) = self.split_robots(at, settlement.robots.clone());
        self.put_robots(foreign).await?;
        let mut settled = self.enqueue_all(early).await?;
        let groups = urls::Groups::of(&own);
        let mut args = self.settle_args(token, &settlement, &held.flight, &copies)?;
        args.extend(groups.args(self)?);
        let (ready_in, is_again) = (settlement.host_ready_in, held.may_be_settled);
        let settle = Settle { at, token, args, ready_in, is_again };
        if let Some(codes) = self.send_settle(settle).await? {
            groups.count(&own, &codes, &mut settled).map_err(|e| self.caller.unreadable(e))?;
        }
        self.held().remove(token);
        self.hints.fresh(at);
        Ok(settled)
    }

    /// The codes of the links; none when an earlier try had come through.
    async fn send_settle(&self, mut settle: Settle<'_>) -> Result<Option<String>> {
        let began = self.caller.elapsed();
        for left in (0..AGAIN_MAX).rev() {
            let passed = self.caller.elapsed().saturating_sub(began);
            settle.args[3] = Arg::from(usize::from(settle.is_again));
            settle.args[4] = Arg::from(settle.ready_in.saturating_sub(passed));
            let reply = self.caller.try_call(settle.at, "nh1_settle", &settle.args).await;
            if matches!(reply, Err(Fault::Lost(_))) {
                settle.is_again = true;
                if let Some(held) = self.held().get_mut(settle.token) {
                    held.may_be_settled = true;
                }
                if left > 0 {
                    tokio::time::sleep(AGAIN_AFTER).await;
                    continue;
                }
            }
            let mut reply = reply.map_err(|fault| self.error(fault))?;
            let unreadable = |reason| self.caller.unreadable(reason);
            return match reply.text().map_err(unreadable)?.as_str() {
                "D" => Ok(Some(reply.text().map_err(unreadable)?)),
                "R" => Ok(None),
                _ => break,
            };
        }
        self.held().remove(settle.token);
        Err(settle.token.stale())
    }

    fn settle_args<'a>(
        &self,
        token: &'a LeaseToken,
        settlement: &Settlement,
        flight: &Flight,
        copies: &[(Origin, RobotsCopy)],
    ) -> Result<Vec<Arg<'a>>> {
        let judged = Judged::of(&settlement.verdicts, flight);
        let mut args = vec![
            Arg::from(token.host.as_str()),
            Arg::from(urls::place(&token.host)),
            Arg::from(token.fence.to_string()),
            // This and the next are set at each try.
            Arg::from(0_i64),
            Arg::from(settlement.host_ready_in),
            Arg::from(settlement.delay),
            Arg::from(self.json("host state", &settlement.state)?),
            Arg::from(judged.letters),
        ];
        args.push(Arg::from(judged.marks.len()));
        args.extend(judged.marks.iter().map(|f| Arg::from(text::member(*f))));
        args.push(Arg::from(judged.again.len()));
        for (fingerprint, after, entry) in judged.again {
            args.push(Arg::from(text::member(fingerprint)));
            args.push(Arg::from(after));
            args.push(Arg::from(self.put_aside(entry, &token.host)?));
        }
        args.extend(account::args(&settlement.posting));
        args.push(Arg::from(settlement.seeds.len()));
        for (name, state) in &settlement.seeds {
            args.push(Arg::from(name.clone()));
            args.push(Arg::from(self.json("seed state", state)?));
        }
        args.extend(self.robots_args(copies)?);
        Ok(args)
    }

    /// How an entry is written while it is put aside: band, whether an attempt failed, text.
    pub(super) fn put_aside(&self, entry: &Entry, host: &HostKey) -> Result<String> {
        let text = text::write(entry, host).map_err(|e| self.caller.damaged("new entry", &e))?;
        Ok(format!("{}{}{text}", entry.band.index(), u8::from(entry.attempt > 0)))
    }

    /// What a lease has in flight: as it was given out, or as the frontier has it.
    async fn held_lease(&self, at: usize, token: &LeaseToken) -> Result<Held> {
        let known = self.held().get(token).cloned();
        if let Some(held) = known {
            return Ok(held);
        }
        let args = [Arg::from(token.host.as_str()), Arg::from(token.fence.to_string())];
        let mut reply = self.caller.call(at, "nh1_flight", &args).await?;
        let unreadable = |reason| self.caller.unreadable(reason);
        if reply.text().map_err(unreadable)? != "F" {
            return Err(token.stale());
        }
        let mut flight = Flight::new();
        for text in reply.texts().map_err(unreadable)? {
            let entry = banded(&text, &token.host).map_err(unreadable)?;
            flight.push((entry.band, entry.url.fingerprint()));
        }
        let held = Held { flight, may_be_settled: false };
        self.held().insert(token.clone(), held.clone());
        Ok(held)
    }

    pub(super) fn error(&self, fault: Fault) -> Error {
        match fault {
            Fault::Error(error) => error,
            Fault::Lost(source) => Error::Unreachable { url: self.caller.url.clone(), source },
            Fault::NoLibrary | Fault::Clock => {
                let reason = "its library or its clock does not come to rest".to_owned();
                Error::Unsuited { url: self.caller.url.clone(), reason }
            }
        }
    }

    /// Offers entries of any partitions.
    pub(super) async fn enqueue_all(&self, entries: Vec<Entry>) -> Result<Enqueued> {
        let mut parts: HashMap<usize, Vec<Entry>> = HashMap::new();
        for entry in entries {
            parts.entry(self.caller.of_host(&entry.url.host_key())).or_default().push(entry);
        }
        let calls = parts.iter().flat_map(|(at, entries)| {
            entries.chunks(urls::CALL_MAX).map(|some| self.enqueue_in(*at, some))
        });
        let mut enqueued = Enqueued::default();
        for part in futures_util::future::try_join_all(calls).await? {
            enqueued.join(part);
        }
        Ok(enqueued)
    }
}

/// What verdicts make of a flight.
struct Judged<'v> {
    /// A letter for each URL in flight.
    letters: String,
    /// URLs of the backfill that do not go back.
    marks: Vec<Fingerprint>,
    again: Vec<(Fingerprint, Duration, &'v Entry)>,
}

impl<'v> Judged<'v> {
    fn of(verdicts: &'v [(Fingerprint, Verdict)], flight: &Flight) -> Self {
        let mut letters = vec!['B'; flight.len()];
        let mut judged = Self { letters: String::new(), marks: Vec::new(), again: Vec::new() };
        for (fingerprint, verdict) in verdicts {
            let is_it = |(place, (_, flying)): &(usize, &(Band, Fingerprint))| {
                flying == fingerprint && letters[*place] == 'B'
            };
            let Some((place, (band, _))) = flight.iter().enumerate().find(is_it) else { continue };
            match verdict {
                Verdict::Back => continue,
                Verdict::Done => letters[place] = 'D',
                Verdict::Again { after, entry } => {
                    letters[place] = 'A';
                    judged.again.push((*fingerprint, *after, entry));
                }
            }
            if *band == Band::Backfill {
                judged.marks.push(*fingerprint);
            }
        }
        judged.letters = letters.into_iter().collect();
        judged
    }
}

fn ask_args(ask: &LeaseAsk) -> Vec<Arg<'_>> {
    vec![
        Arg::from(ask.worker.as_str()),
        Arg::from(ask.lease_for),
        Arg::from(ask.first_delay),
        Arg::from(ask.urls_max),
        Arg::from(i64::from(ask.outlet_leases_max)),
    ]
}

/// An entry after the digit of its band.
pub(super) fn banded(text: &str, host: &HostKey) -> std::result::Result<Entry, String> {
    let band = text.bytes().next().and_then(text::band);
    let band = band.ok_or_else(|| format!("{text:?} has no band"))?;
    text::read(&text[1..], band, host)
}

pub(super) fn state(json: &str) -> std::result::Result<HostState, String> {
    if json.is_empty() {
        return Ok(HostState::default());
    }
    serde_json::from_str(json).map_err(|e| e.to_string())
}
