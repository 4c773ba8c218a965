//! How deep the elements of a page nest, as a tree builder would see it.
//!
//! An estimate: start tags that close others (`<li>`, `<p>`, `<td>`) do so here too, and an end tag
//! reaches no further than its scope; misnested formatting is not followed. It is never used beyond
//! the limit, so every search in it is short.

/// What matters of an element for the nesting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Nothing special: `span`, `a`, `b`.
    Plain,
    /// Closes an open `p`.
    Block,
    Paragraph,
    List,
    Item,
    Term,
    Choice,
    Table,
    Row,
    Cell,
    /// End tags inside do not reach what is outside.
    Scope,
}

/// Kinds by tag name, sorted.
const KINDS: &[(&str, Kind)] = &[
    ("address", Kind::Block),
    ("applet", Kind::Scope),
    ("article", Kind::Block),
    ("aside", Kind::Block),
    ("blockquote", Kind::Block),
    ("button", Kind::Scope),
    ("caption", Kind::Cell),
    ("center", Kind::Block),
    ("dd", Kind::Term),
    ("details", Kind::Block),
    ("dialog", Kind::Block),
    ("dir", Kind::List),
    ("div", Kind::Block),
    ("dl", Kind::List),
    ("dt", Kind::Term),
    ("fieldset", Kind::Block),
    ("figcaption", Kind::Block),
    ("figure", Kind::Block),
    ("footer", Kind::Block),
    ("form", Kind::Block),
    ("h1", Kind::Block),
    ("h2", Kind::Block),
    ("h3", Kind::Block),
    ("h4", Kind::Block),
    ("h5", Kind::Block),
    ("h6", Kind::Block),
    ("header", Kind::Block),
    ("hgroup", Kind::Block),
    ("li", Kind::Item),
    ("main", Kind::Block),
    ("marquee", Kind::Scope),
    ("menu", Kind::List),
    ("nav", Kind::Block),
    ("object", Kind::Scope),
    ("ol", Kind::List),
    ("optgroup", Kind::Choice),
    ("option", Kind::Choice),
    ("p", Kind::Paragraph),
    ("pre", Kind::Block),
    ("search", Kind::Block),
    ("section", Kind::Block),
    ("summary", Kind::Block),
    ("table", Kind::Table),
    ("tbody", Kind::Row),
    ("td", Kind::Cell),
    ("template", Kind::Scope),
    ("tfoot", Kind::Row),
    ("th", Kind::Cell),
    ("thead", Kind::Row),
    ("tr", Kind::Row),
    ("ul", Kind::List),
];

impl Kind {
    fn of(name: &str) -> Self {
        KINDS.binary_search_by(|(n, _)| (*n).cmp(name)).map_or(Self::Plain, |at| KINDS[at].1)
    }

    /// Whether the search for something to close ends here.
    fn is_boundary(self) -> bool {
        matches!(self, Self::Table | Self::Cell | Self::Scope)
    }
}

/// The elements that are open.
#[derive(Debug, Default)]
pub(super) struct OpenElements {
    stack: Vec<(Kind, u32)>,
    last: u32,
}

/// An element that was opened: where it lies and which one it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opened {
    at: usize,
    id: u32,
}

impl OpenElements {
    /// Opens an element by its lower-case name.
    pub(super) fn open(&mut self, name: &str) -> Opened {
        let kind = Kind::of(name);
        match kind {
            Kind::Block | Kind::List | Kind::Table => self.close(Kind::Paragraph, &[]),
            Kind::Paragraph => self.close(Kind::Paragraph, &[]),
            Kind::Item => self.close(Kind::Item, &[Kind::List]),
            Kind::Term => self.close(Kind::Term, &[Kind::List]),
            Kind::Choice => self.close(Kind::Choice, &[]),
            Kind::Plain | Kind::Row | Kind::Cell | Kind::Scope => {}
        }
        self.last = self.last.wrapping_add(1);
        self.stack.push((kind, self.last));
        Opened { at: self.stack.len() - 1, id: self.last }
    }

    /// Closes what an end tag closes, unless it is closed already or lies out of reach.
    pub(super) fn end(&mut self, opened: Opened) {
        let Some(&(kind, id)) = self.stack.get(opened.at) else { return };
        let inside_table = matches!(kind, Kind::Table | Kind::Row | Kind::Cell);
        let barred = self.stack[opened.at + 1..].iter().any(|(k, _)| match k {
            Kind::Table => true,
            Kind::Cell | Kind::Scope => !inside_table && kind != Kind::Scope,
            _ => false,
        });
        // A table's own end reaches over the tables that were left open in it.
        if id == opened.id && (!barred || kind == Kind::Table) {
            self.stack.truncate(opened.at);
        }
    }

    /// How deep the elements nest now.
    pub(super) fn depth(&self) -> usize {
        self.stack.len()
    }

    /// Closes the innermost element of a kind, unless a boundary comes first.
    fn close(&mut self, kind: Kind, boundaries: &[Kind]) {
        for at in (0..self.stack.len()).rev() {
            let here = self.stack[at].0;
            if here == kind {
                return self.stack.truncate(at);
            }
            if here.is_boundary() || boundaries.contains(&here) {
                return;
            }
        }
    }
}
