//! What a dump holds, into the partitions it belongs to.

use std::collections::BTreeMap;

use crawl::{CanonicalUrl, Entry, Fingerprint, HostKey, Share};

use super::client::Arg;
use super::control::Word;
use super::robots::pack;
use super::{Redis, account, text, urls};
use crate::dump::{DirectiveRecord, HostRecord, Record, SeedRecord};
use crate::seeds::name;
use crate::time::bounded;
use crate::{Error, Frontier, Result};

/// Arguments of calls that are to be made, by partition.
type Parts<'a> = BTreeMap<usize, Vec<Arg<'a>>>;

impl Redis {
    /// Takes records in, those of a kind that stand together in one call for each partition.
    pub(super) async fn load_all(&self, records: Vec<Record>) -> Result<()> {
        let mut records = records.into_iter().peekable();
        while let Some(first) = records.next() {
            let kind = std::mem::discriminant(&first);
            let mut alike = vec![first];
            while alike.len() < urls::CALL_MAX
                && let Some(next) = records.next_if(|next| std::mem::discriminant(next) == kind)
            {
                alike.push(next);
            }
            self.load_alike(alike).await?;
        }
        for at in self.everywhere() {
            self.hints.fresh(at);
        }
        Ok(())
    }

    async fn load_alike(&self, records: Vec<Record>) -> Result<()> {
        match records.first() {
            Some(Record::Host(_)) => self.load_hosts(&records).await,
            Some(Record::Robots { .. }) => self.load_robots(&records).await,
            Some(Record::Seed(_)) => self.load_seeds(&records).await,
            Some(Record::Url { .. }) => {
                let entry = |record| match record {
                    Record::Url { entry } => Some(entry),
                    _ => None,
                };
                self.enqueue_all(records.into_iter().filter_map(entry).collect()).await.map(drop)
            }
            Some(Record::Due { .. }) => self.load_due(&records).await,
            Some(Record::Directive(_)) => {
                self.load_each(&records).await?;
                self.change_told().await
            }
            _ => self.load_each(&records).await,
        }
    }

    /// Records of a kind without order: their calls go together.
    async fn load_each(&self, records: &[Record]) -> Result<()> {
        let calls = records.iter().map(|record| self.load_one(record));
        futures_util::future::try_join_all(calls).await.map(drop)
    }

    async fn load_one(&self, record: &Record) -> Result<()> {
        match record {
            Record::Note { key, value } => self.set_note(key, value).await,
            Record::Scope { member } => self.admit(vec![member.clone()]).await,
            Record::Directive(directive) => self.load_directive(directive).await,
            Record::Account { outlet, account } => {
                let mut args = vec![Arg::from(outlet.as_str())];
                for (name, sum) in account::fields(account) {
                    args.push(Arg::from(name));
                    args.push(Arg::from(sum));
                }
                let at = self.caller.of_outlet(outlet);
                self.caller.call(at, "nh1_load_account", &args).await.map(drop)
            }
            Record::Claim { outlet, key, by } => {
                self.claim_in(outlet, *key, Fingerprint(*by)).await.map(drop)
            }
            Record::Seen { share, urls } => self.load_seen(*share, urls).await,
            Record::Unplaced { .. } => Err(unplaced()),
            _ => Ok(()),
        }
    }

    async fn call_each(&self, function: &str, parts: Parts<'_>) -> Result<()> {
        let calls = parts.iter().map(|(at, args)| self.caller.call(*at, function, args));
        futures_util::future::try_join_all(calls).await.map(drop)
    }

    async fn load_hosts(&self, records: &[Record]) -> Result<()> {
        let mut parts = Parts::new();
        for record in records {
            let Record::Host(HostRecord { host, fence, in_us, delay_us, state, turn }) = record
            else {
                continue;
            };
            let args = parts.entry(self.caller.of_host(host)).or_default();
            args.push(Arg::from(host.as_str()));
            args.push(Arg::from(urls::place(host)));
            args.push(Arg::from(fence.to_string()));
            args.push(Arg::from(bounded(*in_us)));
            args.push(Arg::from(bounded(*delay_us).max(0)));
            args.push(Arg::from(self.json("host state", state)?));
            args.push(Arg::from(i64::from(*turn)));
        }
        self.call_each("nh1_load_hosts", parts).await
    }

