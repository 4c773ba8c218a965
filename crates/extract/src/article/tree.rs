//! A page as a tree, in one vector: what `html5ever` builds, without a cell for each node.

use std::borrow::Cow;
use std::cell::{Ref, RefCell};

use html5ever::interface::{ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::tendril::{StrTendril, TendrilSink as _};
use html5ever::tree_builder::TreeBuilderOpts;
use html5ever::{Attribute, ParseOpts, QualName, ns, parse_document};

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
        let mut text = String::new();
        let mut walk = self.walk(within);
        while let Some(step) = walk.next() {
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

/// What the parser builds into.
#[derive(Debug)]
struct Sink {
    nodes: RefCell<Vec<Node>>,
}

impl Default for Sink {
    fn default() -> Self {
        let root = Node::new(Data::Other);
        Self { nodes: RefCell::new(vec![root]) }
    }
}

impl Node {
    fn new(data: Data) -> Self {
        Self { parent: NONE, previous: NONE, next: NONE, first: NONE, last: NONE, data }
    }
}

impl Sink {
    fn create(&self, data: Data) -> Id {
        let mut nodes = self.nodes.borrow_mut();
        nodes.push(Node::new(data));
        Id::try_from(nodes.len() - 1).expect("the body's limit keeps nodes below 2^32")
    }

    fn detach(nodes: &mut [Node], id: Id) {
        let node = &mut nodes[id as usize];
        let (parent, previous, next) = (node.parent, node.previous, node.next);
        (node.parent, node.previous, node.next) = (NONE, NONE, NONE);
        if previous != NONE {
            nodes[previous as usize].next = next;
        } else if parent != NONE {
            nodes[parent as usize].first = next;
        }
        if next != NONE {
            nodes[next as usize].previous = previous;
        } else if parent != NONE {
            nodes[parent as usize].last = previous;
        }
    }

    /// Puts a node into a parent, before a sibling or at the end.
    fn insert(nodes: &mut [Node], id: Id, parent: Id, before: Id) {
        Self::detach(nodes, id);
        let previous = if before == NONE {
            nodes[parent as usize].last
        } else {
            nodes[before as usize].previous
        };
        let node = &mut nodes[id as usize];
        (node.parent, node.previous, node.next) = (parent, previous, before);
        match previous {
            NONE => nodes[parent as usize].first = id,
            _ => nodes[previous as usize].next = id,
        }
        match before {
            NONE => nodes[parent as usize].last = id,
            _ => nodes[before as usize].previous = id,
        }
    }

    /// Puts a node or a text into a parent; texts that touch become one.
    fn put(&self, parent: Id, before: Id, child: NodeOrText<Id>) {
        let text = match child {
            NodeOrText::AppendNode(id) => {
                return Self::insert(&mut self.nodes.borrow_mut(), id, parent, before);
            }
            NodeOrText::AppendText(text) => text,
        };
        let mut nodes = self.nodes.borrow_mut();
        let previous = if before == NONE {
            nodes[parent as usize].last
        } else {
            nodes[before as usize].previous
        };
        if let Some(Node { data: Data::Text(there), .. }) = nodes.get_mut(previous as usize) {
            there.push_tendril(&text);
            return;
        }
        drop(nodes);
        let id = self.create(Data::Text(text));
        Self::insert(&mut self.nodes.borrow_mut(), id, parent, before);
    }
}

impl TreeSink for Sink {
    type Handle = Id;
    type Output = Tree;
    type ElemName<'a> = Ref<'a, QualName>;

    fn finish(self) -> Tree {
        Tree { nodes: self.nodes.into_inner() }
    }

    fn parse_error(&self, _: Cow<'static, str>) {}

    fn get_document(&self) -> Id {
        ROOT
    }

    fn elem_name<'a>(&'a self, target: &'a Id) -> Ref<'a, QualName> {
        Ref::map(self.nodes.borrow(), |nodes| match &nodes[*target as usize].data {
            Data::Element(element) => &element.name,
            _ => unreachable!("the parser asks for the names of elements only"),
        })
    }

    fn create_element(&self, name: QualName, attributes: Vec<Attribute>, _: ElementFlags) -> Id {
        self.create(Data::Element(Element { name, attributes }))
    }

    fn create_comment(&self, _: StrTendril) -> Id {
        self.create(Data::Other)
    }

    fn create_pi(&self, _: StrTendril, _: StrTendril) -> Id {
        self.create(Data::Other)
    }

    fn append(&self, parent: &Id, child: NodeOrText<Id>) {
        self.put(*parent, NONE, child);
    }

    fn append_based_on_parent_node(&self, element: &Id, previous: &Id, child: NodeOrText<Id>) {
        let parent = self.nodes.borrow()[*element as usize].parent;
        match parent {
            NONE => self.put(*previous, NONE, child),
            _ => self.put(parent, *element, child),
        }
    }

    fn append_doctype_to_document(&self, _: StrTendril, _: StrTendril, _: StrTendril) {}

    /// What lies in a template is no part of the page, so it needs no place of its own: the
    /// template's children are never looked at.
    fn get_template_contents(&self, target: &Id) -> Id {
        *target
    }

    fn same_node(&self, x: &Id, y: &Id) -> bool {
        x == y
    }

    fn set_quirks_mode(&self, _: QuirksMode) {}

    fn append_before_sibling(&self, sibling: &Id, child: NodeOrText<Id>) {
        let parent = self.nodes.borrow()[*sibling as usize].parent;
        if parent != NONE {
            self.put(parent, *sibling, child);
        }
    }

    fn add_attrs_if_missing(&self, target: &Id, attributes: Vec<Attribute>) {
        if let Data::Element(element) = &mut self.nodes.borrow_mut()[*target as usize].data {
            for attribute in attributes {
                if element.attributes.iter().all(|known| known.name != attribute.name) {
                    element.attributes.push(attribute);
                }
            }
        }
    }

    fn remove_from_parent(&self, target: &Id) {
        Self::detach(&mut self.nodes.borrow_mut(), *target);
    }

    fn reparent_children(&self, node: &Id, new_parent: &Id) {
        let mut nodes = self.nodes.borrow_mut();
        loop {
            let child = nodes[*node as usize].first;
            if child == NONE {
                return;
            }
            Self::insert(&mut nodes, child, *new_parent, NONE);
        }
    }
}
