//! The elements that mean something in a feed, by local name and by whose they are.

use crate::xml::Tag;

/// What the text of an element is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    /// A title; the number is its rank, the lowest counts.
    Title(u8),
    /// A link in the text of its element, as RSS has it.
    Link,
    /// The address that `FeedBurner` hides behind its own.
    OrigLink,
    /// RSS `guid`.
    Guid,
    /// Atom `id`.
    Id,
    /// When something was published; the lowest rank counts.
    Published(u8),
    /// When something was changed.
    Updated(u8),
    Language,
    Ttl,
    Period,
    Frequency,
    Hour,
    /// RSS `description`: not needed, but it may be left open.
    Description,
    /// Not needed, but what was left open before it ends here.
    Other,
}

/// Whose an element is, as far as its prefix tells.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// The feed's own vocabulary: no prefix, or that of the entry around it.
    Own,
    Atom,
    Dublin,
    Other,
}

/// The prefixes of a feed.
#[derive(Default)]
pub(super) struct Prefixes {
    atom: Vec<String>,
}

impl Prefixes {
    /// Learns from the declarations on a tag which prefixes mean Atom.
    pub(super) fn learn(&mut self, tag: &Tag<'_>) {
        for (name, value) in tag.attributes() {
            let is_atom = value.contains("w3.org/2005/Atom") || value.contains("purl.org/atom");
            if let Some(prefix) = name.strip_prefix("xmlns:").filter(|_| is_atom) {
                self.atom.push(prefix.to_owned());
            }
        }
    }

    /// Whose a tag is, in an element of the feed that is written with prefix `own`.
    pub(super) fn owner(&self, tag: &Tag<'_>, own: &str) -> Owner {
        match tag.prefix {
            prefix if prefix == own => Owner::Own,
            // Undeclared prefixes are known by how everybody names them.
            prefix if prefix.starts_with("atom") || prefix == "a10" => Owner::Atom,
            prefix if self.atom.iter().any(|atom| atom == prefix) => Owner::Atom,
            "" => Owner::Own,
            "dc" | "dcterms" | "dct" => Owner::Dublin,
            _ => Owner::Other,
        }
    }
}

/// The field of an entry that an element is, links aside.
pub(super) fn of_entry(tag: &Tag<'_>, owner: Owner) -> Option<Field> {
    let local = tag.local.to_ascii_lowercase();
    let field = match (owner, local.as_str()) {
        (_, "origlink") => Field::OrigLink,
        (Owner::Own | Owner::Atom, "title") => Field::Title(0),
        (Owner::Dublin, "title") => Field::Title(1),
        (Owner::Own, "guid") => Field::Guid,
        (Owner::Own, "id") => Field::Id,
        (Owner::Own | Owner::Atom, "pubdate" | "published") => Field::Published(0),
        (Owner::Own | Owner::Atom | Owner::Dublin, "issued") => Field::Published(1),
        (Owner::Own | Owner::Dublin, "date") => Field::Published(2),
        (Owner::Own | Owner::Dublin, "created") => Field::Published(3),
        (Owner::Other, "publicationdate") => Field::Published(4),
        (Owner::Own | Owner::Atom, "updated") => Field::Updated(0),
        (Owner::Own | Owner::Dublin, "modified") => Field::Updated(1),
        (Owner::Own, "description") => Field::Description,
        (
            Owner::Own,
            "summary" | "content" | "author" | "category" | "comments" | "source" | "enclosure",
        ) => Field::Other,
        _ => return None,
    };
    Some(field)
}

/// The field of a feed itself that an element is, links aside.
pub(super) fn of_feed(tag: &Tag<'_>, owner: Owner) -> Option<Field> {
    let local = tag.local.to_ascii_lowercase();
    let field = match (owner, local.as_str()) {
        (Owner::Own, "title") => Field::Title(0),
        (Owner::Own | Owner::Dublin, "language") => Field::Language,
        (Owner::Own, "ttl") => Field::Ttl,
        (_, "updateperiod") => Field::Period,
        (_, "updatefrequency") => Field::Frequency,
        _ => return None,
    };
    Some(field)
}
