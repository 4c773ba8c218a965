//! All that a crawl keeps, read piece by piece from one partition after another.

use std::collections::HashMap;

use crawl::{Account, Fingerprint, HostKey, Outlet, SHARES, Share, UnixMicros};
use redis::Value;

use super::client::Arg;
use super::control::directive;
use super::leases::{self, banded};
use super::outlets::{aside, parsed};
use super::reply::{self, Reply};
use super::{Redis, account, robots, text};
use crate::dump::{Cursor, DirectiveRecord, Dumped, HostRecord, Record, Section, SeedRecord};
use crate::time::micros;
use crate::{Frontier, Result};

type Read<T> = std::result::Result<T, String>;

impl Redis {
    pub(super) async fn dump_from(&self, from: Cursor) -> Result<Dumped> {
        match from.section {
            Section::Notes => self.dump_notes(&from).await,
            Section::Scope => {
                let members = self.scope_members().await?.into_iter();
                let records = members.map(|member| Record::Scope { member }).collect();
                Ok(Dumped { records, next: from.next_section() })
            }
            Section::Directives => {
                let records = self.dump_directives().await?;
                Ok(Dumped { records, next: from.next_section() })
            }
            Section::Hosts => self.dump_hosts(from).await,
            Section::Seeds => self.dump_seeds(from).await,
            Section::Outlets => self.dump_outlets(from).await,
            Section::Urls => self.dump_urls(from).await,
            Section::Due => self.dump_due(from).await,
            Section::Seen => self.dump_seen(from).await,
        }
    }

    /// The same section in the next partition, or the next section.
    fn next_partition(&self, from: &Cursor) -> Option<Cursor> {
        let partition = from.partition + 1;
        if partition < self.caller.partitions.len() {
            return Some(Cursor { section: from.section, partition, ..from.begin() });
        }
        from.next_section()
    }

    async fn dump_notes(&self, from: &Cursor) -> Result<Dumped> {
        let mut reply = self.caller.call(0, "nh1_dump_notes", &[]).await?;
        let notes = reply.pairs().map_err(|e| self.caller.unreadable(e))?;
        let mut records = Vec::with_capacity(notes.len());
        for (key, value) in notes {
            let value = String::from_utf8(value).map_err(|e| self.caller.damaged("note", &e))?;
            records.push(Record::Note { key, value });
        }
        Ok(Dumped { records, next: from.next_section() })
    }

    async fn dump_directives(&self) -> Result<Vec<Record>> {
        let calls = self.everywhere().map(|at| self.caller.call(at, "nh1_directives", &[]));
        let mut all = Vec::new();
        for mut reply in futures_util::future::try_join_all(calls).await? {
            let now = reply.now();
            for text in reply.texts().map_err(|e| self.caller.unreadable(e))? {
                let found = directive(&text).map_err(|e| self.caller.damaged("directive", &e))?;
                if found.is_in_force(now) {
                    all.push(Record::Directive(DirectiveRecord::of(found, now)));
                }
            }
        }
        Ok(all)
    }

    async fn dump_hosts(&self, from: Cursor) -> Result<Dumped> {
        let args = [Arg::from(from.after.as_str()), Arg::from(from.chunk)];
        let mut reply = self.caller.call(from.partition, "nh1_dump_hosts", &args).await?;
        let last = reply.text().map_err(|e| self.caller.unreadable(e))?;
        let records = read_hosts(&mut reply).map_err(|e| self.caller.damaged("host", &e))?;
        let next =
            if last.is_empty() { self.next_partition(&from) } else { Some(from.behind(last)) };
        Ok(Dumped { records, next })
    }

    async fn dump_seeds(&self, from: Cursor) -> Result<Dumped> {
        let args = [Arg::from(from.after.as_str()), Arg::from(from.chunk)];
        let mut reply = self.caller.call(from.partition, "nh1_seeds", &args).await?;
        let records = read_seeds(&mut reply).map_err(|e| self.caller.damaged("seed", &e))?;
        let next = match records.last() {
            Some(last) => Some(from.behind(crate::seeds::name(&last.spec))),
            None => self.next_partition(&from),
        };
        Ok(Dumped { records: records.into_iter().map(Record::Seed).collect(), next })
    }

    async fn dump_outlets(&self, from: Cursor) -> Result<Dumped> {
        let args = [Arg::from(from.after.as_str()), Arg::from(from.chunk.div_ceil(4))];
        let mut reply = self.caller.call(from.partition, "nh1_dump_outlets", &args).await?;
        let last = reply.text().map_err(|e| self.caller.unreadable(e))?;
        let records = read_outlets(&mut reply).map_err(|e| self.caller.damaged("outlet", &e))?;
        let next =
            if last.is_empty() { self.next_partition(&from) } else { Some(from.behind(last)) };
        Ok(Dumped { records, next })
    }

