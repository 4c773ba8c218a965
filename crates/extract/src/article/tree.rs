//! A page as a tree, in one vector: what `html5ever` builds, without a cell for each node.

mod sink;

use html5ever::tendril::{StrTendril, TendrilSink as _};
use html5ever::tree_builder::TreeBuilderOpts;
use html5ever::{Attribute, ParseOpts, QualName, ns, parse_document};

use sink::Sink;

/// The place of a node in its tree.
pub(super) type Id = u32;

/// No node.
const NONE: Id = Id::MAX;

/// The document.
pub(super) const ROOT: Id = 0;

/// A parsed page.
#[derive(Debug)]
pub(super) struct Tree {
    nodes: Vec<Node>,
}

#[derive(Debug)]
struct Node {
    parent: Id,
    previous: Id,
    next: Id,
    first: Id,
    last: Id,
    data: Data,
}

/// What a node is.
#[derive(Debug)]
enum Data {
    /// The document, a comment, the contents of a template.
    Other,
    Text(StrTendril),
    Element(Element),
}

/// An element.
#[derive(Debug)]
pub(super) struct Element {
    name: QualName,
    attributes: Vec<Attribute>,
}

impl Element {
    /// Its name in lower case; empty where it is no HTML (pictures, formulas).
    pub(super) fn name(&self) -> &str {
        if self.name.ns == ns!(html) { &self.name.local } else { "" }
    }

    /// The value of an attribute.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|a| &*a.name.local == name);
        found.map(|attribute| &*attribute.value)
    }
}

/// A step of a walk through the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A node begins.
    Enter(Id),
    /// An element ends.
    Leave(Id),
}

impl Tree {
    /// Parses a page as a browser without scripts does.
    pub(super) fn parse(html: &str) -> Self {
        let tree_builder = TreeBuilderOpts { scripting_enabled: false, ..Default::default() };
        let options = ParseOpts { tree_builder, ..Default::default() };
        parse_document(Sink::default(), options).one(html)
    }

    /// The element at a place, where it is one.
    pub(super) fn element(&self, id: Id) -> Option<&Element> {
        match &self.nodes.get(id as usize)?.data {
            Data::Element(element) => Some(element),
            _ => None,
        }
    }

    /// The name of the element at a place; empty where there is none.
    pub(super) fn name(&self, id: Id) -> &str {
        self.element(id).map_or("", Element::name)
    }

    /// The text at a place, where it is one.
    pub(super) fn text(&self, id: Id) -> Option<&str> {
        match &self.nodes.get(id as usize)?.data {
            Data::Text(text) => Some(text),
            _ => None,
        }
    }

    /// What a node lies in.
    pub(super) fn parent(&self, id: Id) -> Option<Id> {
        self.nodes.get(id as usize).map(|node| node.parent).filter(|id| *id != NONE)
    }

    /// What a node lies in, from the inside out, without itself.
    pub(super) fn ancestors(&self, id: Id) -> impl Iterator<Item = Id> + '_ {
        std::iter::successors(self.parent(id), |id| self.parent(*id))
    }

    /// The nodes within a node in document order, with the ends of elements, without itself.
    pub(super) fn walk(&self, within: Id) -> Walk<'_> {
        Walk {
            tree: self,
            within,
            next: self.nodes[within as usize].first,
            skipped: NONE,
            up: NONE,
        }
    }

    /// The elements within a node in document order.
    pub(super) fn elements(&self, within: Id) -> impl Iterator<Item = (Id, &Element)> + '_ {
        self.walk(within).filter_map(|step| match step {
            Step::Enter(id) => Some((id, self.element(id)?)),
            Step::Leave(_) => None,
        })
    }

    /// The content of a script, as it is written.
    pub(super) fn script_of(&self, id: Id) -> String {
        self.walk(id)
            .filter_map(|step| match step {
                Step::Enter(id) => self.text(id),
                Step::Leave(_) => None,
            })
            .collect()
    }

    /// All text within a node, as it is written.
    pub(super) fn text_of(&self, within: Id) -> String {
        self.text_up_to(within, usize::MAX)
    }

    /// The same, but no more pieces once there are so many bytes.
    pub(super) fn text_up_to(&self, within: Id, bytes_max: usize) -> String {
        let mut text = String::new();
        let mut walk = self.walk(within);
        while let Some(step) = walk.next() {
            if text.len() > bytes_max {
                break;
            }
            let Step::Enter(id) = step else { continue };
            match &self.nodes[id as usize].data {
                Data::Text(piece) => text.push_str(piece),
                Data::Element(element) => match element.name() {
                    "script" | "style" | "svg" => walk.pass_over(id),
                    "br" | "p" | "div" | "li" => text.push(' '),
                    _ => {}
                },
                Data::Other => {}
            }
        }
        text
    }
}

/// A walk through a tree.
pub(super) struct Walk<'t> {
    tree: &'t Tree,
    within: Id,
    /// What is entered next.
    next: Id,
    /// What is left without being looked into.
    skipped: Id,
    /// What is left next, when nothing is entered.
    up: Id,
}

impl Walk<'_> {
    /// Looks into an element no further; it is not left either.
    pub(super) fn pass_over(&mut self, id: Id) {
        self.skipped = id;
    }

    /// Goes on behind a node that has been dealt with.
    fn behind(&mut self, id: Id) {
        let node = &self.tree.nodes[id as usize];
        self.next = node.next;
        self.up = if node.next == NONE { node.parent } else { NONE };
    }
}

impl Iterator for Walk<'_> {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        if self.skipped != NONE {
            let id = std::mem::replace(&mut self.skipped, NONE);
            self.behind(id);
        }
        if self.next != NONE {
            let id = self.next;
            let node = &self.tree.nodes[id as usize];
            if matches!(node.data, Data::Element(_)) {
                (self.next, self.up) = (node.first, if node.first == NONE { id } else { NONE });
            } else {
                self.behind(id);
            }
            return Some(Step::Enter(id));
        }
        if self.up == NONE || self.up == self.within {
            return None;
        }
        let id = self.up;
        self.behind(id);
        Some(Step::Leave(id))
    }
}
