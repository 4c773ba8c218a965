//! What a node knows of its cluster: the answer to `CLUSTER NODES`.

use std::ops::RangeInclusive;

/// All that a node knows. Format: the page of `CLUSTER NODES` in the Redis documentation.
#[derive(Debug)]
pub(super) struct View(Vec<Known>);

/// A node as another one, or it itself, knows it.
#[derive(Debug)]
pub(super) struct Known {
    id: String,
    flags: Vec<String>,
    /// The id of its master, when it is a replica.
    pub(super) master: Option<String>,
    /// Of several masters of a slot, the one with the highest epoch is right.
    pub(super) epoch: u64,
    /// What it serves, in order.
    pub(super) slots: Vec<RangeInclusive<u16>>,
}

impl View {
    /// Reads the answer; lines that do not have its form are left out.
    pub(super) fn parse(text: &str) -> Self {
        Self(text.lines().filter_map(Known::parse).collect())
    }

    /// The node that answered.
    pub(super) fn me(&self) -> Option<&Known> {
        self.0.iter().find(|node| node.is("myself"))
    }

    /// How many nodes it knows for good.
    pub(super) fn settled(&self) -> usize {
        self.0.iter().filter(|node| !node.is("handshake") && !node.is("noaddr")).count()
    }

    /// How many replicas it knows.
    pub(super) fn replicas(&self) -> usize {
        self.0.iter().filter(|node| node.master.is_some()).count()
    }

    /// Who serves what, in the order of the slots.
    pub(super) fn map(&self) -> Vec<(u16, u16, &str)> {
        let served = self.0.iter().flat_map(|node| {
            node.slots.iter().map(|range| (*range.start(), *range.end(), node.id.as_str()))
        });
        let mut map: Vec<_> = served.collect();
        map.sort_unstable();
        map
    }
}

impl Known {
    /// `id address flags master ping pong epoch link slots…`
    fn parse(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        let id = words.next()?.to_owned();
        let flags = words.nth(1)?.split(',').map(str::to_owned).collect();
        let master = words.next().filter(|id| *id != "-").map(str::to_owned);
        let epoch = words.nth(2)?.parse().ok()?;
        let slots = words.skip(1).filter_map(range).collect();
        Some(Self { id, flags, master, epoch, slots })
    }

    /// Whether it says that it serves a slot.
    pub(super) fn serves(&self, slot: u16) -> bool {
        self.slots.iter().any(|range| range.contains(&slot))
    }

    fn is(&self, flag: &str) -> bool {
        self.flags.iter().any(|own| own == flag)
    }
}

/// `first-last` or a single slot; one that moves (`[slot->-id]`) is also listed as a slot.
fn range(word: &str) -> Option<RangeInclusive<u16>> {
    let (first, last) = word.split_once('-').unwrap_or((word, word));
    Some(first.parse().ok()?..=last.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_of_a_node_is_read() {
        let view = View::parse(
            "aa 127.0.0.1:21000@21001 myself,master - 0 1 7 connected 0-5460 9000 [93->-bb]\n\
             bb 127.0.0.1:21002@21003 slave aa 0 1 7 connected\n\
             cc :0@0 master,noaddr - 1 1 0 disconnected\n\
             dd 127.0.0.1:21004@21005 handshake - 0 0 0 connected\n",
        );
        let me = view.me().unwrap();
        assert_eq!((me.epoch, me.master.as_deref()), (7, None));
        assert!(me.serves(0) && me.serves(5_460) && me.serves(9_000) && !me.serves(5_461));
        assert_eq!(view.map(), [(0, 5_460, "aa"), (9_000, 9_000, "aa")]);
        assert_eq!((view.settled(), view.replicas()), (2, 1));
    }
}
