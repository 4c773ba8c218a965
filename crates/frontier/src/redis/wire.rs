//! The articles of a fleet on their way to its one service of stories: a capped stream in Redis.
//!
//! Entries are numbered 1, 2, 3, ...: whoever reads sees at once what the cap has pushed out. One
//! service at a time holds the right to read; each read and each acknowledgement names it, so that
//! one that has lost it is turned away.

use std::time::Duration;

use redis::{Cmd, Value, cmd};

use super::RedisAddress;
use super::fault::{self, Fault};
use super::link::{Link, slot_of};
use super::reply;
use super::setup::probe;
use crate::{Error, Result};

/// What stands before the functions that tell how things stand: the process that answers, which
/// stream it has, and how many of its entries nobody has read. A stream gets a name of its own with
/// its first entry, or when it is first asked for it.
const STANDING: &str = "
local function number(id) return tonumber(string.match(id, '^%d+')) end
local function standing(stream, name)
    local server = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
    if redis.call('EXISTS', stream) == 0 then return { server, '', 0 } end
    local own = redis.call('GET', name)
    if not own then
        own = redis.sha1hex(server .. table.concat(redis.call('TIME'), '.'))
        redis.call('SET', name, own)
    end
    local last, length, read = 0, 0, 0
    local info = redis.call('XINFO', 'STREAM', stream)
    for i = 1, #info, 2 do
        if info[i] == 'last-generated-id' then last = number(info[i + 1]) end
        if info[i] == 'length' then length = info[i + 1] end
    end
    for _, group in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
        local says = {}
        for i = 1, #group, 2 do says[group[i]] = group[i + 1] end
        if says.name == 'stories' then read = number(says['last-delivered-id']) end
    end
    return { server, own, math.max(0, math.min(length, last - read)) }
end
";

/// How things stand.
const STAND: &str = "return standing(KEYS[1], KEYS[2])";

/// Appends articles, numbered from the last one on, with the second at which they came.
const APPEND: &str = "
local last, now = 0, redis.call('TIME')
if redis.call('EXISTS', KEYS[1]) == 1 then
    local info = redis.call('XINFO', 'STREAM', KEYS[1])
    for i = 1, #info, 2 do
        if info[i] == 'last-generated-id' then
            last = tonumber(string.match(info[i + 1], '^%d+'))
        end
    end
else
    redis.call('DEL', KEYS[2])
end
for i = 4, #ARGV do
    last = last + 1
    local id = string.format('%.0f-0', last)
    redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], id, 'article', ARGV[i], 'at', now[1])
end
redis.call('HSET', KEYS[3], ARGV[2], ARGV[3])
return standing(KEYS[1], KEYS[2])";

/// The archives, each with the name of its worker.
const ARCHIVES: &str = "return redis.call('HGETALL', KEYS[1])";

/// Takes the right to read for a while, or keeps it: that also when memory is full.
const HOLD: &str = "
local holder = redis.call('GET', KEYS[1])
if holder == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
if holder then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1";

/// Gives the right to read back.
const RELEASE: &str = "
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1";

/// Goes to an entry: what comes behind it is read next. What was read and not acknowledged before
/// is forgotten, since it lies behind it as well, or was taken.
const GO_TO: &str = "
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
local id = ARGV[2] .. '-0'
if redis.call('EXISTS', KEYS[1]) == 0 then redis.call('DEL', KEYS[3]) end
local made = redis.pcall('XGROUP', 'CREATE', KEYS[1], 'stories', id, 'MKSTREAM')
if made.err and not string.find(made.err, 'BUSYGROUP') then return made end
redis.call('XGROUP', 'DELCONSUMER', KEYS[1], 'stories', 'service')
redis.call('XGROUP', 'SETID', KEYS[1], 'stories', id)
return 1";

/// The next entries.
const READ: &str = "
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
local read = redis.pcall('XREADGROUP', 'GROUP', 'stories', 'service', 'COUNT', ARGV[2],
    'STREAMS', KEYS[1], '>')
if not read then return {} end
-- Redis has forgotten the stream, or where in it we were.
if read.err and string.find(read.err, 'NOGROUP') then return 0 end
if read.err then return read end
return read[1][2]";

/// Acknowledges entries.
const ACKNOWLEDGE: &str = "
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
for i = 2, #ARGV do redis.call('XACK', KEYS[1], 'stories', ARGV[i] .. '-0') end
return 1";

/// How far the reader is: oldest and newest entry, the newest that was taken, and for how many
/// seconds the first that was not has waited.
const BACKLOG: &str = "
local function number(id) return tonumber(string.match(id, '^%d+')) end
local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
if not first then return {} end
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
local taken = 0
for _, group in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
    local says = {}
    for i = 1, #group, 2 do says[group[i]] = group[i + 1] end
    if says.name == 'stories' then
        local open = redis.call('XPENDING', KEYS[1], 'stories')[2]
        taken = open and number(open) - 1 or number(says['last-delivered-id'])
    end