    /// One call of a function that walks along the hosts: its rows, and where it goes on.
    async fn walk(&self, function: &str, from: Cursor) -> Result<(Reply, Vec<Value>, Walked)> {
        let args = [
            Arg::from(from.after.as_str()),
            Arg::from(from.band),
            Arg::from(from.skip),
            Arg::from(from.chunk),
        ];
        let mut reply = self.caller.call(from.partition, function, &args).await?;
        let mut read = || -> Read<_> {
            let rows = reply.list()?;
            let (after, band, skip) = (reply.text()?, reply.number()?, reply.number()?);
            let number = |n: i64| usize::try_from(n).map_err(|e| e.to_string());
            Ok((rows, after, number(band)?, number(skip)?))
        };
        let (rows, after, band, skip) = read().map_err(|e| self.caller.unreadable(e))?;
        let next = if after == "-" {
            self.next_partition(&from)
        } else {
            Some(Cursor { after, band, skip, dead: HashMap::new(), ..from })
        };
        Ok((reply, rows, Walked { dead: from.dead, next }))
    }

    async fn dump_urls(&self, from: Cursor) -> Result<Dumped> {
        let (_, rows, mut walked) = self.walk("nh1_dump_urls", from).await?;
        let mut records = Vec::new();
        for row in rows {
            let read = read_urls(row, &mut walked.dead, &mut records);
            read.map_err(|e| self.caller.damaged("entry", &e))?;
        }
        Ok(walked.done(records))
    }

    async fn dump_due(&self, from: Cursor) -> Result<Dumped> {
        let (reply, rows, walked) = self.walk("nh1_dump_due", from).await?;
        let mut records = Vec::new();
        for row in rows {
            let read = read_due(row, reply.now(), &mut records);
            read.map_err(|e| self.caller.damaged("entry", &e))?;
        }
        Ok(walked.done(records))
    }

    async fn dump_seen(&self, from: Cursor) -> Result<Dumped> {
        // Shares are counted through, whatever partition holds them.
        let number = from.after.parse::<u16>().unwrap_or(0);
        let Ok(share) = Share::try_from(number) else {
            return Ok(Dumped { records: Vec::new(), next: None });
        };
        let max = 4 * from.chunk;
        let args = [Arg::from(i64::from(number)), Arg::from(from.skip), Arg::from(max)];
        let at = self.caller.of_share(share);
        let mut reply = self.caller.call(at, "nh1_dump_seen", &args).await?;
        let urls = reply.list().map_err(|e| self.caller.unreadable(e))?;
        let bucket = reply.number().map_err(|e| self.caller.unreadable(e))?;
        let urls: Read<Vec<Fingerprint>> = urls.into_iter().map(known).collect();
        let urls = urls.map_err(|e| self.caller.damaged("fingerprint", &e))?;
        let some = urls.chunks(from.seen_chunk());
        let records = some.map(|urls| Record::Seen { share, urls: urls.to_vec() }).collect();
        let next = match usize::try_from(bucket) {
            Ok(skip) => Some(Cursor { skip, ..from }),
            Err(_) if number + 1 < SHARES => {
                Some(Cursor { skip: 0, ..from.behind((number + 1).to_string()) })
            }
            Err(_) => None,
        };
        Ok(Dumped { records, next })
    }
}

/// How far a walk has come.
struct Walked {
    /// Dead copies that are still to come in the list under way, by path.
    dead: HashMap<String, u64>,
    next: Option<Cursor>,
}

impl Walked {
    fn done(self, records: Vec<Record>) -> Dumped {
        let next = self.next.map(|next| Cursor { dead: self.dead, ..next });
        Dumped { records, next }
    }
}

/// The parts of a row.
struct Parts(std::vec::IntoIter<Value>);

impl Parts {
    fn of(row: Value) -> Read<Self> {
        Ok(Self(reply::list(row)?.into_iter()))
    }

    fn is_empty(&self) -> bool {
        self.0.len() == 0
    }

    fn next(&mut self) -> Read<Value> {
        self.0.next().ok_or_else(|| "a row is too short".to_owned())
    }

    fn text(&mut self) -> Read<String> {
        reply::text(self.next()?)
    }

    fn number(&mut self) -> Read<i64> {
        reply::number(self.next()?)
    }

    fn host(&mut self) -> Read<HostKey> {
        HostKey::parse(&self.text()?).map_err(|e| e.to_string())
    }
}

