//! What there is to be found on the web, and where, for those who judge a crawler.

use std::ops::Range;

use super::LiveWeb;
use super::outlet::{Outlet, Rules};
use super::sources::{Form, Scope, Source};
use crate::truth::{
    LiveArticle, LiveFound, LiveKind, LiveOutlet, LiveSource, LiveSourceKind, LiveTruth,
};

impl LiveWeb {
    /// The truth of a span, in seconds from time 0.
    pub(crate) fn truth(&self, span_s: Range<f64>) -> LiveTruth {
        let outlets = (0..self.plan.config.outlets).map(|number| {
            let seed = self.plan.seed(number).to_string();
            self.outlet(number).truth(seed, &span_s)
        });
        LiveTruth {
            starts_at: self.plan.config.live.starts_at,
            from_s: span_s.start,
            to_s: span_s.end,
            outlets: outlets.collect(),
        }
    }

    /// What the robots file of an outlet asks for, in seconds.
    pub(crate) fn crawl_delay_s(&self, outlet: usize) -> Option<f64> {
        self.outlet(outlet).crawl_delay_s()
    }
}

impl Outlet {
    fn truth(&self, seed: String, span_s: &Range<f64>) -> LiveOutlet {
        let sources = self.known_sources(span_s);
        let quickest =
            sources.iter().filter(|s| s.is_complete).map(|s| s.lag_s).fold(f64::INFINITY, f64::min);
        let best = sources
            .iter()
            .filter(|source| source.is_complete && source.lag_s <= quickest)
            .map(|source| source.url.clone())
            .collect();
        LiveOutlet {
            domain: self.domain.clone(),
            host: self.host.name.clone(),
            seed,
            kind: self.kind,
            articles_per_day: (self.habits.per_day * 1e4).round() / 1e4,
            crawl_delay_s: self.crawl_delay_s(),
            is_failing: self.fails,
            sources,
            best,
            articles: self.published_in(span_s),
        }
    }

    fn crawl_delay_s(&self) -> Option<f64> {
        if let Rules::Delay(seconds) = self.rules { Some(seconds) } else { None }
    }

    fn published_in(&self, span_s: &Range<f64>) -> Vec<LiveArticle> {
        let articles = self.articles.iter().enumerate();
        articles
            .filter(|(_, article)| span_s.contains(&(article.published_s as f64)))
            .map(|(number, article)| LiveArticle {
                url: self.article_at(number).to_string(),
                number,
                published_s: article.published_s as f64,
                edited_s: article.edited_s.map(|edited_s| edited_s as f64),
            })
            .collect()
    }

    fn known_sources(&self, span_s: &Range<f64>) -> Vec<LiveSource> {
        let mut known = self.pages();
        known.extend(self.sources.iter().flat_map(|source| self.with_aliases(source)));
        if let Some(index) = self.index_target() {
            let named = self.index_is_named();
            let found = if named { LiveFound::Robots } else { LiveFound::WellKnown };
            known.push(self.archive(index, LiveSourceKind::Index, found));
            // Months that begin in the span; the first one may have begun before.
            #[expect(clippy::cast_possible_truncation)]
            let [from_s, to_s] = [span_s.start.max(0.0) as i64, span_s.end.max(0.0) as i64];
            for month in *self.months(from_s).end()..=*self.months(to_s).end() {
                let target = format!("/sitemap/posts-{}.xml", super::route::Month(month));
                known.push(self.archive(&target, LiveSourceKind::Sitemap, LiveFound::Index));
            }
        }
        known
    }

    /// The front page and the sections.
    fn pages(&self) -> Vec<LiveSource> {
        let page = |target: &str| LiveSource {
            url: self.at(target).to_string(),
            kind: LiveSourceKind::Page,
            found: LiveFound::Page,
            is_complete: false,
            is_still: false,
            lag_s: 0.0,
            listed: Some(super::listing::PAGE_LISTED),
            same_as: None,
        };
        let mut pages =
            vec![LiveSource { is_complete: self.kind == LiveKind::PagesOnly, ..page("/") }];
        pages.extend(self.sections.iter().map(|section| page(&format!("/{section}/"))));
        let still = self.still_section.map(|section| page(&format!("/{section}/")));
        pages.extend(still.map(|section| LiveSource { is_still: true, ..section }));
        pages
    }

    fn with_aliases(&self, source: &Source) -> Vec<LiveSource> {
        let kind = match source.form {
            Form::News => LiveSourceKind::NewsSitemap,
            Form::Urls => LiveSourceKind::Sitemap,
            _ => LiveSourceKind::Feed,
        };
        let url = self.at(&source.target).to_string();
        let own = LiveSource {
            url: url.clone(),
            kind,
            found: source.found,
            is_complete: source.scope == Scope::All,
            is_still: source.scope == Scope::Still,
            lag_s: self.lag_s as f64,
            listed: Some(source.listed),
            same_as: None,
        };
        let also = source.also.iter().map(|target| LiveSource {
            url: self.at(*target).to_string(),
            found: LiveFound::WellKnown,
            same_as: Some(url.clone()),
            ..own.clone()
        });
        let also: Vec<LiveSource> = also.collect();
        std::iter::once(own).chain(also).collect()
    }

    fn archive(&self, target: &str, kind: LiveSourceKind, found: LiveFound) -> LiveSource {
        LiveSource {
            url: self.at(target).to_string(),
            kind,
            found,
            is_complete: true,
            is_still: false,
            lag_s: self.lag_s as f64,
            listed: None,
            same_as: None,
        }
    }
}