end
local from = string.format('(%.0f-0', taken)
local waits = redis.call('XRANGE', KEYS[1], from, '+', 'COUNT', 1)[1]
local at = waits and tonumber(waits[2][4])
local for_s = at and math.max(0, redis.call('TIME')[1] - at) or -1
return { number(first[1]), number(last[1]), taken, for_s }";

/// An article on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnWire {
    /// Its number: one more than that of the one before it.
    pub number: u64,
    /// What was appended.
    pub article: Vec<u8>,
}

/// Whose articles they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    /// The archive that has them, for good.
    pub archive: String,
    /// The name of the worker that writes in it, for people.
    pub worker: String,
}

/// How things stand with a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The process that answered: another one may not have what was sent last.
    pub server: String,
    /// Which stream it has: a name that the stream was given with its first entry, and keeps under
    /// whatever address it is asked for. Empty while there is none.
    pub stream: String,
    /// Entries that nobody has read.
    pub waiting: u64,
}

/// What waits for the reader.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Entries that the stream keeps.
    pub kept: u64,
    /// Those of them that were not taken.
    pub waiting: u64,
    /// How long the first of these has waited, to the second.
    pub oldest_for: Option<Duration>,
    /// Entries that were pushed out since something was taken last: nobody has missed them yet.
    pub pushed_out: u64,
}

/// The stream of the articles of one crawl.
#[derive(Clone)]
pub struct Wire {
    link: Link,
    slot: u16,
    url: String,
    /// The stream, its name, who may read it, and what has appended to it: one hash tag.
    articles: String,
    name: String,
    holder: String,
    archives: String,
}

impl std::fmt::Debug for Wire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wire").field("url", &self.url).finish_non_exhaustive()
    }
}

impl Wire {
    /// A way to the stream of a crawl, with a connection of its own. Within a runtime only.
    pub async fn open(address: &RedisAddress) -> Result<Self> {
        let (peer, _) = probe(address).await?;
        let tag = format!("stories:{}", address.crawl());
        let key = |name: &str| format!("nh:{{{tag}}}:{name}");
        Ok(Self {
            link: Link::new(peer),
            slot: slot_of(&tag),
            url: address.shown(),
            articles: key("articles"),
            name: key("name"),
            holder: key("holder"),
            archives: key("archives"),
        })
    }

    /// Appends articles of an archive, whole or not at all, and keeps about so many of the newest.
    pub async fn append(
        &self,
        sender: &Sender,
        articles: &[Vec<u8>],
        keep: u64,
    ) -> Result<Standing> {
        if articles.is_empty() {
            return self.standing().await;
        }
        let text = [STANDING, APPEND].concat();
        let mut call = script(&text, &[&self.articles, &self.name, &self.archives]);
        call.arg(keep).arg(&sender.archive).arg(&sender.worker).arg(articles);
        let standing = self.send(call).await?;
        self.read_as(standing, read_standing)
    }

    /// How things stand: what was sent last may be lost with another server, all with another
    /// stream.
    pub async fn standing(&self) -> Result<Standing> {
        let call = script(&[STANDING, STAND].concat(), &[&self.articles, &self.name]);
        let standing = self.send(call).await?;
        self.read_as(standing, read_standing)
    }

    /// The archives of which articles were ever appended, with the last names of their workers.
    pub async fn senders(&self) -> Result<Vec<Sender>> {
        let told = self.send(script(ARCHIVES, &[&self.archives])).await?;
        let told = self.read_as(told, reply::list)?;
        let texts: Result<Vec<String>> =
            told.into_iter().map(|text| self.read_as(text, reply::text)).collect();
        let sender = |pair: &[String]| {
            let [archive, worker] = pair else { return None };
            Some(Sender { archive: archive.clone(), worker: worker.clone() })
        };
        let mut senders: Vec<Sender> = texts?.chunks(2).filter_map(sender).collect();
        senders.sort_by(|a, b| (&a.worker, &a.archive).cmp(&(&b.worker, &b.archive)));
        Ok(senders)
    }

    /// Takes the right to read for so long, or keeps it; false while somebody else has it.
    pub async fn hold(&self, who: &str, lasts: Duration) -> Result<bool> {
        let mut call = script(HOLD, &[&self.holder]);
        call.arg(who).arg(u64::try_from(lasts.as_millis()).unwrap_or(u64::MAX));
        self.said_yes(call).await
    }

    /// Gives the right to read back.
    pub async fn release(&self, who: &str) -> Result<()> {
        let mut call = script(RELEASE, &[&self.holder]);
        call.arg(who);
        self.send(call).await.map(drop)
    }

    /// An entry, where the stream still has it.
    pub async fn entry(&self, number: u64) -> Result<Option<OnWire>> {
        let mut call = cmd("XRANGE");
        let id = format!("{number}-0");
        call.arg(&self.articles).arg(&id).arg(&id);
        Ok(self.entries(self.send(call).await?)?.pop())
    }

