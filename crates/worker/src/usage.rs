//! What is said of the use of a page beside whether it may be fetched, as it is kept with its
//! snapshot: opt-outs from text and data mining, from training, and where licences are.
//!
//! Nothing here decides anything: who uses the archive does.

use crawl::optout::TDMREP_PATH;
use crawl::robots::Rules;
use crawl::{CanonicalUrl, Origin, shape};
use extract::{Page, TdmNotice, read_tdmrep};
use fetch::{Exchange, Outcome, Request, Web, coding};
use frontier::Control;

use crate::crawler::Error;
use crate::page::Reading;
use crate::snapshot::Errand;
use crate::visit::Visit;

/// The field of the metadata record that is given once for each thing said.
pub(crate) const FIELD: &str = "usage";

/// Bytes of a tdmrep.json that are read: a list of a few rules.
const FILE_BYTES_MAX: u64 = 64 * 1024;

/// Robots directives about use.
const DIRECTIVES: [&str; 2] = ["noai", "noimageai"];

/// What the headers and the head of a page say of its use, in the words of the metadata record.
pub fn usage_of(headers: &[(String, Vec<u8>)], page: &Page) -> Vec<String> {
    let mut said = Vec::new();
    for (place, notice) in [("header", &TdmNotice::of_headers(headers)), ("page", &page.tdm)] {
        let policy = notice.policy.as_deref();
        said.extend(notice.is_reserved.map(|is_reserved| tdm(is_reserved, policy, place)));
    }
    let directives = page.robots.directives.iter().map(String::as_str);
    let about_use = directives.filter(|directive| DIRECTIVES.contains(directive));
    said.extend(about_use.map(|directive| format!("{directive} (robots)")));
    said
}

fn tdm(is_reserved: bool, policy: Option<&str>, place: &str) -> String {
    let policy = policy.map(|url| format!(", tdm-policy={url}")).unwrap_or_default();
    format!("tdm-reservation={}{policy} ({place})", u8::from(is_reserved))
}

impl<F: Control, W: Web> Visit<F, W> {
    /// Adds what the origin says, as it was last heard.
    pub(crate) fn add_usage(&self, url: &CanonicalUrl, reading: &mut Reading) {
        if !reading.is_page {
            return;
        }
        let mut said = Vec::new();
        if let Some(rule) = self.state.reservations.about(url) {
            said.push(tdm(rule.is_reserved, rule.policy.as_deref(), "tdmrep.json"));
        }
        if let Some(rules) = self.rules.get(&url.origin()) {
            let signals = rules.content_signals().iter();
            said.extend(signals.map(|signal| format!("content-signal: {signal} (robots.txt)")));
            let licences = rules.licences().iter();
            said.extend(licences.map(|licence| format!("license: {licence} (robots.txt)")));
        }
        reading.fields.extend(said.into_iter().map(|said| (FIELD.to_owned(), said)));
    }

    /// Asks an origin for its tdmrep.json before the first article of the day. False when the
    /// visit has to end instead.
    pub(crate) async fn ask_for_reservations(
        &mut self,
        url: &CanonicalUrl,
        rules: &Rules,
    ) -> Result<bool, Error> {
        let crawler = &self.crawler;
        let is_wanted = crawler.config.tdmrep && crawler.parts.reader.is_some();
        let (origin, now) = (url.origin(), crawler.parts.clock.now());
        if !is_wanted
            || !shape::is_article_like(url)
            || !self.state.reservations.is_due(&origin, now)
        {
            return Ok(true);
        }
        let place = CanonicalUrl::join(url.as_url(), TDMREP_PATH).ok();
        let allowed = place.filter(|place| rules.check(place.path_and_query()).allowed);
        let Some(place) = allowed else {
            self.state.reservations.learn(&origin, Vec::new(), now);
            return Ok(true);
        };
        self.fetch_reservations(&origin, place).await
    }

    async fn fetch_reservations(
        &mut self,
        origin: &Origin,
        place: CanonicalUrl,
    ) -> Result<bool, Error> {
        let body_bytes_max = Some(FILE_BYTES_MAX);
        let request = Request { url: place, validators: None, body_bytes_max };
        let Some((exchange, delay)) = self.exchange(&request).await? else { return Ok(false) };
        self.keep_errand(Errand::tdmrep(), &exchange, delay)?;
        let at = exchange.started.wall;
        match rules_in(&exchange) {
            Some(rules) => self.state.reservations.learn(origin, rules, at),
            None => self.state.reservations.not_told(origin, at),
        }
        self.store_pace().await?;
        Ok(!self.is_resting())
    }
}

/// The rules of a whole file, or that there is none; a redirect, an error of the server or half a
/// file says neither.
fn rules_in(exchange: &Exchange) -> Option<Vec<crawl::optout::Reservation>> {
    let Outcome::Response(response) = &exchange.outcome else { return None };
    if matches!(response.status, 404 | 410) {
        return Some(Vec::new());
    }
    if response.status != 200 || response.truncated.is_some() {
        return None;
    }
    let codings = coding::codings(&response.headers);
    let decoded = coding::decode(&codings, &response.body, FILE_BYTES_MAX).ok()?;
    read_tdmrep(&decoded.bytes)
}