fn read_hosts(reply: &mut Reply) -> Read<Vec<Record>> {
    let now = reply.now();
    let mut records = Vec::new();
    for row in reply.list()? {
        let mut row = Parts::of(row)?;
        records.push(Record::Host(HostRecord {
            host: row.host()?,
            fence: row.number()?.unsigned_abs(),
            in_us: row.number()? - now.0,
            delay_us: row.number()?,
            state: leases::state(&row.text()?)?,
            turn: u8::try_from(row.number()?).map_err(|e| e.to_string())?,
        }));
        for (origin, stored) in robots::read_all(reply::pairs(row.next()?)?, now)? {
            records.push(Record::Robots {
                origin: origin.as_str().to_owned(),
                copy: stored.copy,
                age_us: micros(stored.age),
            });
        }
    }
    Ok(records)
}

fn read_seeds(reply: &mut Reply) -> Read<Vec<SeedRecord>> {
    let now = reply.now();
    let mut seeds = Vec::new();
    for row in reply.list()? {
        let mut row = Parts::of(row)?;
        let _name = row.text()?;
        let given = row.number()?;
        let spec = parsed(&row.text()?)?;
        let visited = row.text()?;
        let _account = row.next()?;
        let member = Some(row.text()?).filter(|member| !member.is_empty());
        let (state, state_age_us) = match visited.split_once(' ') {
            None => (None, 0),
            Some((at, json)) => {
                let at: i64 = at.parse().map_err(|_| format!("{at:?} is no time"))?;
                (Some(parsed(json)?), now.0 - at)
            }
        };
        seeds.push(SeedRecord { spec, member, age_us: now.0 - given, state, state_age_us });
    }
    Ok(seeds)
}

fn read_outlets(reply: &mut Reply) -> Read<Vec<Record>> {
    let mut records = Vec::new();
    for row in reply.list()? {
        let mut row = Parts::of(row)?;
        let outlet: Outlet =
            serde_json::from_value(row.text()?.into()).map_err(|e| e.to_string())?;
        let (account, _) = account::read(reply::pairs(row.next()?)?)?;
        // Where seeds are all that is kept, there is no account.
        if account != Account::default() {
            records.push(Record::Account { outlet: outlet.clone(), account });
        }
        for (key, by) in reply::pairs(row.next()?)? {
            let key = key.parse().map_err(|_| format!("{key:?} is no key"))?;
            let by = String::from_utf8_lossy(&by).parse().map_err(|_| "a claim is damaged")?;
            records.push(Record::Claim { outlet: outlet.clone(), key, by });
        }
    }
    Ok(records)
}

/// Entries of a list but for its dead copies: the first ones of a path.
fn read_urls(row: Value, dead: &mut HashMap<String, u64>, records: &mut Vec<Record>) -> Read<()> {
    let mut row = Parts::of(row)?;
    let (host, band, begins) = (row.host()?, row.number()?, row.number()? == 1);
    let texts = reply::list(row.next()?)?;
    let copies = reply::pairs(row.next()?)?;
    if begins {
        dead.clear();
        for (path, count) in copies {
            let count = String::from_utf8_lossy(&count).parse();
            dead.insert(path, count.map_err(|_| "a count of dead copies is damaged")?);
        }
    }
    for value in texts {
        let text = reply::text(value)?;
        if let Some(left) = dead.get_mut(text::path_of(&text)?).filter(|left| **left > 0) {
            *left -= 1;
            continue;
        }
        records.push(Record::Url { entry: banded(&format!("{band}{text}"), &host)? });
    }
    Ok(())
}

fn read_due(row: Value, now: UnixMicros, records: &mut Vec<Record>) -> Read<()> {
    let mut row = Parts::of(row)?;
    let host = row.host()?;
    let mut pairs = Parts::of(row.next()?)?;
    while !pairs.is_empty() {
        let at = pairs.number()?;
        let entry = aside(&pairs.text()?, &host)?;
        records.push(Record::Due { entry, in_us: at - now.0 });
    }
    Ok(())
}

/// A member of a set of known URLs; its sign says where the URL waits.
fn known(member: Value) -> Read<Fingerprint> {
    Ok(Fingerprint(reply::number(member)?.unsigned_abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::BulkString(text.into())
    }

    #[test]
    fn no_damaged_time_hides_what_is_put_aside() {
        let row = |at: &str| {
            let pairs = ["7", "000/1", at, "000/2"].map(text).to_vec();
            Value::Array(vec![text("a.test"), Value::Array(pairs)])
        };
        let read = |at| {
            let mut records = Vec::new();
            read_due(row(at), UnixMicros(5), &mut records).map(|()| records.len())
        };
        assert_eq!(read("9"), Ok(2));
        assert!(read("nan").is_err());
        assert!(read("").is_err());
    }
}
