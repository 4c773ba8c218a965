//! Which element holds the article.

use std::collections::HashMap;

use super::super::block::{Block, Form};
use super::super::script::essence;
use super::super::tree::Id;
use super::super::zone::Zone;
use super::PageText;

/// What an element's score keeps of what lies one element further in.
const DECAY: f64 = 0.9;

/// How far in an element is scored by what lies in it.
const REACH: usize = 8;

/// How far out the text may go on beside the chosen element.
const WIDER_MAX: usize = 6;

impl PageText<'_> {
    /// The element that holds the article.
    pub(super) fn container(&self) -> Option<Id> {
        let scores = self.scores();
        let better = |a: &Id, b: &Id| scores[a].total_cmp(&scores[b]).then(b.cmp(a));
        // Of equals the first in the page, whatever the order of the map.
        let best = scores.keys().copied().max_by(better)?;
        let chosen = self.beside_headline(&scores, best).unwrap_or(best);
        Some(self.widened(chosen))
    }

    /// How much each element speaks for holding the article.
    fn scores(&self) -> HashMap<Id, f64> {
        let mut scores: HashMap<Id, f64> = HashMap::new();
        for (at, block) in self.blocks.iter().enumerate() {
            if self.counted(at) <= 0.0 {
                continue;
            }
            let mut share = self.weights[at];
            let own = std::iter::once(block.node);
            for id in own.chain(self.tree.ancestors(block.node)).take(REACH) {
                *scores.entry(id).or_default() += share;
                share *= DECAY;
            }
        }
        for (id, score) in &mut scores {
            *score *= self.bonus(*id);
        }
        scores
    }

    /// What a block weighs, where nothing says that it is no part of an article.
    fn counted(&self, at: usize) -> f64 {
        let counts = matches!(self.zones[at], None | Some(Zone::Lede));
        if counts { self.weights[at] } else { 0.0 }
    }

    fn bonus(&self, id: Id) -> f64 {
        let element = self.tree.element(id);
        let is_stated = element.and_then(|e| e.get("itemprop")) == Some("articleBody");
        match self.tree.name(id) {
            _ if is_stated => 1.3,
            "html" => 0.5,
            "body" => 0.8,
            "article" => 1.1,
            "p" | "li" | "tr" | "h1" | "h2" | "h3" | "span" | "a" => 0.9,
            _ if self.bodies.contains(&id) => 1.2,
            _ => 1.0,
        }
    }

    /// The element with the first text behind the headline, where the best one is a list of teasers
    /// that stands further on, or a frame around both.
    fn beside_headline(&self, scores: &HashMap<Id, f64>, best: Id) -> Option<Id> {
        let headline = essence(self.known.headline?);
        let is_title = |block: &Block| essence(&block.text) == headline;
        let title = self.blocks.iter().position(is_title)?;
        let is_text = |at: &usize| self.counted(*at) >= 80.0;
        let first = (title..self.blocks.len()).find(is_text)?;
        let node = self.blocks[first].node;
        let holds = |id: Id, node: Id| node == id || self.tree.ancestors(node).any(|a| a == id);
        let is_frame = holds(best, node);
        let end = if is_frame { best } else { self.first_node(best) };
        let around = std::iter::once(node).chain(self.tree.ancestors(node));
        let apart = around.take_while(|id| *id != best && (is_frame || !holds(*id, end)));
        let near = apart.filter(|id| scores.contains_key(id));
        let near = near.max_by(|a, b| scores[a].total_cmp(&scores[b]))?;
        let share = scores[&near] / scores[&best];
        if scores[&near] < 400.0 || share < 0.04 {
            return None;
        }
        let is_apart = !is_frame && self.density(best) < 0.7;
        let is_within =
            is_frame && share > 0.15 && self.density(best) < 0.6 && self.density(near) > 0.8;
        (is_apart || is_within).then_some(near)
    }

    /// The first node with a block within an element.
    fn first_node(&self, id: Id) -> Id {
        let is_in =
            |block: &&Block| block.node == id || self.tree.ancestors(block.node).any(|a| a == id);
        self.blocks.iter().find(is_in).map_or(id, |block| block.node)
    }

    /// Which part of the text within an element speaks for an article.
    fn density(&self, id: Id) -> f64 {
        let within = self.within(id);
        let (mut weight, mut units) = (0.0, 0.0);
        for at in (0..self.blocks.len()).filter(|at| within[*at]) {
            let is_out = matches!(self.zones[at], Some(zone) if zone != Zone::Lede);
            if !is_out && self.blocks[at].form != Form::Caption {
                weight += self.weights[at].min(self.blocks[at].measure.units as f64);
                units += self.blocks[at].measure.units as f64;
            }
        }
        weight / f64::max(units, 1.0)
    }

    /// An element further out, where the text goes on beside the chosen one: some pages cut an
    /// article into pieces.
    fn widened(&self, chosen: Id) -> Id {
        let mut widest = chosen;
        let mut inner = self.within(chosen);
        for outer in self.tree.ancestors(chosen).take(WIDER_MAX) {
            if matches!(self.tree.name(outer), "body" | "html" | "") {
                break;
            }
            let all = self.within(outer);
            let (mut weight, mut units, mut links, mut count) = (0.0, 0, 0, 0);
            for at in (0..self.blocks.len()).filter(|at| all[*at] && !inner[*at]) {
                let block = &self.blocks[at];
                let is_out = matches!(self.zones[at], Some(zone) if zone != Zone::Lede);
                if is_out || matches!(block.form, Form::Caption | Form::Heading(1)) {
                    continue;
                }
                weight += self.weights[at].min(block.measure.units as f64);
                count += usize::from(self.weights[at] > 0.0);
                units += block.measure.units;
                links += block.link_units;
            }
            let is_text = weight > 0.65 * units as f64 && links * 8 < units;
            if units > 0 && !is_text {
                break;
            }
            if units > 0 && weight > 80.0 * count as f64 {
                widest = outer;
                inner = all;
            }
        }
        widest
    }
}
