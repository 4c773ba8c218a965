//! Feeds in five formats, with what real ones have: dates in many spellings or none, hints when to
//! come back, paid links in between.

use std::fmt::Write as _;

use super::foreign;
use super::forms::{self, filled};
use super::listing::{Item, Listing};
use super::outlet::{Outlet, Pace};
use super::sources::{Form, Source};
use crate::clock::{http_date, iso_date};
use crate::html::escape;
use crate::truth::LiveKind;

/// Of the entries of a feed with paid links, one in three is one.
const PAID_EVERY: usize = 2;

/// An entry, ready to be written in any format.
struct Entry {
    /// Escaped already, as the title is not.
    url: String,
    title: String,
    published: Option<u64>,
    updated: Option<u64>,
}

impl Outlet {
    /// The bytes of a feed.
    pub(super) fn feed(&self, source: &Source, listing: &Listing, elapsed_s: i64) -> Vec<u8> {
        let entries = self.entries(listing, elapsed_s);
        let link = self.at("/").to_string();
        let own = escape(&self.at(&source.target).to_string());
        let frame = match source.form {
            Form::Json => return self.json(&own, &entries),
            Form::Rss091 => forms::RSS_091,
            Form::Rdf => forms::RDF,
            Form::Atom => forms::ATOM,
            _ => forms::RSS_2,
        };
        let mut written = String::with_capacity(entries.len() * 400);
        for entry in &entries {
            self.write(entry, source.form, &mut written);
        }
        let mut list = String::new();
        if source.form == Form::Rdf {
            for Entry { url, .. } in &entries {
                // Writing into a String cannot fail.
                let _ = writeln!(list, "<rdf:li rdf:resource=\"{url}\"/>");
            }
        }
        let values = [
            ("title", self.brand.as_str()),
            ("link", &link),
            ("self", &own),
            ("pace", &self.pace.map(hint).unwrap_or_default()),
            ("updated", &iso_date(self.unix(listing.modified_s))),
            ("list", &list),
            ("entries", &written),
        ];
        filled(frame, &values).into_bytes()
    }

    fn entries(&self, listing: &Listing, elapsed_s: i64) -> Vec<Entry> {
        let mut entries = Vec::with_capacity(listing.items.len() * 2);
        for (nth, item) in listing.items.iter().enumerate() {
            entries.push(self.entry(*item));
            if self.kind == LiveKind::PaidLinks && nth % PAID_EVERY == PAID_EVERY - 1 {
                let hour = self.unix(elapsed_s) / 3_600;
                entries.push(Entry {
                    url: foreign::offer(self.seed, &self.domain, hour, nth as u64),
                    title: format!("Offer {nth} of the hour"),
                    published: Some(hour * 3_600),
                    updated: None,
                });
            }
        }
        entries
    }

    fn entry(&self, item: Item) -> Entry {
        let headline = self.headline(item.number);
        let mut url = self.at(self.target(item.number, &headline)).to_string();
        if self.tracks {
            url.push_str("?utm_source=rss&amp;utm_medium=feed");
        }
        let dated = self.kind != LiveKind::Undated;
        let edited = item.modified_s != item.published_s;
        Entry {
            url,
            title: headline,
            published: dated.then(|| self.unix(item.published_s)),
            updated: (dated && edited).then(|| self.unix(item.modified_s)),
        }
    }

