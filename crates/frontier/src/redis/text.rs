//! How entries and fingerprints are written in Redis.
//!
//! An entry is its depth, and its path when the rest is the host's https origin, else its URL: long
//! lists of such texts compress well. With more to keep, a line break and that: `@` or `~` and the
//! time at which an article was listed, or JSON.

use std::borrow::Cow;

use crawl::{Band, CanonicalUrl, Entry, Fingerprint, HostKey, Hub, Listed, UnixMicros, Validators};
use serde::{Deserialize, Serialize};

/// What is neither in the path nor in the list that an entry stands in.
#[derive(Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Rest<'e> {
    #[serde(skip_serializing_if = "is_zero")]
    hops: u8,
    #[serde(skip_serializing_if = "is_zero")]
    attempt: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<Cow<'e, str>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    http_fallback: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    revisit: Option<Cow<'e, Validators>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hub: Option<Cow<'e, Hub>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    listed: Option<Listed>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_zero(n: &u8) -> bool {
    *n == 0
}

/// The path of a URL as its host's lists have it.
pub(super) fn path<'u>(url: &'u CanonicalUrl, host: &HostKey) -> &'u str {
    let path = url.as_str().strip_prefix("https://").and_then(|u| u.strip_prefix(host.as_str()));
    path.filter(|path| path.starts_with('/')).unwrap_or(url.as_str())
}

/// The text of an entry.
pub(super) fn write(entry: &Entry, host: &HostKey) -> Result<String, serde_json::Error> {
    let Entry { url, depth, hops, attempt, seed, http_fallback, revisit, hub, listed, .. } = entry;
    let mut text = format!("{depth}{}", path(url, host));
    let rest = Rest {
        hops: *hops,
        attempt: *attempt,
        seed: seed.as_deref().map(Cow::Borrowed),
        http_fallback: *http_fallback,
        revisit: revisit.as_deref().map(Cow::Borrowed),
        hub: hub.as_deref().map(Cow::Borrowed),
        listed: None,
    };
    match listed {
        _ if rest != Rest::default() => {
            text.push('\n');
            text.push_str(&serde_json::to_string(&Rest { listed: *listed, ..rest })?);
        }
        Some(Listed { at, is_published }) => {
            text.push_str(if *is_published { "\n@" } else { "\n~" });
            text.push_str(&at.to_string());
        }
        None => {}
    }
    Ok(text)
}

/// Reads what [`write()`] wrote; says why it cannot.
pub(super) fn read(text: &str, band: Band, host: &HostKey) -> Result<Entry, String> {
    let (depth, path, tail) = parts(text)?;
    let url = CanonicalUrl::parse(&whole(path, host)).map_err(|e| e.to_string())?;
    let mut entry = Entry { depth, ..Entry::new(url, band) };
    let Some(tail) = tail else { return Ok(entry) };
    if let Some(at) = tail.strip_prefix(['@', '~']) {
        let at = UnixMicros(at.parse().map_err(|_| format!("{tail} is no time"))?);
        entry.listed = Some(Listed { at, is_published: tail.starts_with('@') });
        return Ok(entry);
    }
    let rest: Rest<'_> = serde_json::from_str(tail).map_err(|e| e.to_string())?;
    entry.hops = rest.hops;
    entry.attempt = rest.attempt;
    entry.seed = rest.seed.map(Cow::into_owned);
    entry.http_fallback = rest.http_fallback;
    entry.revisit = rest.revisit.map(|v| Box::new(v.into_owned()));
    entry.hub = rest.hub.map(|h| Box::new(h.into_owned()));
    entry.listed = rest.listed;
    Ok(entry)
}

/// The fingerprint of an entry as it is written, without reading all of it.
pub(super) fn fingerprint(text: &str, host: &HostKey) -> Result<Fingerprint, String> {
    Ok(Fingerprint::of(&whole(parts(text)?.1, host)))
}

/// The path of an entry as it is written.
pub(super) fn path_of(text: &str) -> Result<&str, String> {
    Ok(parts(text)?.1)
}

fn parts(text: &str) -> Result<(u16, &str, Option<&str>), String> {
    let (head, tail) = match text.split_once('\n') {
        Some((head, tail)) => (head, Some(tail)),
        None => (text, None),
    };
    let digits = head.bytes().take_while(u8::is_ascii_digit).count();
    let depth = head[..digits].parse().map_err(|_| format!("{head:?} has no depth"))?;
    Ok((depth, &head[digits..], tail))
}

fn whole<'t>(path: &'t str, host: &HostKey) -> Cow<'t, str> {
    if path.starts_with('/') {
        Cow::Owned(format!("https://{host}{path}"))
    } else {
        Cow::Borrowed(path)
    }
}

/// A fingerprint as the sets have it: a decimal above zero, for the sign means something else.
pub(super) fn member(fingerprint: Fingerprint) -> String {
    (fingerprint.0 & (u64::MAX >> 1)).max(1).to_string()
}

/// The band of a digit.
pub(super) fn band(digit: u8) -> Option<Band> {
    Band::ALL.get(usize::from(digit.checked_sub(b'0')?)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_short_where_they_can_be_and_come_back_as_they_were() {
        let host = HostKey::parse("example.com").unwrap();
        let plain = |url: &str| Entry {
            depth: 13,
            ..Entry::new(CanonicalUrl::parse(url).unwrap(), Band::Article)
        };
        let listed = |at, is_published| Entry {
            listed: Some(Listed { at: UnixMicros(at), is_published }),
            ..plain("https://example.com/l")
        };
        let validators = Validators { etag: Some("\"{\n\"".into()), ..Validators::default() };
        let hub = Hub { visits: 3, ..Hub::default() };
        for (entry, text) in [
            (plain("https://example.com/a?b"), Some("13/a?b")),
            (plain("http://example.com/a"), Some("13http://example.com/a")),
            (plain("https://example.com:8443/a"), Some("13https://example.com:8443/a")),
            (plain("https://example.com//1"), Some("13//1")),
            (listed(1_795_000_000_000_001, true), Some("13/l\n@1795000000000001")),
            (listed(-5, false), Some("13/l\n~-5")),
            (Entry { seed: Some("é".into()), http_fallback: true, ..listed(3, true) }, None),
            (Entry { revisit: Some(Box::new(validators)), attempt: 2, ..listed(3, false) }, None),
            (Entry { hub: Some(Box::new(hub)), hops: 1, ..plain("https://example.com/") }, None),
        ] {
            let written = write(&entry, &host).unwrap();
            if let Some(text) = text {
                assert_eq!(written, text);
            }
            assert_eq!(read(&written, Band::Article, &host).unwrap(), entry);
            assert_eq!(fingerprint(&written, &host).unwrap(), entry.url.fingerprint());
        }
    }

    #[test]
    fn damaged_text_is_told() {
        let host = HostKey::parse("example.com").unwrap();
        for text in ["", "/", "{", "3", "3ftp://example.com/", "3/a\n@x", "3/a\n{", "3/a\n"] {
            assert!(read(text, Band::Hub, &host).is_err(), "{text:?}");
        }
    }
}
