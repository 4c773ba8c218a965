//! Which blocks of a page are the article: the element that holds it, then what in it is text.

mod container;

use std::collections::{HashMap, HashSet};

use super::block::{Block, Blocks, Form, blocks};
use super::script::{Measure, essence};
use super::stated::{LOOKED_FOR_MAX, Stated};
use super::tree::{Id, ROOT, Tree};
use super::zone::Zone;
use super::{Paragraph, ParagraphKind};

/// Blocks that are looked at before and behind the text.
const BESIDE_MAX: usize = 12;

/// Lines that are looked at above the headline, and how long they may be, in characters.
const ABOVE_MAX: usize = 3;
const ABOVE_CHARS_MAX: usize = 60;

/// What is known of the article before its text is looked for.
#[derive(Debug, Default)]
pub(super) struct Known<'a> {
    pub(super) headline: Option<&'a str>,
    pub(super) description: Option<&'a str>,
    /// The text as JSON-LD has it.
    pub(super) stated: Option<&'a Stated>,
}

/// The text that was found.
#[derive(Debug, Default)]
pub(super) struct Body {
    pub(super) paragraphs: Vec<Paragraph>,
    /// Lines between the headline and the text: a byline, a date.
    pub(super) before: Vec<String>,
    /// Lines beside the headline: those between it and the text, then the short ones right above
    /// it, the nearest first. None where no headline is found.
    pub(super) near: Vec<String>,
    /// Short lines in and right behind the text that are no part of it: credits, copyright.
    pub(super) around: Vec<String>,
    /// Those of them that stand with what is no part of the article at all: related links, feet.
    pub(super) apart: Vec<String>,
}

/// Finds the article's paragraphs.
pub(super) fn find(tree: &Tree, known: &Known<'_>) -> Body {
    let found = blocks(tree);
    let page = PageText::new(tree, found, known);
    page.container().map(|root| page.body(root)).unwrap_or_default()
}

/// All paragraphs of a piece of HTML that is an article and nothing else.
pub(super) fn all(tree: &Tree, known: &Known<'_>) -> Vec<Paragraph> {
    let page = PageText::new(tree, blocks(tree), known);
    page.body(ROOT).paragraphs
}

/// The blocks of a page with what they weigh.
struct PageText<'a> {
    tree: &'a Tree,
    known: &'a Known<'a>,
    blocks: Vec<Block>,
    weights: Vec<f64>,
    /// The zone that keeps a block out, or says what it is; the outermost that holds.
    zones: Vec<Option<Zone>>,
    /// Elements that say that they hold the text.
    bodies: HashSet<Id>,
}

impl<'a> PageText<'a> {
    fn new(tree: &'a Tree, found: Blocks, known: &'a Known<'a>) -> Self {
        let mut weights: Vec<f64> = found.blocks.iter().map(Block::weight).collect();
        if let Some(stated) = known.stated {
            let texts = found.blocks.iter().zip(&mut weights).filter(|(_, w)| **w > 0.0);
            for (block, weight) in texts.take(LOOKED_FOR_MAX) {
                if stated.holds(&block.text) {
                    *weight *= 2.0;
                }
            }
        }
        let holds = zones_that_hold(&found, &weights);
        let zone_of = |block: &Block| {
            let mut outermost = None;
            let mut at = block.zone;
            while let Some(index) = at {
                let node = &found.zones[index];
                if holds[index] && node.zone != Zone::Body {
                    outermost = Some(node.zone);
                }
                at = node.parent;
            }
            outermost
        };
        let zones = found.blocks.iter().map(zone_of).collect();
        let bodies =
            found.zones.iter().filter(|z| z.zone == Zone::Body).map(|zone| zone.node).collect();
        Self { tree, known, blocks: found.blocks, weights, zones, bodies }
    }

    /// What lies within an element, and beside it.
    fn body(&self, root: Id) -> Body {
        let within = self.within(root);
        let Some(first) = within.iter().position(|w| *w) else { return Body::default() };
        let mut kept: Vec<usize> = Vec::new();
        kept.extend(self.ledes(first));
        for at in (first..self.blocks.len()).filter(|at| within[*at]) {
            if self.is_kept(at) {
                kept.push(at);
            }
        }
        self.drop_lists(&mut kept, &within);
        self.drop_edges(&mut kept);
        self.drop_repeated(&mut kept);
        let (apart, around): (Vec<usize>, Vec<usize>) = self
            .around(&kept, &within)
            .into_iter()
            .partition(|at| self.zones[*at] == Some(Zone::Around));
        let texts = |all: Vec<usize>| all.iter().map(|at| self.blocks[*at].text.clone()).collect();
        Body {
            near: self.near(&kept),
            before: self.before(&kept),
            around: texts(around),
            apart: texts(apart),
            paragraphs: kept.iter().map(|at| self.paragraph(*at)).collect(),
        }
    }