    fn write(&self, entry: &Entry, form: Form, out: &mut String) {
        let (url, title) = (&entry.url, escape(&entry.title));
        let published = entry.published.map(|unix_s| match form {
            Form::Rss2 => format!("<pubDate>{}</pubDate>\n", self.mail_date(unix_s)),
            Form::Rdf => format!("<dc:date>{}</dc:date>\n", self.zoned_date(unix_s)),
            Form::Atom => format!("<published>{}</published>\n", self.zoned_date(unix_s)),
            _ => String::new(),
        });
        let published = published.unwrap_or_default();
        let about = format!("{title}: what is known, and what is not.");
        // Writing into a String cannot fail.
        let _ = match form {
            Form::Rdf => write!(
                out,
                "<item rdf:about=\"{url}\">\n<title>{title}</title>\n<link>{url}</link>\n\
                 <description>{about}</description>\n{published}</item>\n"
            ),
            Form::Atom => {
                let updated = entry.updated.or(entry.published).map(iso_date).unwrap_or_default();
                write!(
                    out,
                    "<entry>\n<title>{title}</title>\n<id>{url}</id>\n\
                     <link rel=\"alternate\" type=\"text/html\" href=\"{url}\"/>\n{published}\
                     <updated>{updated}</updated>\n<summary>{about}</summary>\n</entry>\n"
                )
            }
            Form::Rss091 => write!(
                out,
                "<item>\n<title>{title}</title>\n<link>{url}</link>\n\
                 <description>{about}</description>\n</item>\n"
            ),
            _ => write!(
                out,
                "<item>\n<title>{title}</title>\n<link>{url}</link>\n\
                 <guid isPermaLink=\"true\">{url}</guid>\n{published}\
                 <description>{about}</description>\n</item>\n"
            ),
        };
    }

    fn json(&self, own: &str, entries: &[Entry]) -> Vec<u8> {
        let items: Vec<serde_json::Value> = entries
            .iter()
            .map(|entry| {
                let url = entry.url.replace("&amp;", "&");
                let mut item = serde_json::json!({
                    "id": url,
                    "url": url,
                    "title": entry.title,
                    "content_text": format!("{}: what is known, and what is not.", entry.title),
                });
                for (key, at) in
                    [("date_published", entry.published), ("date_modified", entry.updated)]
                {
                    if let Some(unix_s) = at {
                        item[key] = self.zoned_date(unix_s).into();
                    }
                }
                item
            })
            .collect();
        // The frame is a constant object.
        let mut feed: serde_json::Value = serde_json::from_str(forms::JSON).unwrap_or_default();
        feed["title"] = self.brand.as_str().into();
        feed["home_page_url"] = self.at("/").to_string().into();
        feed["feed_url"] = own.into();
        feed["items"] = items.into();
        feed.to_string().into_bytes()
    }

    /// A date as in mail, in one of the ways that the outlet may write it.
    fn mail_date(&self, unix_s: u64) -> String {
        let hours = self.habits.zone_hours;
        match self.spelling % 4 {
            0 => http_date(unix_s),
            1 => http_date(unix_s).replace("GMT", "+0000"),
            2 => {
                let local = http_date(unix_s.saturating_add_signed(i64::from(hours) * 3_600));
                local.replace("GMT", &format!("{}{:02}00", sign(hours), hours.unsigned_abs()))
            }
            _ => {
                let eastern = http_date(unix_s.saturating_sub(5 * 3_600));
                eastern.replace("GMT", "EST")
            }
        }
    }

    /// A date as in Atom, in UTC or in the outlet's time zone.
    pub(super) fn zoned_date(&self, unix_s: u64) -> String {
        let hours = self.habits.zone_hours;
        if self.spelling.is_multiple_of(2) {
            return iso_date(unix_s);
        }
        let local = iso_date(unix_s.saturating_add_signed(i64::from(hours) * 3_600));
        local.replace('Z', &format!("{}{:02}:00", sign(hours), hours.unsigned_abs()))
    }
}

fn sign(hours: i8) -> char {
    if hours < 0 { '-' } else { '+' }
}

fn hint(pace: Pace) -> String {
    match pace {
        Pace::TtlMinutes(minutes) => format!("<ttl>{minutes}</ttl>\n"),
        Pace::SkipHours(hours) => {
            let hours = hours.map(|hour| format!("<hour>{hour}</hour>")).concat();
            format!("<skipHours>{hours}</skipHours>\n")
        }
        Pace::Period(period, times) => format!(
            "<sy:updatePeriod>{period}</sy:updatePeriod>\n\
             <sy:updateFrequency>{times}</sy:updateFrequency>\n"
        ),
    }
}
