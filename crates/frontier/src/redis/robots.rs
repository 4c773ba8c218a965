//! Robots copies: kept once for all crawls, compressed where that pays.

use crawl::robots::RobotsCopy;
use crawl::{CanonicalUrl, Origin, UnixMicros};

use super::client::Arg;
use super::{Redis, urls};
use crate::contract::NewRobots;
use crate::{Result, StoredRobots};

/// Shorter copies are kept as they are.
const PACK_MIN_BYTES: usize = 120;

/// A copy is never longer than this once unpacked: the robots rules bound it far below.
const UNPACKED_BYTES_MAX: usize = 16 << 20;

const PLAIN: u8 = b'j';
const ZSTD: u8 = b'z';

pub(super) fn pack(json: &[u8]) -> Vec<u8> {
    if json.len() >= PACK_MIN_BYTES
        && let Ok(packed) = zstd::bulk::compress(json, 3)
        && packed.len() < json.len()
    {
        return [&[ZSTD], packed.as_slice()].concat();
    }
    [&[PLAIN], json].concat()
}

fn unpack(bytes: &[u8]) -> std::result::Result<RobotsCopy, String> {
    let json = match bytes.split_first() {
        Some((&PLAIN, json)) => json.to_vec(),
        Some((&ZSTD, packed)) => {
            zstd::bulk::decompress(packed, UNPACKED_BYTES_MAX).map_err(|e| e.to_string())?
        }
        _ => return Err("it is packed in an unknown way".to_owned()),
    };
    serde_json::from_slice(&json).map_err(|e| e.to_string())
}

/// Reads the copies of a host's origins: each after the time at which it came.
pub(super) fn read_all(
    fields: Vec<(String, Vec<u8>)>,
    now: UnixMicros,
) -> std::result::Result<Vec<(Origin, StoredRobots)>, String> {
    let mut copies = Vec::with_capacity(fields.len());
    for (origin, value) in fields {
        let url = CanonicalUrl::parse(&origin).map_err(|e| e.to_string())?;
        let space = value.iter().position(|b| *b == b' ').ok_or("it has no time")?;
        let at = std::str::from_utf8(&value[..space]).map_err(|e| e.to_string())?;
        let at = UnixMicros(at.parse().map_err(|_| format!("{at:?} is no time"))?);
        let copy = unpack(&value[space + 1..])?;
        copies.push((url.origin(), StoredRobots { copy, age: now.since(at) }));
    }
    copies.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(copies)
}

impl Redis {
    /// Those of the copies that live in this partition, and the others.
    pub(super) fn split_robots(&self, at: usize, copies: NewRobots) -> (NewRobots, NewRobots) {
        copies
            .into_iter()
            .partition(|(origin, _)| self.caller.of_host(&origin.robots_url().host_key()) == at)
    }

    /// Copies as `robots.lua` reads them.
    pub(super) fn robots_args<'a>(&self, copies: &[(Origin, RobotsCopy)]) -> Result<Vec<Arg<'a>>> {
        let mut args = vec![Arg::from(copies.len())];
        for (origin, copy) in copies {
            let host = origin.robots_url().host_key();
            let json = self.json("robots copy", copy)?;
            args.push(Arg::from(host.as_str().to_owned()));
            args.push(Arg::from(urls::place(&host)));
            args.push(Arg::from(origin.as_str().to_owned()));
            args.push(Arg::Bytes(pack(json.as_bytes())));
        }
        Ok(args)
    }

    /// Stores copies of hosts that live elsewhere than the lease at hand.
    pub(super) async fn put_robots(&self, copies: NewRobots) -> Result<()> {
        for copy in copies {
            let at = self.caller.of_host(&copy.0.robots_url().host_key());
            let args = self.robots_args(&[copy])?;
            self.caller.call(at, "nh1_robots_put", &args).await?;
        }
        Ok(())
    }

    pub(super) async fn robots_of(&self, origin: &Origin) -> Result<Option<StoredRobots>> {
        let host = origin.robots_url().host_key();
        let args = [Arg::from(host.as_str())];
        let mut reply = self.caller.call(self.caller.of_host(&host), "nh1_robots", &args).await?;
        let fields = reply.pairs().map_err(|e| self.caller.unreadable(e))?;
        let copies = read_all(fields, reply.now());
        let copies = copies.map_err(|e| self.caller.damaged("robots copy", &e))?;
        Ok(copies.into_iter().find(|(of, _)| of == origin).map(|(_, copy)| copy))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crawl::robots::RobotsState;

    use super::*;

    #[test]
    fn copies_come_back_as_they_were_and_long_ones_are_short() {
        for rules in ["", "User-agent: *\n", &"Disallow: /a/long/path\n".repeat(500)] {
            let copy = RobotsCopy {
                state: RobotsState::Rules(rules.to_owned()),
                fresh_for: Duration::from_secs(9),
                unreachable_for: Duration::ZERO,
            };
            let packed = pack(&serde_json::to_vec(&copy).unwrap());
            assert_eq!(unpack(&packed).unwrap(), copy);
            assert!(packed.len() < 200, "{}", packed.len());
        }
        assert!(unpack(b"").is_err() && unpack(b"xyz").is_err() && unpack(b"z!!").is_err());
    }
}
