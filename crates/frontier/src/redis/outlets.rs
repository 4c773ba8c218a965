//! Seeds, terms, claims, hubs, and where a URL is.

use std::collections::BTreeMap;

use crawl::{Band, CanonicalUrl, Fingerprint, HostKey, Outlet, SeedSpec, SeedState, Share, Terms};

use super::client::Arg;
use super::leases::banded;
use super::reply::{self, Reply};
use super::{Redis, account, text, urls};
use crate::seeds::name;
use crate::{HubRow, NewSeed, Place, Result, SeedRemoved, SeedRow, SeedsAdded};

/// Terms of outlets that are remembered.
const TERMS_MAX: usize = 10_000;

/// URLs that one step of dropping reads of each list.
const DROP_STEP: usize = 1_000;

impl Redis {
    pub(super) async fn seeds_in(&self, at: usize, seeds: &[NewSeed]) -> Result<SeedsAdded> {
        let mut added = SeedsAdded::default();
        // Several times the same seed in one call: the last word counts, as one after another.
        for some in seeds.chunks(urls::CALL_MAX) {
            let mut args = vec![Arg::from(some.len())];
            for NewSeed { spec, member } in some {
                args.push(Arg::from(name(spec)));
                args.push(Arg::from(spec.seed.outlet().as_str().to_owned()));
                args.push(Arg::from(self.json("seed", spec)?));
                args.push(Arg::from(member.clone().unwrap_or_default()));
            }
            let entries: Vec<_> = some.iter().map(|seed| seed.spec.seed.entry()).collect();
            args.extend(urls::Groups::of(&entries).args(self)?);
            let mut reply = self.caller.call(at, "nh1_seeds_add", &args).await?;
            for letter in reply.text().map_err(|e| self.caller.unreadable(e))?.chars() {
                match letter {
                    'A' => added.added += 1,
                    'C' => added.changed += 1,
                    _ => added.known += 1,
                }
            }
            self.hints.fresh(at);
        }
        Ok(added)
    }

    pub(super) async fn seed_rows(
        &self,
        at: usize,
        after: &str,
        max: usize,
    ) -> Result<Vec<SeedRow>> {
        let args = [Arg::from(after), Arg::from(max)];
        let mut reply = self.caller.call(at, "nh1_seeds", &args).await?;
        let rows = reply.list().map_err(|e| self.caller.unreadable(e))?;
        let now = reply.now();
        let row = |row: redis::Value| -> std::result::Result<SeedRow, String> {
            let mut row = reply::list(row)?.into_iter();
            let mut next = || row.next().ok_or_else(|| "a row is too short".to_owned());
            let _name = reply::text(next()?)?;
            let given = crawl::UnixMicros(reply::number(next()?)?);
            let spec: SeedSpec = parsed(&reply::text(next()?)?)?;
            let state = seed_state(&reply::text(next()?)?, now)?;
            let (account, _) = account::read(reply::pairs(next()?)?)?;
            Ok(SeedRow { spec, age: now.since(given), state, account })
        };
        let rows = rows.into_iter().map(row).collect::<std::result::Result<_, _>>();
        rows.map_err(|e| self.caller.damaged("seed", &e))
    }

    pub(super) async fn drop_seed(&self, seed: &str) -> Result<Option<SeedRemoved>> {
        let Ok(parsed) = crawl::Seed::parse(seed) else { return Ok(None) };
        let at = self.caller.of_outlet(&parsed.outlet());
        let mut reply = self.caller.call(at, "nh1_seed_remove", &[Arg::from(seed)]).await?;
        let unreadable = |reason| self.caller.unreadable(reason);
        if reply.text().map_err(unreadable)? != "R" {
            return Ok(None);
        }
        let outlet = reply.text().map_err(unreadable)?;
        let member = reply.text().map_err(unreadable)?;
        let others = reply.number().map_err(unreadable)?.unsigned_abs();
        if !member.is_empty() {
            self.drop_member(at, &outlet, &member).await?;
        }
        let mut removed = SeedRemoved { urls: 0, others };
        if others == 0 {
            for host in self.hosts_of(at, &outlet).await? {
                removed.urls += self.drop_waiting(at, &host).await?;
            }
        }
        Ok(Some(removed))
    }

    /// A member leaves the scope with the last seed that gave it; it is given within one outlet.
    async fn drop_member(&self, at: usize, outlet: &str, member: &str) -> Result<()> {
        let args = [Arg::from(outlet), Arg::from(member)];
        let mut reply = self.caller.call(at, "nh1_members", &args).await?;
        if reply.number().map_err(|e| self.caller.unreadable(e))? == 0 {
            self.caller.call(0, "nh1_scope_change", &[Arg::from("0"), Arg::from(member)]).await?;
        }
        Ok(())
    }

