//! From a page of the plan to the bytes of its HTML, as much like a real news page as a crawler can
//! tell: metadata, menu, teasers, article, boilerplate, inline styles and scripts.

mod filler;

pub(crate) use filler::Filler;

use std::fmt::Write as _;

use crate::clock::iso_date;
use crate::config::PageBytes;
use crate::dice::Dice;
use crate::plan::{Host, Plan};
use crate::site::{How, Kind, Link, Oddity, Page, Site};
use crate::story::Article;
use crate::text;

/// What pages are rendered from.
pub(crate) struct Renderer<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) filler: &'a Filler,
    pub(crate) host: &'a Host,
}

impl Renderer<'_> {
    /// The bytes of a page, in the charset that its oddity asks for.
    pub(crate) fn render(&self, page: &Page) -> Vec<u8> {
        if page.oddity == Some(Oddity::Empty) {
            return Vec::new();
        }
        let html = self.html(page);
        match page.oddity {
            Some(Oddity::CyrillicHeader | Oddity::CyrillicMeta) => {
                encoding_rs::WINDOWS_1251.encode(&html).0.into_owned()
            }
            Some(Oddity::ShiftJis) => encoding_rs::SHIFT_JIS.encode(&html).0.into_owned(),
            _ => html.into_bytes(),
        }
    }

    fn html(&self, page: &Page) -> String {
        let size = self.size(page);
        let mut out = String::with_capacity(size + 8_192);
        let article = match page.kind {
            Kind::Article(number) | Kind::Print(number) => {
                Some((number, Site::new(self.plan, self.host, None).article(number)))
            }
            _ => None,
        };
        self.head(page, article.as_ref(), &mut out);
        out.push_str("<body>\n<header class=\"masthead\"><nav aria-label=\"Main\"><ul>\n");
        let (menu, rest) = page.links.split_at(page.links.len().min(self.menu_length()));
        list(menu, &mut out);
        out.push_str("</ul></nav></header>\n<main>\n");
        match &article {
            Some((number, article)) => self.story(*number, article, &mut out),
            None => self.plain(page, &mut out),
        }
        out.push_str("</main>\n<aside class=\"related\"><h2>More</h2><ul>\n");
        list(rest, &mut out);
        out.push_str("</ul></aside>\n");
        self.footer(&mut out);
        let mut dice = Dice::new(self.plan.config.seed, "filler", &page.at.host, 0);
        self.filler.scripts(size.saturating_sub(out.len()), dice.roll(), &mut out);
        out.push_str("</body>\n</html>\n");
        out
    }

    /// Half of the filler is styles in the head; the scripts at the end take what is left.
    fn size(&self, page: &Page) -> usize {
        match self.plan.config.page_bytes {
            PageBytes::Fixed(bytes) => bytes,
            PageBytes::Mixed => {
                let mut dice = Dice::new(self.plan.config.seed, &page.at.target, &page.at.host, 0);
                40_000 + dice.index(70_000)
            }
        }
    }

    fn menu_length(&self) -> usize {
        2 + Site::new(self.plan, self.host, None).sections().len()
    }

    fn head(&self, page: &Page, article: Option<&(u64, Article)>, out: &mut String) {
        let brand = self.brand();
        let title = article.map_or_else(
            || format!("{brand}: {}", page.kind.name()),
            |(_, a)| format!("{} | {brand}", a.headline),
        );
        out.push_str("<!DOCTYPE html>\n<html lang=\"");
        out.push_str(match page.oddity {
            Some(Oddity::ShiftJis) => "ja",
            Some(Oddity::CyrillicHeader | Oddity::CyrillicMeta) => "ru",
            _ => "en",
        });
        out.push_str("\">\n<head>\n");
        match page.oddity {
            Some(Oddity::CyrillicMeta) => out.push_str("<meta charset=\"windows-1251\">\n"),
            Some(Oddity::ShiftJis) => out.push_str(
                "<meta http-equiv=\"Content-Type\" content=\"text/html; charset=Shift_JIS\">\n",
            ),
            Some(Oddity::CyrillicHeader) => {}
            _ => out.push_str("<meta charset=\"utf-8\">\n"),
        }
        if page.oddity == Some(Oddity::MetaNofollow) {
            out.push_str("<meta name=\"robots\" content=\"index, nofollow\">\n");
        }
        if page.oddity == Some(Oddity::Base) {
            out.push_str("<base href=\"/x/base/\">\n");
        }
        for link in page.links.iter().filter(|link| link.how == How::Refresh) {
            let url = escape(&link.href);
            let _ = writeln!(out, "<meta http-equiv=\"refresh\" content=\"300; url={url}\">");
        }
        let canonical = escape(&page.duplicate_of.as_ref().unwrap_or(&page.at).to_string());
        let title = escape(&title);
        let _ = write!(
            out,
            "<title>{title}</title>\n<link rel=\"canonical\" href=\"{canonical}\">\n\
             <meta property=\"og:title\" content=\"{title}\">\n\
             <meta property=\"og:url\" content=\"{canonical}\">\n\
             <meta property=\"og:site_name\" content=\"{brand}\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <link rel=\"stylesheet\" href=\"/img/site.css\">\n\
             <script src=\"/img/site.js\" async></script>\n"
        );
        if let Some((number, article)) = article {
            self.metadata(*number, article, &canonical, out);
        }
        let styles = self.size(page) / 3;
        self.filler.styles(styles, out);
        out.push_str("</head>\n");
    }

    fn metadata(&self, number: u64, article: &Article, canonical: &str, out: &mut String) {
        let date = iso_date(Site::new(self.plan, self.host, None).dated_s(number));
        let mut json = serde_json::json!({
            "@context": "https://schema.org",
            "@type": "NewsArticle",
            "headline": article.headline,
            "datePublished": date,
            "dateModified": date,
            "mainEntityOfPage": canonical,
            "author": [{"@type": "Person", "name": article.byline}],
            "publisher": {"@type": "NewsMediaOrganization", "name": self.brand()},
        });
        if let Some(agency) = article.agency {
            json["copyrightHolder"] = serde_json::json!({"@type": "Organization", "name": agency});
        }
        let summary: String = article.paragraphs[0].chars().take(150).collect();
        let (summary, byline) = (escape(&summary), escape(&article.byline));
        let _ = write!(
            out,
            "<meta name=\"description\" content=\"{summary}\">\n\
             <meta name=\"author\" content=\"{byline}\">\n\
             <meta property=\"og:type\" content=\"article\">\n\
             <meta property=\"article:published_time\" content=\"{date}\">\n\
             <script type=\"application/ld+json\">{json}</script>\n"
        );
    }

    fn story(&self, number: u64, article: &Article, out: &mut String) {
        let date = iso_date(Site::new(self.plan, self.host, None).dated_s(number));
        let _ = write!(
            out,
            "<article>\n<h1>{}</h1>\n<p class=\"byline\">By <span rel=\"author\">{}</span>, \
             <time datetime=\"{date}\">{}</time></p>\n\
             <figure><img src=\"/img/{number}.jpg\" alt=\"\"><figcaption>Picture {number}\
             </figcaption></figure>\n<div class=\"body\">\n",
            escape(&article.headline),
            escape(&article.byline),
            &date[..10],
        );
        for paragraph in &article.paragraphs {
            let _ = writeln!(out, "<p>{}</p>", escape(paragraph));
        }
        out.push_str("</div>\n</article>\n");
    }

    fn plain(&self, page: &Page, out: &mut String) {
        // One page under two URLs has one text.
        let own = page.duplicate_of.as_ref().unwrap_or(&page.at).to_string();
        let dice = Dice::new(self.plan.config.seed, "plain", &own, 0);
        let _ = writeln!(out, "<h1>{}</h1>", self.brand());
        let mut foreign = dice.clone();
        let mut writer = text::Writer::new(dice);
        for _ in 0..2 {
            let paragraph = match page.oddity {
                Some(Oddity::CyrillicHeader | Oddity::CyrillicMeta) => text::cyrillic(&mut foreign),
                Some(Oddity::ShiftJis) => text::japanese(&mut foreign),
                _ => writer.paragraph(),
            };
            let _ = writeln!(out, "<p>{}</p>", escape(&paragraph));
        }
    }

    fn footer(&self, out: &mut String) {
        let brand = self.brand();
        let _ = write!(
            out,
            "<footer><p>\u{a9} {brand}. All rights reserved. {brand} is part of the simulated news \
             web.</p>\n<p>Read our terms of use and our privacy notice. Write to the editors of \
             {brand}.</p></footer>\n"
        );
    }

    fn brand(&self) -> String {
        let domain = self.plan.domain(self.host.outlet);
        let mut dice = Dice::new(self.plan.config.seed, "brand", &domain, 0);
        format!("The {} Herald", text::name(&mut dice))
    }
}

/// Links as list items, each in the place where it belongs.
fn list(links: &[Link], out: &mut String) {
    for (number, link) in links.iter().enumerate() {
        let href = escape(&link.href);
        let name = format!("Read on, part {}", number + 1);
        // Writing into a String cannot fail.
        let _ = match link.how {
            How::Anchor => writeln!(out, "<li><a href=\"{href}\">{name}</a></li>"),
            How::Nofollow => {
                writeln!(out, "<li><a rel=\"external nofollow\" href=\"{href}\">{name}</a></li>")
            }
            How::Noscript => {
                writeln!(out, "<noscript><li><a href=\"{href}\">{name}</a></li></noscript>")
            }
            How::Refresh => Ok(()),
            How::Comment => writeln!(out, "<!-- <a href=\"{href}\">{name}</a> -->"),
            How::Script => {
                writeln!(out, "<script>var old = '<a href=\"{href}\">{name}</a>';</script>")
            }
            How::Template => {
                writeln!(out, "<template><a href=\"{href}\">{name}</a></template>")
            }
        };
    }
}

/// Text as it stands in HTML, within double quotes too.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}
