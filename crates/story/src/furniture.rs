//! The outlet filter by itself: for comparisons with other methods, which have none.

use crate::body::{self, SEEN_WITH_ITSELF, Space};
use crate::filter::Filter;
use crate::hash;
use crate::tokens::Tokens;

/// Learns what outlets repeat, then takes it out of their texts.
#[derive(Debug, Default)]
pub struct Furniture {
    filter: Filter,
    space: Space,
}

impl Furniture {
    /// Counts an article of an outlet.
    pub fn learn(&mut self, outlet: &str, text: &str) {
        let number = self.filter.outlet(hash::text(outlet), usize::MAX);
        let (_, _, marks) =
            body::reduce(&Tokens::of(text), None, SEEN_WITH_ITSELF, &mut self.space);
        if let Some(sketch) = self.filter.sketch_mut(number) {
            sketch.add(marks.0.into_iter());
        }
    }

    /// The hashes of the tokens of a text that was counted, without what its outlet repeats.
    pub fn strip(&mut self, outlet: &str, text: &str) -> Vec<u64> {
        let number = self.filter.outlet(hash::text(outlet), usize::MAX);
        let sketch = self.filter.sketch(number);
        let (body, ..) = body::reduce(&Tokens::of(text), sketch, SEEN_WITH_ITSELF, &mut self.space);
        body.hashes
    }
}