    /// The hosts of an outlet that this crawl has heard of.
    pub(super) async fn hosts_of(&self, at: usize, outlet: &str) -> Result<Vec<HostKey>> {
        let is_name = HostKey::parse(outlet).is_ok_and(|host| !urls::is_address(&host));
        let args = [Arg::from(outlet), Arg::from(usize::from(is_name))];
        let mut reply = self.caller.call(at, "nh1_hosts_of", &args).await?;
        let names = reply.texts().map_err(|e| self.caller.unreadable(e))?;
        let host = |name: &String| self.unreversed(name);
        let hosts: Vec<HostKey> = names.iter().map(host).collect::<Result<_>>()?;
        // A name may stand under another outlet: `a.b.example` beside `b.example`, by private
        // rules.
        Ok(hosts.into_iter().filter(|host| host.outlet().as_str() == outlet).collect())
    }

    /// A host by its labels from the last to the first; addresses stand as they are.
    pub(super) fn unreversed(&self, name: &str) -> Result<HostKey> {
        let is_address = name.starts_with('[') || name.parse::<std::net::Ipv4Addr>().is_ok();
        let text = if is_address {
            name.to_owned()
        } else {
            name.rsplit('.').collect::<Vec<_>>().join(".")
        };
        HostKey::parse(&text).map_err(|e| self.caller.damaged("host name", &e))
    }

    /// Drops what waits at a host, in steps: what is dropped is first read, and must still be so.
    pub(super) async fn drop_waiting(&self, at: usize, host: &HostKey) -> Result<u64> {
        let mut urls = 0;
        loop {
            let args = [Arg::from(host.as_str()), Arg::from(DROP_STEP)];
            let mut reply = self.caller.call(at, "nh1_waiting", &args).await?;
            let Some((args, count)) = self.forget_args(host, &mut reply)? else { return Ok(urls) };
            let mut reply = self.caller.call(at, "nh1_forget", &args).await?;
            match reply.number() {
                Ok(n) => urls += n.unsigned_abs(),
                Err(_) => tokio::task::yield_now().await,
            }
            if count == 0 {
                return Ok(urls);
            }
        }
    }

    fn forget_args<'a>(
        &self,
        host: &HostKey,
        reply: &mut Reply,
    ) -> Result<Option<(Vec<Arg<'a>>, usize)>> {
        let unreadable = |reason| self.caller.unreadable(reason);
        let mut args = vec![Arg::from(host.as_str().to_owned())];
        let mut count = 0;
        for _ in Band::ALL {
            let texts = reply.texts().map_err(unreadable)?;
            count += texts.len();
            args.push(Arg::from(texts.len()));
            for text in texts {
                let fingerprint = text::fingerprint(&text, host).map_err(unreadable)?;
                args.push(Arg::from(text));
                args.push(Arg::from(text::member(fingerprint)));
            }
        }
        let aside = reply.texts().map_err(unreadable)?;
        count += aside.len();
        args.push(Arg::from(aside.len()));
        args.extend(aside.into_iter().map(Arg::from));
        Ok((count > 0).then_some((args, count)))
    }

    /// What the seeds of an outlet ask for; remembered until they change.
    pub(super) async fn terms_of(&self, outlet: &Outlet, version: u64) -> Result<Terms> {
        if version == 0 {
            return Ok(Terms::default());
        }
        let known = self.terms().get(outlet).cloned();
        if let Some((_, terms)) = known.filter(|(known, _)| *known == version) {
            return Ok(terms);
        }
        let at = self.caller.of_outlet(outlet);
        let mut reply = self.caller.call(at, "nh1_terms", &[Arg::from(outlet.as_str())]).await?;
        let unreadable = |reason| self.caller.unreadable(reason);
        let version = reply.number().map_err(unreadable)?.unsigned_abs();
        let mut specs: Vec<(String, SeedSpec)> = Vec::new();
        for (name, json) in reply.pairs().map_err(unreadable)? {
            let spec = serde_json::from_slice(&json);
            specs.push((name, spec.map_err(|e| self.caller.damaged("seed", &e))?));
        }
        specs.sort_by(|a, b| a.0.cmp(&b.0));
        let terms = Terms::of(specs.iter().map(|(_, spec)| spec));
        let mut all = self.terms();
        if all.len() >= TERMS_MAX {
            all.clear();
        }
        all.insert(outlet.clone(), (version, terms.clone()));
        Ok(terms)
    }

    pub(super) async fn unknown_of(&self, urls: &[CanonicalUrl]) -> Result<Vec<Fingerprint>> {
        let mut parts: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (place, url) in urls.iter().enumerate() {
            parts.entry(self.caller.of_host(&url.host_key())).or_default().push(place);
        }
        let calls = parts.iter().map(|(at, places)| self.unknown_in(*at, urls, places));
        let parts = futures_util::future::try_join_all(calls).await?;
        let mut unknown: Vec<usize> = parts.into_iter().flatten().collect();
        unknown.sort_unstable();
        Ok(unknown.into_iter().map(|place| urls[place].fingerprint()).collect())
    }

    /// Those of the places whose URLs a partition does not know.
    async fn unknown_in(
        &self,
        at: usize,
        urls: &[CanonicalUrl],
        places: &[usize],
    ) -> Result<Vec<usize>> {
        let mut args = Vec::with_capacity(2 * places.len());
        for place in places {
            args.push(Arg::from(share(&urls[*place].host_key())));
            args.push(Arg::from(text::member(urls[*place].fingerprint())));
        }
        let mut reply = self.caller.call(at, "nh1_known", &args).await?;
        let known = reply.counts().map_err(|e| self.caller.unreadable(e))?;
        let pairs = places.iter().zip(known);
        Ok(pairs.filter(|(_, known)| *known == 0).map(|(place, _)| *place).collect())
    }

    pub(super) async fn claim_in(
        &self,
        outlet: &Outlet,
        key: u64,
        by: Fingerprint,
    ) -> Result<Fingerprint> {
        let args =
            [Arg::from(outlet.as_str()), Arg::from(key.to_string()), Arg::from(by.0.to_string())];
        let mut reply = self.caller.call(self.caller.of_outlet(outlet), "nh1_claim", &args).await?;
        let holder = reply.text().map_err(|e| self.caller.unreadable(e))?;
        let holder = holder.parse().map_err(|e| self.caller.damaged("claim", &e))?;
        Ok(Fingerprint(holder))
    }

    pub(super) async fn hubs_of(&self, outlet: &Outlet) -> Result<Vec<HubRow>> {
        let at = self.caller.of_outlet(outlet);
        let mut hubs = Vec::new();
        for host in self.hosts_of(at, outlet.as_str()).await? {
            let reply = self.caller.call(at, "nh1_hubs", &[Arg::from(host.as_str())]).await?;
            hubs.extend(read_hubs(reply, &host).map_err(|e| self.caller.damaged("hub", &e))?);
        }
        hubs.sort_by(|a, b| a.entry.url.cmp(&b.entry.url));
        Ok(hubs)
    }

    pub(super) async fn place_of(&self, url: &CanonicalUrl) -> Result<Option<Place>> {
        let host = url.host_key();
        let args = [
            Arg::from(host.as_str()),
            Arg::from(text::member(url.fingerprint())),
            Arg::from(text::path(url, &host)),
            Arg::from(share(&host)),
        ];
        let mut reply = self.caller.call(self.caller.of_host(&host), "nh1_place", &args).await?;
        let place = read_place(&mut reply, &host);
        place.map_err(|e| self.caller.damaged("entry", &e))
    }

    pub(super) fn json<T: serde::Serialize>(
        &self,
        what: &'static str,
        value: &T,
    ) -> Result<String> {
        serde_json::to_string(value).map_err(|e| self.caller.damaged(what, &e))
    }
}

