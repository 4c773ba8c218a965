//! What `html5ever` builds a tree into.

use std::borrow::Cow;
use std::cell::{Ref, RefCell};

use html5ever::interface::{ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::tendril::StrTendril;
use html5ever::{Attribute, QualName};

use super::{Data, Element, Id, NONE, Node, ROOT, Tree};

/// What the parser builds into.
#[derive(Debug)]
pub(super) struct Sink {
    nodes: RefCell<Vec<Node>>,
}

/// Where the contents of all templates go: a node that lies in no other, so no walk gets there.
const TEMPLATES: Id = ROOT + 1;

impl Default for Sink {
    fn default() -> Self {
        let (root, templates) = (Node::new(Data::Other), Node::new(Data::Other));
        Self { nodes: RefCell::new(vec![root, templates]) }
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

    /// What lies in a template is no part of the page: forms for scripts to fill in.
    fn get_template_contents(&self, _: &Id) -> Id {
        TEMPLATES
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