    /// The lines between the headline and the first paragraph.
    fn before(&self, kept: &[usize]) -> Vec<String> {
        let Some(first) = kept.first() else { return Vec::new() };
        let is_title = |block: &Block| matches!(block.form, Form::Heading(1));
        let start = self.blocks[..*first].iter().rposition(is_title).map_or(0, |at| at + 1);
        let start = start.max(first.saturating_sub(BESIDE_MAX));
        (start..*first)
            .filter(|at| !self.is_caption(*at))
            .map(|at| self.blocks[at].text.clone())
            .collect()
    }

    /// The lines beside the headline.
    fn near(&self, kept: &[usize]) -> Vec<String> {
        let headline = self.known.headline.map(essence).unwrap_or_default();
        let first = kept.first().copied().unwrap_or(0);
        let before = &self.blocks[..first];
        let is_headline = |block: &Block| is_headline(&essence(&block.text), &headline);
        let is_title = |block: &Block| matches!(block.form, Form::Heading(1));
        let title = before.iter().rposition(is_headline).or(before.iter().rposition(is_title));
        let Some(title) = title else { return Vec::new() };
        let is_short = |at: &usize| self.blocks[*at].text.chars().count() <= ABOVE_CHARS_MAX;
        let below = (title + 1..first).take(BESIDE_MAX).filter(|at| !self.is_caption(*at));
        let above = (title.saturating_sub(ABOVE_MAX)..title).rev().filter(is_short);
        below.chain(above).map(|at| self.blocks[at].text.clone()).collect()
    }

    fn is_caption(&self, at: usize) -> bool {
        self.zones[at] == Some(Zone::Caption) || self.blocks[at].form == Form::Caption
    }

    /// Lines that were left out within the text, and the first ones behind it.
    fn around(&self, kept: &[usize], within: &[bool]) -> Vec<usize> {
        let (Some(first), Some(last)) = (kept.first(), kept.last()) else { return Vec::new() };
        let kept: HashSet<usize> = kept.iter().copied().collect();
        let is_line = |at: &usize| {
            let is_out = matches!(self.zones[*at], Some(Zone::Caption | Zone::Comments));
            let block = &self.blocks[*at];
            !is_out
                && block.form != Form::Caption
                && !kept.contains(at)
                && block.measure.units < 300
        };
        let inside = (*first..*last).filter(|at| within[*at]).filter(is_line);
        let behind = (last + 1..self.blocks.len()).take(BESIDE_MAX).filter(is_line);
        inside.chain(behind).collect()
    }

    fn paragraph(&self, at: usize) -> Paragraph {
        let block = &self.blocks[at];
        let kind = match (self.zones[at], block.form) {
            (Some(Zone::Caption), _) | (_, Form::Caption) => ParagraphKind::Caption,
            (_, Form::Heading(_)) => ParagraphKind::Heading,
            (_, Form::Quote) => ParagraphKind::Quote,
            _ => ParagraphKind::Text,
        };
        Paragraph { kind, text: block.text.clone() }
    }

    /// Which blocks lie in an element.
    fn within(&self, root: Id) -> Vec<bool> {
        let mut known: HashMap<Id, bool> = HashMap::new();
        let is_in = |block: &Block| {
            *known.entry(block.node).or_insert_with(|| {
                block.node == root || self.tree.ancestors(block.node).any(|id| id == root)
            })
        };
        self.blocks.iter().map(is_in).collect()
    }

    /// The lines between the headline and the text, where the element that holds the text leaves
    /// them out.
    fn ledes(&self, first: usize) -> Vec<usize> {
        let headline = self.known.headline.map(essence).unwrap_or_default();
        let is_headline = |block: &Block| {
            matches!(block.form, Form::Heading(1))
                || (!headline.is_empty() && essence(&block.text) == headline)
        };
        let Some(title) = self.blocks[..first].iter().rposition(is_headline) else {
            return Vec::new();
        };
        let description = self.known.description.map(essence).unwrap_or_default();
        let is_lede = |at: &usize| {
            let block = &self.blocks[*at];
            let text = essence(&block.text);
            let is_description = text.len() > 30 && description.starts_with(text.as_str())
                || (!description.is_empty() && text.starts_with(&description));
            let is_loud =
                matches!(self.zones[*at], Some(Zone::Around | Zone::Comments | Zone::Caption));
            block.measure.units >= 40
                && block.link_share() < 0.3
                && !is_loud
                && (is_description || self.zones[*at] == Some(Zone::Lede))
        };
        let ledes: Vec<usize> = (title + 1..first).filter(is_lede).collect();
        if ledes.len() > 3 { Vec::new() } else { ledes }
    }

