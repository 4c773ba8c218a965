//! How deep the elements of a page nest, as a tree builder would see it.
//!
//! An estimate that would rather count too much: start tags that close others (`<li>`, `<p>`,
//! `<td>`)
//! do so here too, and an end tag reaches no further than its scope, so that no tag soup hides
//! depth
//! in what it seems to close. It is never used beyond the limit, so every search in it is short.
//!
//! Source: <https://html.spec.whatwg.org/multipage/parsing.html> ("the stack of open elements").

/// What matters of an element for the nesting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Nothing special: `span`, `b`.
    Plain,
    /// Closes an open `a`, unless something special lies between.
    Anchor,
    /// Closes an open `p`.
    Block,
    /// A block that an item's start tag looks through.
    Division,
    Paragraph,
    List,
    Item,
    Term,
    Choice,
    Table,
    /// A group of rows.
    Section,
    Row,
    Cell,
    /// End tags inside do not reach what is outside.
    Scope,
    Template,
}

use Kind::{
    Anchor, Block, Cell, Choice, Division, Item, List, Paragraph, Plain, Row, Scope, Section,
    Table, Template, Term,
};

/// Kinds by tag name, sorted.
const KINDS: &[(&str, Kind)] = &[
    ("a", Anchor),
    ("address", Division),
    ("annotation-xml", Scope),
    ("applet", Scope),
    ("article", Block),
    ("aside", Block),
    ("blockquote", Block),
    ("button", Scope),
    ("caption", Cell),
    ("center", Block),
    ("dd", Term),
    ("desc", Scope),
    ("details", Block),
    ("dialog", Block),
    ("dir", List),
    ("div", Division),
    ("dl", List),
    ("dt", Term),
    ("fieldset", Block),
    ("figcaption", Block),
    ("figure", Block),
    ("footer", Block),
    ("foreignobject", Scope),
    ("form", Block),
    ("h1", Block),
    ("h2", Block),
    ("h3", Block),
    ("h4", Block),
    ("h5", Block),
    ("h6", Block),
    ("header", Block),
    ("hgroup", Block),
    ("li", Item),
    ("listing", Block),
    ("main", Block),
    ("marquee", Scope),
    ("menu", List),
    ("mi", Scope),
    ("mn", Scope),
    ("mo", Scope),
    ("ms", Scope),
    ("mtext", Scope),
    ("nav", Block),
    ("object", Scope),
    ("ol", List),
    ("optgroup", Choice),
    ("option", Choice),
    ("p", Paragraph),
    ("pre", Block),
    ("search", Block),
    ("section", Block),
    ("select", Scope),
    ("summary", Block),
    ("table", Table),
    ("tbody", Section),
    ("td", Cell),
    ("template", Template),
    ("tfoot", Section),
    ("th", Cell),
    ("thead", Section),
    ("title", Scope),
    ("tr", Row),
    ("ul", List),
];

impl Kind {
    fn of(name: &str) -> Self {
        KINDS.binary_search_by(|(n, _)| (*n).cmp(name)).map_or(Plain, |at| KINDS[at].1)
    }

    /// What a start tag of this kind closes, and at what the search for it ends.
    fn closes(self) -> Option<(Self, &'static [Self])> {
        match self {
            Block | Division | List | Table | Paragraph => Some((Paragraph, BARRIERS)),
            Item => Some((Item, &[Block, List, Term, Table, Section, Row, Cell, Scope, Template])),
            Term => Some((Term, &[Block, List, Item, Table, Section, Row, Cell, Scope, Template])),
            Section | Row | Cell => Some((self, TABLE_BARRIERS)),
            Plain | Anchor | Choice | Scope | Template => None,
        }
    }

    /// What keeps an end tag of this kind from reaching its element.
    fn is_barred_by(self, other: Self) -> bool {
        match self {
            Template => false,
            Table => other == Template,
            Section | Row | Cell => TABLE_BARRIERS.contains(&other),
            // What is special stays open when formatting around it ends.
            Plain | Anchor => !matches!(other, Plain | Anchor),
            Item => other == List || BARRIERS.contains(&other),
            _ => BARRIERS.contains(&other),
        }
    }
}

const BARRIERS: &[Kind] = &[Table, Cell, Scope, Template];
const TABLE_BARRIERS: &[Kind] = &[Table, Template];

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
            Choice => self.close_choices(),
            Anchor => self.close_anchor(),
            _ => {
                if let Some((closed, barriers)) = kind.closes() {
                    self.close(closed, barriers);
                }
            }
        }
        self.last = self.last.wrapping_add(1);
        self.stack.push((kind, self.last));
        Opened { at: self.stack.len() - 1, id: self.last }
    }

    /// Closes what an end tag closes, unless it is closed already or lies out of reach.
    pub(super) fn end(&mut self, opened: Opened) {
        let Some(&(kind, id)) = self.stack.get(opened.at) else { return };
        let barred = self.stack[opened.at + 1..].iter().any(|(inner, _)| kind.is_barred_by(*inner));
        if id == opened.id && !barred {
            self.stack.truncate(opened.at);
        }
    }

    /// How deep the elements nest now.
    pub(super) fn depth(&self) -> usize {
        self.stack.len()
    }

    /// Closes the innermost element of a kind, unless a barrier comes first.
    fn close(&mut self, kind: Kind, barriers: &[Kind]) {
        let found = self.stack.iter().rposition(|(k, _)| *k == kind || barriers.contains(k));
        if let Some(at) = found.filter(|at| self.stack[*at].0 == kind) {
            self.stack.truncate(at);
        }
    }

    /// Closes options; they close one another only where nothing lies between them.
    fn close_choices(&mut self) {
        while self.stack.last().is_some_and(|(top, _)| *top == Choice) {
            self.stack.pop();
        }
    }

    fn close_anchor(&mut self) {
        let found = self.stack.iter().rposition(|(kind, _)| *kind != Plain);
        if let Some(at) = found.filter(|at| self.stack[*at].0 == Anchor) {
            self.stack.truncate(at);
        }
    }
}

#[cfg(test)]
mod tests;
