//! What one `<outline>` says: the address of a feed or a page, or the name of a folder.

use crawl::{Seed, SeedKind, SeedSpec, SpecField};
use quick_xml::events::BytesStart;

/// The namespace of what OPML has no word for; we write it with the prefix `nh`.
pub(in super::super) const NAMESPACE: &str = "urn:newshound:seeds";

/// Attributes that are looked at, in lower case.
const KNOWN: [&str; 15] = [
    "xmlurl",
    "htmlurl",
    "url",
    "type",
    "text",
    "title",
    "language",
    "category",
    "nh:kind",
    "nh:country",
    "nh:language",
    "nh:tags",
    "nh:delay",
    "nh:budget",
    "nh:scope",
];

/// An outline as it was read.
#[derive(Debug, Default)]
pub(super) struct Outline {
    values: [Option<String>; KNOWN.len()],
    /// An attribute was damaged; those before it were read.
    is_damaged: bool,
}

impl Outline {
    pub(super) fn of(start: &BytesStart<'_>) -> Self {
        let mut outline = Self::default();
        for attribute in start.attributes() {
            let Ok(attribute) = attribute else {
                outline.is_damaged = true;
                continue;
            };
            let name = attribute.key.as_ref().to_ascii_lowercase();
            let Some(index) = KNOWN.iter().position(|known| *known == name) else { continue };
            // Lenient: an ampersand that stands alone in an address stays as it is.
            let value = html_escape::decode_html_entities(attribute.value.as_ref());
            let value = value.trim();
            if !value.is_empty() {
                outline.values[index] = Some(value.to_owned());
            }
        }
        outline
    }

    fn get(&self, name: &str) -> Option<&str> {
        let index = KNOWN.iter().position(|known| *known == name)?;
        self.values[index].as_deref()
    }

    /// Whether it stands for another OPML file.
    pub(super) fn is_include(&self) -> bool {
        let is = |name: &str| self.get("type").is_some_and(|t| t.eq_ignore_ascii_case(name));
        let is_opml = |url: &str| url.to_ascii_lowercase().ends_with(".opml");
        is("include") || (is("link") && self.get("url").is_some_and(is_opml))
    }

    /// The seed of the outline within its folders; none where it has no address.
    pub(super) fn spec<'a>(
        &self,
        folders: impl Iterator<Item = &'a str>,
    ) -> Option<Result<SeedSpec, String>> {
        let (kind, address) = self.address()?;
        Some(self.read(kind, address, folders))
    }

    /// The name of the folder, where it is one.
    pub(super) fn into_folder(self) -> Option<String> {
        if self.address().is_some() {
            return None;
        }
        let name = self.get("text").or(self.get("title"))?;
        Some(name.chars().take(200).collect())
    }

    fn address(&self) -> Option<(SeedKind, &str)> {
        if self.is_include() {
            return None;
        }
        let feed = self.get("xmlurl").map(|url| (SeedKind::Feed, url));
        let page = || self.get("htmlurl").or(self.get("url")).map(|url| (SeedKind::Page, url));
        feed.or_else(page)
    }

    fn read<'a>(
        &self,
        kind: SeedKind,
        address: &str,
        folders: impl Iterator<Item = &'a str>,
    ) -> Result<SeedSpec, String> {
        if self.is_damaged {
            return Err("an attribute of the outline is damaged: write name=\"value\" once for \
                each"
                .to_owned());
        }
        if address.contains('\u{fffd}') {
            return Err(format!("{address:?} was damaged before: write it again, in UTF-8"));
        }
        let kind = match self.get("nh:kind") {
            Some(name) => SeedKind::named(name).ok_or_else(|| format!("{name:?} is no kind"))?,
            None => kind,
        };
        let seed = Seed::parse_as(kind, address).map_err(|error| error.to_string())?;
        let mut spec = SeedSpec::new(seed);
        folders.for_each(|name| spec.labels.add_name(name));
        for field in SpecField::ALL {
            if let Some(text) = self.get(&format!("nh:{}", field.name())) {
                spec.set(field, text).map_err(|error| error.to_string())?;
            }
        }
        self.add_foreign(&mut spec);
        Ok(spec)
    }

    /// What others write of an outline. Their words are not ours: what is no label is passed over.
    fn add_foreign(&self, spec: &mut SeedSpec) {
        if self.get("nh:tags").is_none() {
            let names = self.get("category").unwrap_or_default().split([',', '/']);
            names.for_each(|name| spec.labels.add_name(name));
        }
        if spec.labels.language().is_none()
            && let Some(text) = self.get("language")
        {
            let _ = spec.labels.set_language(text);
        }
    }
}
