//! What an answer is where no article was read of it: by the answer alone, so that an archive says
//! the same as the crawl did.

use archive::articles::Found;
use crawl::CanonicalUrl;
use extract::{Article, Kind, Page};

use super::{ReadOutcome, Reader, is_wanted};

/// What an answer is, short of an article.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Seen {
    /// Nothing that is read.
    #[default]
    Other,
    /// A page whose article is to be read.
    Page,
    /// A front page or a section.
    Hub,
    /// A page of which no tree is built.
    Untamed,
    Feed,
    Sitemap,
    /// A body in no coding that is known, or not in the one it claims.
    Undecodable,
    /// What the last visit has brought.
    Unchanged,
    /// An answer without content, by its status.
    Status(u16),
}

impl Seen {
    pub(crate) fn of_kind(kind: Kind) -> Self {
        match kind {
            Kind::Page => Self::Page,
            Kind::Feed => Self::Feed,
            Kind::Sitemap => Self::Sitemap,
            Kind::Other => Self::Other,
        }
    }

    /// What a page is: whether its article is to be read.
    pub(crate) fn of_page(url: &CanonicalUrl, page: &Page, reader: &dyn Reader) -> Self {
        match page.guard {
            Some(_) if !reader.takes_untamed() => Self::Untamed,
            _ if is_wanted(url, page) => Self::Page,
            _ => Self::Hub,
        }
    }

    /// The word of it beside the archive.
    fn word(self) -> String {
        match self {
            Self::Other => "other".into(),
            Self::Page => "page".into(),
            Self::Hub => "hub".into(),
            Self::Untamed => "untamed".into(),
            Self::Feed => "feed".into(),
            Self::Sitemap => "sitemap".into(),
            Self::Undecodable => "undecodable".into(),
            Self::Unchanged => "unchanged".into(),
            Self::Status(status) => format!("http-{status}"),
        }
    }

    /// What goes beside the archive where a reader has read an article, or none was asked.
    pub(crate) fn found(self, read: Option<ReadOutcome>) -> Option<Found<Article>> {
        match read {
            Some(ReadOutcome::Article(article)) => Some(Found::Article(*article)),
            Some(ReadOutcome::NoArticle) | None => Some(Found::Nothing(self.word())),
            Some(ReadOutcome::Unreadable(why)) => Some(Found::Unreadable(why.word().into())),
            // It can be made up later.
            Some(ReadOutcome::Unread) => None,
        }
    }
}

/// What the metadata of a snapshot says of its page: that is not tried again.
pub(crate) fn marked(flags: &[String], fields: &[(String, String)]) -> Option<Found<Article>> {
    let has = |flag: &str| flags.iter().any(|f| f == flag);
    let field = |name: &str, otherwise: &str| {
        let named = fields.iter().find(|(field, _)| field == name);
        named.map_or(otherwise, |(_, value)| value.as_str()).to_owned()
    };
    if has("wall") {
        return Some(Found::Wall(field("wall-kind", "unknown")));
    }
    if has("soft-404") {
        return Some(Found::Nothing("soft-404".into()));
    }
    has("unreadable").then(|| Found::Unreadable(field("unreadable-by", "crashed")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reader::Unreadable;

    #[test]
    fn what_the_metadata_says_of_a_page() {
        let flags = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
        let field = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
        let unreadable = |why: &str| Some(Found::Unreadable(why.into()));
        for (words, fields, found) in [
            (&["noarchive", "unread"][..], Vec::new(), None),
            (&["wall"], field("wall-kind", "login"), Some(Found::Wall("login".into()))),
            (&["unreadable"], field("unreadable-by", "memory"), unreadable("memory")),
            (&["unreadable"], Vec::new(), unreadable("crashed")),
            (&["soft-404"], Vec::new(), Some(Found::Nothing("soft-404".into()))),
        ] {
            assert_eq!(marked(&flags(words), &fields), found, "{words:?}");
        }
    }

    #[test]
    fn what_is_kept_of_a_reading() {
        let word = |seen: Seen| match seen.found(None) {
            Some(Found::Nothing(word)) => word,
            other => panic!("{other:?}"),
        };
        assert_eq!([Seen::Hub, Seen::Status(404)].map(word), ["hub", "http-404"]);
        let none = Seen::Page.found(Some(ReadOutcome::NoArticle));
        assert_eq!(none, Some(Found::Nothing("page".into())));
        let unreadable = Seen::Page.found(Some(ReadOutcome::Unreadable(Unreadable::Time)));
        assert_eq!(unreadable, Some(Found::Unreadable("time".into())));
        assert_eq!(Seen::Page.found(Some(ReadOutcome::Unread)), None, "it is made up later");
    }
}
