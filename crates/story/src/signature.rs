//! Signatures: the winnowed hashes of a text, so that any long enough shared run shares one.
//!
//! Winnowing (Schleimer, Wilkerson, Aiken, SIGMOD 2003): of each window of `w` consecutive hashes
//! of `k` tokens the least is kept, so a shared run of `w + k - 1` tokens shares a hash.

use crate::hash;
use crate::tokens::Class;

/// A factor for the rolling hash, odd.
const FACTOR: u64 = 0xD6E8_FEB8_6659_FD93;

/// Lengths in tokens, by class of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lengths {
    /// A gram of the signature.
    pub gram: usize,
    /// A window of grams of which one is kept.
    pub window: usize,
    /// A gram of the exact comparison.
    pub exact: usize,
    /// A shared run that counts by itself.
    pub run: usize,
    /// The longest gap between two runs of one passage.
    pub gap: usize,
    /// A text below this is too short to be told apart from a caption.
    pub least: usize,
}

/// The lengths for a class (measured on 21 languages; `docs/decisions`).
pub const fn lengths(class: Class) -> Lengths {
    match class {
        Class::Words => Lengths { gram: 5, window: 8, exact: 5, run: 8, gap: 12, least: 20 },
        Class::Ideographs => Lengths { gram: 10, window: 16, exact: 5, run: 8, gap: 20, least: 40 },
        Class::Syllables => {
            Lengths { gram: 20, window: 32, exact: 10, run: 16, gap: 40, least: 60 }
        }
    }
}

/// A hash that was kept, and the token that its gram begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) hash: u64,
    pub(crate) at: usize,
}

/// The rolling hashes of all grams of `k` tokens, into `to`.
pub(crate) fn grams(tokens: &[u64], k: usize, to: &mut Vec<u64>) {
    to.clear();
    if tokens.len() < k || k == 0 {
        return;
    }
    let top = FACTOR.wrapping_pow(u32::try_from(k).unwrap_or(u32::MAX));
    let mut now = 0_u64;
    for (at, token) in tokens.iter().enumerate() {
        now = now.wrapping_mul(FACTOR).wrapping_add(*token);
        if at >= k {
            now = now.wrapping_sub(tokens[at - k].wrapping_mul(top));
        }
        if at + 1 >= k {
            to.push(hash::mix(now));
        }
    }
}

/// The least hash of each window of `w` (the rightmost of equals), each once.
pub(crate) fn winnow(grams: &[u64], w: usize, to: &mut Vec<Kept>) {
    to.clear();
    if grams.is_empty() || w == 0 {
        return;
    }
    let w = w.min(grams.len());
    let mut least = 0;
    for end in w..=grams.len() {
        let start = end - w;
        let is_first = end == w;
        if least < start || is_first {
            least = start;
            for at in start..end {
                if grams[at] <= grams[least] {
                    least = at;
                }
            }
        } else if grams[end - 1] <= grams[least] {
            least = end - 1;
        } else {
            continue;
        }
        to.push(Kept { hash: grams[least], at: least });
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    fn kept(tokens: &[u64], k: usize, w: usize) -> HashSet<u64> {
        let (mut all, mut kept) = (Vec::new(), Vec::new());
        grams(tokens, k, &mut all);
        winnow(&all, w, &mut kept);
        kept.iter().map(|kept| kept.hash).collect()
    }

    #[test]
    fn a_text_shorter_than_a_window_has_a_hash_and_one_shorter_than_a_gram_none() {
        assert_eq!(kept(&[1, 2, 3, 4, 5, 6], 5, 8).len(), 1);
        assert!(kept(&[1, 2, 3, 4], 5, 8).is_empty());
    }

    proptest! {
        #[test]
        fn any_shared_run_of_a_window_and_a_gram_shares_a_hash(
            run in prop::collection::vec(any::<u64>(), 12..40),
            before in prop::collection::vec(any::<u64>(), 0..40),
            behind in prop::collection::vec(any::<u64>(), 0..40),
        ) {
            for class in [Class::Words, Class::Ideographs, Class::Syllables] {
                let Lengths { gram, window, .. } = lengths(class);
                if run.len() + 1 < gram + window {
                    continue;
                }
                let other = [before.clone(), run.clone(), behind.clone()].concat();
                let both = kept(&run, gram, window);
                prop_assert!(!both.is_disjoint(&kept(&other, gram, window)));
            }
        }

        #[test]
        fn rolling_hashes_are_those_of_each_gram_alone(
            tokens in prop::collection::vec(any::<u64>(), 0..60),
            k in 1_usize..9,
        ) {
            let (mut all, mut alone) = (Vec::new(), Vec::new());
            grams(&tokens, k, &mut all);
            for (at, gram) in tokens.windows(k).enumerate() {
                grams(gram, k, &mut alone);
                prop_assert_eq!(all[at], alone[0]);
            }
        }
    }
}
