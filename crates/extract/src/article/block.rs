//! The text of a page as blocks: what a reader sees as a paragraph, a heading, an item of a list.

use super::script::Measure;
use super::tree::{Id, ROOT, Step, Tree};
use super::zone::Zone;

/// Blocks kept of a page.
const BLOCKS_MAX: usize = 20_000;

/// Longest text of a block, in bytes.
const BLOCK_BYTES_MAX: usize = 64 * 1024;

/// Units from which on a cell of a table stands for itself.
const CELL_UNITS: usize = 100;

/// What a block is by its elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Paragraph,
    /// `h1` to `h6`.
    Heading(u8),
    Item,
    Quote,
    Caption,
    /// Text that stands in no paragraph: of a `div`, of a cell.
    Bare,
}

/// A block.
#[derive(Debug)]
pub(super) struct Block {
    /// The element that the text stands in.
    pub(super) node: Id,
    pub(super) form: Form,
    /// One line, single spaces.
    pub(super) text: String,
    pub(super) measure: Measure,
    /// How much of it is in links, in units.
    pub(super) link_units: usize,
    /// How many links it has.
    pub(super) links: usize,
    /// The innermost of the zones that it lies in.
    pub(super) zone: Option<usize>,
}

impl Block {
    /// The share of the text that is in links.
    pub(super) fn link_share(&self) -> f64 {
        self.link_units as f64 / self.measure.units.max(1) as f64
    }

    /// How much it speaks for being a part of an article.
    pub(super) fn weight(&self) -> f64 {
        let units = self.measure.units;
        let factor = match self.form {
            Form::Paragraph | Form::Quote => 1.0,
            Form::Bare => 0.8,
            Form::Item => 0.4,
            Form::Heading(_) | Form::Caption => return 0.0,
        };
        let share = self.link_share();
        if units < 40 || share > 0.5 {
            return 0.0;
        }
        let sentence = if self.measure.sentences > 0 { 1.0 } else { 0.3 };
        units.min(800) as f64 * (1.0 - share) * factor * sentence
    }
}

/// An element whose names say what lies in it.
#[derive(Debug)]
pub(super) struct ZoneNode {
    pub(super) node: Id,
    pub(super) zone: Zone,
    /// The zone around it.
    pub(super) parent: Option<usize>,
}

/// The blocks of a page.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    pub(super) blocks: Vec<Block>,
    pub(super) zones: Vec<ZoneNode>,
}

/// Cuts a page into blocks.
pub(super) fn blocks(tree: &Tree) -> Blocks {
    let mut cutter =
        Cutter { tree, found: Blocks::default(), open: Open::default(), words: Vec::new() };
    let mut walk = tree.walk(ROOT);
    while let Some(step) = walk.next() {
        match step {
            Step::Leave(id) => cutter.leave(id),
            Step::Enter(id) => {
                if !cutter.enter(id) {
                    walk.pass_over(id);
                }
            }
        }
        if cutter.found.blocks.len() >= BLOCKS_MAX {
            break;
        }
    }
    cutter.flush();
    cutter.found
}

struct Cutter<'t> {
    tree: &'t Tree,
    found: Blocks,
    open: Open,
    /// Room for the words of names.
    words: Vec<String>,
}

/// The text that is being collected, and what is open around it.
#[derive(Default)]
struct Open {
    text: String,
    /// The text so far that is in links.
    links: String,
    /// Where the text's first piece stands.
    node: Option<Id>,
    anchors: usize,
    links_begun: usize,
    zone: Option<usize>,
    /// Elements that give a text its form, from the outside in.
    forms: Vec<(Id, Form)>,
    /// Line breaks since the last text.
    breaks: usize,
}