    async fn load_robots(&self, records: &[Record]) -> Result<()> {
        let mut parts = Parts::new();
        for record in records {
            let Record::Robots { origin, copy, age_us } = record else { continue };
            let url = CanonicalUrl::parse(origin);
            let host = url.map_err(|e| Error::Record { reason: e.to_string() })?.host_key();
            let json = self.json("robots copy", copy)?;
            let args = parts.entry(self.caller.of_host(&host)).or_default();
            args.push(Arg::from(host.as_str().to_owned()));
            args.push(Arg::from(urls::place(&host)));
            args.push(Arg::from(origin.as_str()));
            args.push(Arg::Bytes(pack(json.as_bytes())));
            args.push(Arg::from(bounded(*age_us)));
        }
        self.call_each("nh1_load_robots", parts).await
    }

    async fn load_seeds(&self, records: &[Record]) -> Result<()> {
        let mut parts = Parts::new();
        for record in records {
            let Record::Seed(SeedRecord { spec, member, age_us, state, state_age_us }) = record
            else {
                continue;
            };
            let outlet = spec.seed.outlet();
            let args = parts.entry(self.caller.of_outlet(&outlet)).or_default();
            args.push(Arg::from(name(spec)));
            args.push(Arg::from(outlet.as_str().to_owned()));
            args.push(Arg::from(self.json("seed", spec)?));
            args.push(Arg::from(member.clone().unwrap_or_default()));
            args.push(Arg::from(bounded(*age_us)));
            let state = state.as_ref().map(|state| self.json("seed state", state)).transpose()?;
            args.push(Arg::from(state.unwrap_or_default()));
            args.push(Arg::from(bounded(*state_age_us)));
        }
        self.call_each("nh1_load_seeds", parts).await
    }

    async fn load_directive(&self, record: &DirectiveRecord) -> Result<()> {
        let DirectiveRecord { about, order, by, why, age_us, in_us } = record.clone();
        let word = Word { about, order, by, why };
        let json = self.json("directive", &word)?;
        let (at, is_name) = self.home(&word.about);
        let age_us = bounded(age_us);
        // Counted from when it was given, as one for good is.
        let lasts = in_us.map_or(-1, |in_us| (bounded(in_us) + age_us).max(0));
        let args = [
            Arg::from(word.order.kind()),
            Arg::from(word.about.as_str()),
            Arg::from(lasts),
            Arg::from(age_us),
            Arg::from(json),
            Arg::from(usize::from(is_name)),
            Arg::from("1"),
        ];
        self.caller.call(at, "nh1_direct", &args).await.map(drop)
    }

    async fn load_due(&self, records: &[Record]) -> Result<()> {
        let mut parts = Parts::new();
        for record in records {
            let Record::Due { entry, in_us } = record else { continue };
            let host = entry.url.host_key();
            let args = parts.entry(self.caller.of_host(&host)).or_default();
            self.due_args(&host, entry, bounded(*in_us), args)?;
        }
        self.call_each("nh1_load_due", parts).await
    }

    fn due_args(
        &self,
        host: &HostKey,
        entry: &Entry,
        in_us: i64,
        args: &mut Vec<Arg<'_>>,
    ) -> Result<()> {
        args.push(Arg::from(host.as_str().to_owned()));
        args.push(Arg::from(urls::place(host)));
        args.push(Arg::from(text::member(entry.url.fingerprint())));
        args.push(Arg::from(in_us));
        args.push(Arg::from(self.put_aside(entry, host)?));
        Ok(())
    }

    async fn load_seen(&self, share: Share, urls: &[Fingerprint]) -> Result<()> {
        let mut args = vec![Arg::from(i64::from(share.number()))];
        args.extend(urls.iter().map(|url| Arg::from(text::member(*url))));
        self.caller.call(self.caller.of_share(share), "nh1_load_seen", &args).await.map(drop)
    }
}

/// Nobody knows in which share these URLs would be looked for.
fn unplaced() -> Error {
    let reason = "known URLs come from a file that an older newshound began, and it does not say \
                  whose they are: such a crawl moves to a data directory only";
    Error::Record { reason: reason.into() }
}