    /// The oldest entry and the newest one, by number; nothing while there are none.
    pub async fn ends(&self) -> Result<Option<(u64, u64)>> {
        let mut ends = Vec::new();
        for (order, from, to) in [("XRANGE", "-", "+"), ("XREVRANGE", "+", "-")] {
            let mut call = cmd(order);
            call.arg(&self.articles).arg(from).arg(to).arg("COUNT").arg(1);
            ends.extend(self.entries(self.send(call).await?)?.into_iter().map(|e| e.number));
        }
        Ok(ends.first().copied().zip(ends.last().copied()))
    }

    /// What waits for the reader, whoever that is. Nobody needs a right to ask.
    pub async fn backlog(&self) -> Result<Backlog> {
        let found = self.send(script(BACKLOG, &[&self.articles])).await?;
        let numbers = self.read_as(found, reply::list)?;
        let numbers: Result<Vec<i64>> =
            numbers.into_iter().map(|value| self.read_as(value, reply::number)).collect();
        let &[first, last, taken, for_s] = numbers?.as_slice() else {
            return Ok(Backlog::default());
        };
        let count = |from: i64, to: i64| u64::try_from(to - from).unwrap_or(0);
        Ok(Backlog {
            kept: count(first - 1, last),
            waiting: count(taken.max(first - 1), last),
            oldest_for: u64::try_from(for_s).ok().map(Duration::from_secs),
            pushed_out: count(taken, first - 1),
        })
    }

    /// Reads go on behind this entry; false for one who has no right to read.
    pub async fn go_to(&self, who: &str, number: u64) -> Result<bool> {
        let mut call = script(GO_TO, &[&self.articles, &self.holder, &self.name]);
        call.arg(who).arg(number);
        self.said_yes(call).await
    }

    /// The next entries, so many at most; nothing for one who has no right to read.
    pub async fn read(&self, who: &str, most: usize) -> Result<Option<Vec<OnWire>>> {
        let mut call = script(READ, &[&self.articles, &self.holder]);
        call.arg(who).arg(most);
        match self.send(call).await? {
            Value::Int(_) => Ok(None),
            entries => self.entries(entries).map(Some),
        }
    }

    /// Says that entries were taken and are kept; false for one who has no right to read.
    pub async fn acknowledge(&self, who: &str, numbers: &[u64]) -> Result<bool> {
        let mut call = script(ACKNOWLEDGE, &[&self.articles, &self.holder]);
        call.arg(who).arg(numbers);
        self.said_yes(call).await
    }

    async fn said_yes(&self, call: Cmd) -> Result<bool> {
        Ok(self.read_as(self.send(call).await?, reply::number)? == 1)
    }

    async fn send(&self, call: Cmd) -> Result<Value> {
        let sent = match self.link.call(self.slot, call).await {
            Ok(value) => fault::answer(value, &self.url),
            Err(error) => Err(fault::of(&error, &self.url)),
        };
        sent.map_err(|fault| match fault {
            Fault::Error(error) => error,
            Fault::Lost(source) => Error::Unreachable { url: self.url.clone(), source },
            Fault::NoLibrary | Fault::Clock => self.unreadable("an answer of another kind".into()),
        })
    }

    /// `{{ID, {FIELD, ARTICLE}}, ...}`.
    fn entries(&self, value: Value) -> Result<Vec<OnWire>> {
        let entry = |value: Value| -> std::result::Result<OnWire, String> {
            let mut parts = reply::list(value)?.into_iter();
            let id = reply::text(parts.next().unwrap_or(Value::Nil))?;
            let fields = reply::list(parts.next().unwrap_or(Value::Nil))?;
            let article = reply::bytes(fields.into_iter().nth(1).unwrap_or(Value::Nil))?;
            let number = id.split('-').next().unwrap_or_default().parse();
            Ok(OnWire { number: number.map_err(|_| format!("an id {id}"))?, article })
        };
        let entries = self.read_as(value, reply::list)?;
        entries.into_iter().map(|value| entry(value).map_err(|e| self.unreadable(e))).collect()
    }

    fn read_as<T>(
        &self,
        value: Value,
        read: impl Fn(Value) -> std::result::Result<T, String>,
    ) -> Result<T> {
        read(value).map_err(|reason| self.unreadable(reason))
    }

    fn unreadable(&self, reason: String) -> Error {
        Error::Unreadable { url: self.url.clone(), what: "stream of articles", reason }
    }
}

fn read_standing(value: Value) -> std::result::Result<Standing, String> {
    let mut parts = reply::list(value)?.into_iter();
    let mut next = || parts.next().ok_or_else(|| "it is too short".to_owned());
    let (server, stream) = (reply::text(next()?)?, reply::text(next()?)?);
    let waiting = reply::number(next()?)?.unsigned_abs();
    Ok(Standing { server, stream, waiting })
}

fn script(text: &str, keys: &[&str]) -> Cmd {
    let mut call = cmd("EVAL");
    call.arg(text).arg(keys.len()).arg(keys);
    call
}

#[cfg(test)]
mod tests;
