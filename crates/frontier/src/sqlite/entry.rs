//! How entries, fingerprints and bands are written in the file.

use std::borrow::Cow;

use crawl::{Band, CanonicalUrl, Entry, Fingerprint, HostKey, Listed, UnixMicros};

use super::fault::Fault;

/// The text of an entry: the path when the rest is the host's https origin, the URL when there is
/// nothing to keep but URL, band and depth, else JSON.
pub(super) fn write<'e>(entry: &'e Entry, host: &HostKey) -> Result<Cow<'e, str>, Fault> {
    let Entry { url, hops, attempt, seed, http_fallback, revisit, hub, listed, .. } = entry;
    let is_plain = *hops == 0
        && *attempt == 0
        && seed.is_none()
        && !http_fallback
        && revisit.is_none()
        && hub.is_none();
    if is_plain {
        let path =
            url.as_str().strip_prefix("https://").and_then(|u| u.strip_prefix(host.as_str()));
        let path = path.filter(|path| path.starts_with('/')).unwrap_or(url.as_str());
        return Ok(match listed {
            None => Cow::Borrowed(path),
            Some(listed) => Cow::Owned(format!("{}{path}", since(*listed))),
        });
    }
    let json = serde_json::to_string(entry).map_err(|e| Fault::damaged("new entry", &e))?;
    Ok(Cow::Owned(json))
}

/// Reads what [`write()`] wrote.
pub(super) fn read(text: &str, depth: u16, band: Band, host: &HostKey) -> Result<Entry, Fault> {
    if text.starts_with('{') {
        return serde_json::from_str(text).map_err(|e| Fault::damaged("entry", &e));
    }
    let (listed, text) = split_since(text)?;
    let url = whole(text, host);
    let url = CanonicalUrl::parse(&url).map_err(|e| Fault::damaged("URL", &e))?;
    Ok(Entry { depth, listed, ..Entry::new(url, band) })
}

/// When an article was listed, before its URL: `@` and microseconds since it was published, `~`
/// since it was first seen, and a space.
fn since(listed: Listed) -> String {
    let mark = if listed.is_published { '@' } else { '~' };
    format!("{mark}{} ", listed.at)
}

fn split_since(text: &str) -> Result<(Option<Listed>, &str), Fault> {
    let is_published = text.starts_with('@');
    if !is_published && !text.starts_with('~') {
        return Ok((None, text));
    }
    let damaged = || Fault::damaged("entry", &"its time cannot be read");
    let (time, rest) = text[1..].split_once(' ').ok_or_else(damaged)?;
    let at = UnixMicros(time.parse().map_err(|_| damaged())?);
    Ok((Some(Listed { at, is_published }), rest))
}

/// The fingerprint of an entry as it is written, without reading all of it where possible.
pub(super) fn fingerprint(text: &str, host: &HostKey) -> Result<Fingerprint, Fault> {
    if text.starts_with('{') {
        return Ok(read(text, 0, Band::Hub, host)?.url.fingerprint());
    }
    Ok(Fingerprint::of(&whole(split_since(text)?.1, host)))
}

fn whole<'t>(text: &'t str, host: &HostKey) -> Cow<'t, str> {
    if text.starts_with('/') {
        Cow::Owned(format!("https://{host}{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The database's integers are signed: turning the highest bit keeps the order of fingerprints.
pub(super) fn key(fingerprint: Fingerprint) -> i64 {
    (fingerprint.0 ^ (1 << 63)).cast_signed()
}

/// The band of this number.
pub(super) fn band(number: i64) -> Result<Band, Fault> {
    let known = usize::try_from(number).ok().and_then(|n| Band::ALL.get(n).copied());
    known.ok_or_else(|| Fault::damaged("band", &number))
}

/// The number of a band.
pub(super) fn band_number(band: Band) -> i64 {
    match band {
        Band::Hub => 0,
        Band::Article => 1,
        Band::Backfill => 2,
    }
}

#[cfg(test)]
mod tests {
    use crawl::Validators;

    use super::*;

    #[test]
    fn entries_are_short_where_they_can_be() {
        let host = HostKey::parse("example.com").unwrap();
        let plain = |url: &str| Entry {
            depth: 3,
            ..Entry::new(CanonicalUrl::parse(url).unwrap(), Band::Article)
        };
        let seed = Entry { seed: Some("example.com".into()), ..plain("https://example.com/") };
        let validators = Validators { etag: Some("\"{\"".into()), ..Validators::default() };
        let revisit =
            Entry { revisit: Some(Box::new(validators)), ..plain("https://example.com/r") };
        let listed = |at, is_published| Entry {
            listed: Some(Listed { at: UnixMicros(at), is_published }),
            ..plain("https://example.com/l")
        };
        for (entry, text) in [
            (listed(1_795_000_000_000_001, true), Some("@1795000000000001 /l")),
            (listed(-5, false), Some("~-5 /l")),
            (plain("https://example.com/a?b"), Some("/a?b")),
            (plain("http://example.com/a"), Some("http://example.com/a")),
            (plain("https://example.com:8443/a"), Some("https://example.com:8443/a")),
            (plain("https://example.com//a"), Some("//a")),
            (seed, None),
            (revisit, None),
        ] {
            let written = write(&entry, &host).unwrap();
            if let Some(text) = text {
                assert_eq!(written, text);
            }
            assert_eq!(read(&written, 3, Band::Article, &host).unwrap(), entry);
            assert_eq!(fingerprint(&written, &host).unwrap(), entry.url.fingerprint());
        }
    }

    #[test]
    fn damaged_text_is_told() {
        let host = HostKey::parse("example.com").unwrap();
        for text in ["", "{", "{}", "ftp://example.com/", "@5/a", "~x /a"] {
            assert!(read(text, 0, Band::Hub, &host).is_err(), "{text:?}");
        }
        assert!(band(3).is_err() && band(-1).is_err());
    }

    #[test]
    fn keys_keep_the_order_of_fingerprints() {
        let in_order = [0, 1, u64::MAX / 2, u64::MAX / 2 + 1, u64::MAX];
        assert!(in_order.map(|n| key(Fingerprint(n))).is_sorted());
    }
}
