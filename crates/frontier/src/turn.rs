//! In which order bands and lanes take turns.

use crawl::{Band, Lane};

/// The turns of a host's bands. Hubs and the articles they list come twice as often as the rest, so
/// that a long backfill cannot hold back its own host's news, nor the news the backfill.
pub const BAND_CYCLE: [Band; 5] =
    [Band::Hub, Band::Article, Band::Hub, Band::Article, Band::Backfill];

/// Every lease of this number prefers the backfill lane; the others prefer the fresh one.
pub const BACKFILL_EVERY: u64 = 4;

/// Due entries that one lease moves to their bands at most, so that its cost has a limit.
pub const DUE_MOVED_MAX: usize = 256;

/// The lanes for the next draw, the preferred one first. `drawn` counts the successful draws.
pub fn lanes(drawn: u64) -> [Lane; 2] {
    if drawn % BACKFILL_EVERY == BACKFILL_EVERY - 1 {
        [Lane::Backfill, Lane::Fresh]
    } else {
        [Lane::Fresh, Lane::Backfill]
    }
}

/// Whose turn it is, one after another, while there is anything to take. An empty band passes.
/// `turn` is the host's place in the cycle, and is left where the next lease goes on.
pub fn take(turn: &mut u8, mut waiting: [u64; Band::ALL.len()], urls_max: usize) -> Vec<Band> {
    let mut taken = Vec::new();
    while taken.len() < urls_max && waiting.iter().any(|&n| n > 0) {
        let band = BAND_CYCLE[usize::from(*turn) % BAND_CYCLE.len()];
        *turn = (*turn + 1) % 5;
        if let Some(left) = waiting[band.index()].checked_sub(1) {
            waiting[band.index()] = left;
            taken.push(band);
        }
    }
    taken
}

#[cfg(test)]
mod tests {
    use Band::{Article, Backfill, Hub};

    use super::*;

    #[test]
    fn bands_take_turns_and_empty_ones_pass() {
        for (turn, waiting, taken, left_at) in [
            (0, [9, 9, 9], vec![Hub, Article, Hub, Article, Backfill, Hub], 1),
            (0, [0, 0, 9], vec![Backfill; 6], 0),
            (4, [1, 0, 1], vec![Backfill, Hub], 1),
            (3, [0, 0, 0], vec![], 3),
        ] {
            let mut at = turn;
            assert_eq!(take(&mut at, waiting, 6), taken, "{turn} {waiting:?}");
            assert_eq!(at, left_at, "{turn} {waiting:?}");
        }
    }

    #[test]
    fn nothing_is_taken_when_nothing_is_wanted() {
        let mut turn = 2;
        assert_eq!(take(&mut turn, [1, 1, 1], 0), []);
        assert_eq!(turn, 2);
    }

    #[test]
    fn one_draw_in_four_prefers_backfill() {
        let firsts: Vec<Lane> = (0..8).map(|n| lanes(n)[0]).collect();
        let is_backfill: Vec<bool> = firsts.iter().map(|l| *l == Lane::Backfill).collect();
        assert_eq!(is_backfill, [false, false, false, true, false, false, false, true]);
    }
}