    /// Whether a block within the article is a part of it, seen alone.
    fn is_kept(&self, at: usize) -> bool {
        let block = &self.blocks[at];
        let units = block.measure.units;
        match self.zones[at] {
            Some(Zone::Never | Zone::Comments | Zone::Around | Zone::About) => return false,
            Some(Zone::Caption) => return units > 1,
            Some(Zone::Body | Zone::Lede) | None => {}
        }
        let share = block.link_share();
        match block.form {
            Form::Caption => units > 1,
            Form::Heading(1) => false,
            Form::Heading(_) => share < 0.5 || units > 60,
            Form::Quote => share < 0.8,
            Form::Item => share < 0.5,
            Form::Paragraph => share < 0.6 || (block.links > 2 && share < 0.95),
            Form::Bare => share < 0.5 && (units >= 40 || block.measure.sentences > 0),
        }
    }

    /// Drops items of lists that are mostly links.
    fn drop_lists(&self, kept: &mut Vec<usize>, within: &[bool]) {
        let mut lists: HashMap<Id, (usize, usize)> = HashMap::new();
        let list_of = |at: usize| {
            let block = &self.blocks[at];
            if block.form != Form::Item {
                return None;
            }
            self.tree.ancestors(block.node).find(|id| matches!(self.tree.name(*id), "ul" | "ol"))
        };
        for at in (0..self.blocks.len()).filter(|at| within[*at]) {
            if let Some(list) = list_of(at) {
                let (links, units) = lists.entry(list).or_default();
                *links += self.blocks[at].link_units;
                *units += self.blocks[at].measure.units;
            }
        }
        kept.retain(|at| {
            list_of(*at).is_none_or(|list| {
                let (links, units) = lists[&list];
                links * 2 < units
            })
        });
    }

    /// Drops headings that head nothing, and the short lines behind the last whole one.
    fn drop_edges(&self, kept: &mut Vec<usize>) {
        let is_text = |at: &usize| self.weights[*at] > 0.0;
        let Some(last) = kept.iter().rposition(is_text) else { return };
        let mut end = last + 1;
        while let Some(at) = kept.get(end) {
            let block = &self.blocks[*at];
            let is_line = block.measure.sentences > 0 && !matches!(block.form, Form::Heading(_));
            if !is_line && block.form != Form::Item {
                break;
            }
            end += 1;
        }
        let mut captions: Vec<usize> = kept.split_off(end);
        captions.retain(|at| self.paragraph(*at).kind == ParagraphKind::Caption);
        let mut followed = false;
        let mut reversed: Vec<usize> = Vec::with_capacity(kept.len());
        for at in kept.iter().rev() {
            let is_heading = matches!(self.blocks[*at].form, Form::Heading(_));
            if is_heading && !followed {
                continue;
            }
            followed = !is_heading;
            reversed.push(*at);
        }
        reversed.reverse();
        *kept = reversed;
        kept.extend(captions);
    }

    /// Drops what was said before, and the headline.
    fn drop_repeated(&self, kept: &mut Vec<usize>) {
        let headline = self.known.headline.map(essence).unwrap_or_default();
        let mut seen: HashSet<String> = HashSet::new();
        kept.retain(|at| {
            let text = essence(&self.blocks[*at].text);
            let is_paragraph = self.blocks[*at].form == Form::Paragraph;
            if text == headline || (!is_paragraph && is_headline(&text, &headline)) {
                return false;
            }
            // Short lines are repeated with reason: answers, names in a list.
            text.len() < 40 || seen.insert(text)
        });
    }
}

/// Which zones hold: one in which most of the page's text lies is no zone, whatever its names say.
fn zones_that_hold(found: &Blocks, weights: &[f64]) -> Vec<bool> {
    let total: f64 = weights.iter().sum();
    let mut masses = vec![0.0; found.zones.len()];
    for (block, weight) in found.blocks.iter().zip(weights) {
        let mut at = block.zone;
        while let Some(index) = at {
            masses[index] += weight;
            at = found.zones[index].parent;
        }
    }
    let share_max = |zone: Zone| match zone {
        Zone::Never | Zone::Body => 2.0,
        Zone::Comments => 0.8,
        Zone::Around => 0.4,
        Zone::Caption | Zone::Lede => 0.5,
        Zone::About => 0.25,
    };
    let holds = |(zone, mass): (&super::block::ZoneNode, &f64)| {
        total <= 0.0 || *mass <= total * share_max(zone.zone)
    };
    found.zones.iter().zip(&masses).map(holds).collect()
}

/// Whether a line is the headline, or ends with it behind a few words; both as they are compared.
fn is_headline(text: &str, headline: &str) -> bool {
    let before = text.strip_suffix(headline);
    !headline.is_empty()
        && before.is_some_and(|kicker| {
            kicker.is_empty() || (headline.len() >= 20 && kicker.len() <= ABOVE_CHARS_MAX)
        })
}

/// Whether a text is written in a script without spaces, mostly.
pub(super) fn is_dense(text: &str) -> bool {
    let measure = Measure::of(text);
    measure.dense * 2 > measure.units.saturating_sub(2 * measure.dense)
}