fn share(host: &HostKey) -> i64 {
    i64::from(Share::of(host).number())
}

type Read<T> = std::result::Result<T, String>;

pub(super) fn parsed<T: serde::de::DeserializeOwned>(text: &str) -> Read<T> {
    serde_json::from_str(text).map_err(|e| e.to_string())
}

fn seed_state(
    text: &str,
    now: crawl::UnixMicros,
) -> Read<Option<(SeedState, std::time::Duration)>> {
    let Some((at, json)) = text.split_once(' ') else { return Ok(None) };
    let at = crawl::UnixMicros(at.parse().map_err(|_| format!("{at:?} is no time"))?);
    Ok(Some((parsed(json)?, now.since(at))))
}

/// An entry put aside: its value is band, attempt, text.
pub(super) fn aside(value: &str, host: &HostKey) -> Read<crawl::Entry> {
    let band = value.bytes().next().and_then(text::band);
    let band = band.ok_or_else(|| format!("{value:?} has no band"))?;
    text::read(value.get(2..).unwrap_or_default(), band, host)
}

fn read_hubs(mut reply: Reply, host: &HostKey) -> Read<Vec<HubRow>> {
    let mut hubs = Vec::new();
    for text in reply.texts()? {
        hubs.push(HubRow { entry: banded(&text, host)?, due_in: std::time::Duration::ZERO });
    }
    let now = reply.now();
    let mut put = reply.list()?.into_iter();
    while let (Some(at), Some(value)) = (put.next(), put.next()) {
        let at = crawl::UnixMicros(reply::number(at)?);
        hubs.push(HubRow { entry: aside(&reply::text(value)?, host)?, due_in: at.since(now) });
    }
    Ok(hubs)
}

fn read_place(reply: &mut Reply, host: &HostKey) -> Read<Option<Place>> {
    Ok(match reply.text()?.as_str() {
        "N" => None,
        "S" => Some(Place::Settled),
        "W" => Some(Place::Pending(Box::new(banded(&reply.text()?, host)?))),
        _ => {
            let at = reply.time()?;
            let entry = aside(&reply.text()?, host)?;
            Some(Place::Due(Box::new(entry), at.since(reply.now())))
        }
    })
}
