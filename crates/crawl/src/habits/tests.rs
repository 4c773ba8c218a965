//! Tests of the module that declares this one.

use super::*;

/// 2026-11-25.
const NOW: UnixMicros = UnixMicros(1_795_564_800_000_000);

fn url(path: &str) -> CanonicalUrl {
    CanonicalUrl::parse(&format!("https://a.test{path}")).unwrap()
}

/// A host that is crawled by its habits: what is fetched of the URLs that are offered.
#[derive(Default)]
struct Crawl {
    habits: Habits,
    claimed: BTreeMap<u64, CanonicalUrl>,
    fetched: Vec<String>,
    not_found: usize,
}

struct Page {
    text: String,
    is_article: bool,
    leads_on: bool,
}

impl Page {
    fn article(text: &str) -> Self {
        Self { text: text.repeat(60), is_article: true, leads_on: false }
    }

    fn list(text: &str, leads_on: bool) -> Self {
        Self { text: text.repeat(60), is_article: false, leads_on }
    }
}

impl Crawl {
    fn offer(&mut self, path: &str, page: &Page) {
        let (config, url) = (Config::default(), url(path));
        if let Some(skip) = self.habits.skip(&config, &url, NOW) {
            self.habits.count_skipped(skip.rule);
            return;
        }
        if let Some(key) = self.habits.variant_key(&config, &url)
            && *self.claimed.entry(key).or_insert_with(|| url.clone()) != url
        {
            self.habits.count_skipped(Rule::SlugVariant);
            return;
        }
        self.fetched.push(path.to_owned());
        let fetched = Fetched {
            url: &url,
            canonical: None,
            digest: TextDigest::of(&page.text),
            is_article: page.is_article,
            leads_on: page.leads_on,
        };
        self.not_found += usize::from(self.habits.note(&config, &fetched, NOW));
        // As it is stored and read between two visits.
        let stored = serde_json::to_string(&self.habits).unwrap();
        assert!(stored.len() < 4_096, "{}", stored.len());
        assert_eq!(serde_json::from_str::<Habits>(&stored).unwrap(), self.habits);
    }
}

#[test]
fn two_thousand_slugs_of_an_article_among_others() {
    let mut crawl = Crawl::default();
    for n in 0..2_000 {
        crawl.offer(&format!("/story/48213/words-{n}-of-a-slug"), &Page::article("the same"));
        let own = 50_000 + n;
        crawl.offer(&format!("/story/{own}/its-only-slug"), &Page::article(&format!("s{n} ")));
    }
    let slugs = crawl.fetched.iter().filter(|path| path.contains("/48213/")).count();
    assert!(slugs <= 5, "{slugs}");
    assert_eq!(crawl.fetched.len() - slugs, 2_000, "every other article");
    assert_eq!(crawl.habits.skipped()["slug-variant"], 2_000 - slugs as u64);
    assert_eq!(crawl.habits.learnt(&Config::default()), ["slug"]);
}

#[test]
fn a_page_for_every_place_is_none() {
    let mut crawl = Crawl::default();
    for n in 0..100 {
        crawl.offer(&format!("/lost/place-{n}"), &Page::list("there is nothing here ", false));
        crawl.offer(&format!("/news/story-{n}"), &Page::article(&format!("story {n} ")));
    }
    let lost = crawl.fetched.iter().filter(|path| path.starts_with("/lost")).count();
    assert!(lost <= 25, "{lost}");
    assert_eq!(crawl.not_found, lost - 2);
    assert_eq!(crawl.fetched.len() - lost, 100);
}

#[test]
fn what_stands_under_a_guess_is_no_page_elsewhere() {
    let mut crawl = Crawl::default();
    let text = "there is nothing here ".repeat(60);
    let digest = TextDigest::of(&text).unwrap();
    crawl.habits.note_probe(&Config::default(), digest);
    crawl.offer("/lost/one", &Page::list("there is nothing here ", false));
    crawl.offer("/news/one", &Page::list("there is something here ", false));
    assert_eq!((crawl.fetched.len(), crawl.not_found), (2, 1));
}

#[test]
fn lists_end_where_they_bring_nothing() {
    let mut crawl = Crawl::default();
    for n in 1..500 {
        let page = Page::list(&format!("page {n} of a list "), n <= 40);
        crawl.offer(&format!("/news/?page={n}"), &page);
    }
    assert_eq!(crawl.fetched.len(), 50);
    assert_eq!(crawl.habits.skipped()["pagination"], 449);
}

#[test]
fn calendars_end() {
    let mut crawl = Crawl::default();
    for month in 0..600 {
        let (year, month) = (2_026 - month / 12, 12 - month % 12);
        let page = Page::list(&format!("nothing in {year} {month} "), false);
        crawl.offer(&format!("/events/{year}/{month:02}"), &page);
    }
    assert_eq!(crawl.fetched.len(), 30);
}

#[test]
fn a_large_honest_outlet_loses_nothing() {
    let mut crawl = Crawl::default();
    for n in 0..5_000 {
        let (day, slug) = (n % 28 + 1, n * 7);
        let path = format!("/politics/2026/10/{day:02}/talks-end-{slug}");
        crawl.offer(&path, &Page::article(&format!("article {n} ")));
    }
    assert_eq!(crawl.fetched.len(), 5_000);
    assert!(crawl.habits.skipped().is_empty());
    let stored = serde_json::to_string(&crawl.habits).unwrap();
    assert!(stored.len() < 400, "{}", stored.len());
}

#[test]
fn an_article_that_stands_twice_is_an_article() {
    let mut crawl = Crawl::default();
    for section in ["sport", "local", "front", "best", "week"] {
        crawl.offer(&format!("/{section}/48213/a-match"), &Page::article("a match "));
    }
    assert_eq!((crawl.fetched.len(), crawl.not_found), (5, 0));
}

#[test]
fn what_is_stored_may_be_damaged() {
    for text in [r#"{"t":"xyz"}"#, r#"{"t":"00000"}"#, r#"{"t":"äöüäöü"}"#] {
        assert!(serde_json::from_str::<Habits>(text).is_err(), "{text}");
    }
    assert_eq!(serde_json::from_str::<Habits>("{}").unwrap(), Habits::default());
}