impl Cutter<'_> {
    /// Enters a node; false to look into it no further.
    fn enter(&mut self, id: Id) -> bool {
        let tree = self.tree;
        if let Some(text) = tree.text(id) {
            self.text(id, text);
            return true;
        }
        let Some(element) = tree.element(id) else { return false };
        let zone = Zone::of(element, &mut self.words);
        if zone == Some(Zone::Never) {
            return false;
        }
        let name = element.name();
        // A word of a paragraph may be called a tag, or an author: it is a word all the same.
        let zone = zone.filter(|_| !(is_inline(name) && self.is_in_paragraph()));
        if is_block(name) {
            self.flush();
        }
        match name {
            "a" => {
                self.open.anchors += 1;
                self.open.links_begun += 1;
            }
            "br" => {
                self.open.breaks += 1;
                self.open.text.push(' ');
            }
            "td" | "th" if Measure::of(&self.open.text).units > CELL_UNITS => self.flush(),
            "td" | "th" => self.open.text.push(' '),
            _ => {}
        }
        if let Some(zone) = zone {
            if zone != Zone::Body && zone != Zone::About && zone != Zone::Lede {
                self.flush();
            }
            self.found.zones.push(ZoneNode { node: id, zone, parent: self.open.zone });
            self.open.zone = Some(self.found.zones.len() - 1);
        }
        if let Some(form) = form(name) {
            self.open.forms.push((id, form));
        }
        true
    }

    fn is_in_paragraph(&self) -> bool {
        let innermost = self.open.forms.last().map(|(_, form)| *form);
        matches!(innermost, Some(Form::Paragraph | Form::Heading(_)))
    }

    fn leave(&mut self, id: Id) {
        let name = self.tree.name(id);
        let zone = self.open.zone.map(|at| &self.found.zones[at]).filter(|zone| zone.node == id);
        let (is_zone, outer) = (zone.is_some(), zone.and_then(|zone| zone.parent));
        let is_loud =
            zone.is_some_and(|z| !matches!(z.zone, Zone::Body | Zone::About | Zone::Lede));
        if is_block(name) || is_loud {
            self.flush();
        }
        if name == "a" {
            self.open.anchors = self.open.anchors.saturating_sub(1);
        }
        if is_zone {
            self.open.zone = outer;
        }
        if self.open.forms.last().is_some_and(|(form, _)| *form == id) {
            self.open.forms.pop();
        }
    }

    fn text(&mut self, id: Id, text: &str) {
        let is_blank = text.trim().is_empty();
        if self.open.breaks >= 2 && !is_blank {
            self.flush();
        }
        if !is_blank {
            self.open.breaks = 0;
            let parent = self.tree.parent(id).unwrap_or(ROOT);
            self.open.node.get_or_insert(parent);
        }
        if self.open.text.len() < BLOCK_BYTES_MAX {
            self.open.text.push_str(text);
            if self.open.anchors > 0 {
                self.open.links.push_str(text);
            }
        }
    }

    fn flush(&mut self) {
        let text = super::script::line(&self.open.text);
        let links = std::mem::take(&mut self.open.links);
        let count = std::mem::replace(&mut self.open.links_begun, self.open.anchors);
        self.open.text.clear();
        self.open.breaks = 0;
        let node = self.open.node.take();
        if let (Some(node), false) = (node, text.is_empty()) {
            let form = self.form();
            let link_units = Measure::of(&super::script::line(&links)).units;
            let measure = Measure::of(&text);
            let zone = self.open.zone;
            self.found.blocks.push(Block {
                node,
                form,
                text,
                measure,
                link_units,
                links: count,
                zone,
            });
        }
    }

    /// The form of the text that is open: a caption or a quote whatever is in it, else the
    /// innermost.
    fn form(&self) -> Form {
        let forms = &self.open.forms;
        let outer = forms.iter().map(|(_, form)| *form).find(|form| matches!(form, Form::Caption));
        let quote = || forms.iter().map(|(_, form)| *form).find(|form| matches!(form, Form::Quote));
        outer.or_else(quote).or_else(|| forms.last().map(|(_, form)| *form)).unwrap_or(Form::Bare)
    }
}

fn form(name: &str) -> Option<Form> {
    Some(match name {
        "p" | "pre" | "dd" | "summary" => Form::Paragraph,
        "h1" => Form::Heading(1),
        "h2" => Form::Heading(2),
        "h3" => Form::Heading(3),
        "h4" => Form::Heading(4),
        "h5" | "h6" | "dt" => Form::Heading(5),
        "li" => Form::Item,
        "blockquote" => Form::Quote,
        "figcaption" | "figure" | "caption" => Form::Caption,
        _ => return None,
    })
}

fn is_inline(name: &str) -> bool {
    matches!(
        name,
        "a" | "abbr"
            | "b"
            | "bdi"
            | "cite"
            | "code"
            | "em"
            | "font"
            | "i"
            | "mark"
            | "q"
            | "s"
            | "small"
            | "span"
            | "strong"
            | "sub"
            | "sup"
            | "u"
            | "wbr"
            | "time"
    )
}

fn is_block(name: &str) -> bool {
    matches!(
        name,
        "address"
            | "article"
            | "aside"
            | "blockquote"
            | "body"
            | "caption"
            | "center"
            | "dd"
            | "details"
            | "dir"
            | "div"
            | "dl"
            | "dt"
            | "figcaption"
            | "figure"
            | "footer"
            | "form"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "header"
            | "hgroup"
            | "hr"
            | "li"
            | "main"
            | "nav"
            | "ol"
            | "p"
            | "pre"
            | "section"
            | "summary"
            | "table"
            | "tbody"
            | "tfoot"
            | "thead"
            | "tr"
            | "ul"
    )
}
