//! The styles and scripts that make up most of a real page: made once, cut to size for each page.

use std::fmt::Write as _;

use crate::dice::Dice;
use crate::text::name;

/// Pools of style rules and script statements, a line each.
pub(crate) struct Filler {
    styles: String,
    scripts: String,
}

/// Larger than what one page takes.
const POOL_BYTES: usize = 160_000;

impl Filler {
    pub(crate) fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed, "pool", "", 0);
        let mut styles = String::with_capacity(POOL_BYTES + 200);
        while styles.len() < POOL_BYTES {
            // Writing into a String cannot fail.
            let _ = writeln!(
                styles,
                ".{}-{} {{ margin: {}px {}px; color: #{:06x}; max-width: {}rem }}",
                name(&mut dice).to_lowercase(),
                dice.below(90),
                dice.below(40),
                dice.below(40),
                dice.below(1 << 24),
                dice.below(60),
            );
        }
        let mut scripts = String::with_capacity(POOL_BYTES + 200);
        while scripts.len() < POOL_BYTES {
            let _ = writeln!(
                scripts,
                "state.{}[{}] = {{ id: \"{:x}\", slot: {}, seen: false }};",
                name(&mut dice).to_lowercase(),
                dice.below(50),
                dice.roll(),
                dice.below(900),
            );
        }
        Self { styles, scripts }
    }

    /// A style element of about `bytes`.
    pub(crate) fn styles(&self, bytes: usize, out: &mut String) {
        if bytes > 100 {
            out.push_str("<style>\n");
            repeat(&self.styles, 0, bytes, out);
            out.push_str("</style>\n");
        }
    }

    /// A script element of about `bytes`, from a place in the pool that `turn` decides.
    pub(crate) fn scripts(&self, bytes: usize, turn: u64, out: &mut String) {
        if bytes > 100 {
            out.push_str("<script>\n");
            let from = usize::try_from(turn % self.scripts.len() as u64).unwrap_or(0);
            repeat(&self.scripts, from, bytes, out);
            out.push_str("</script>\n");
        }
    }
}

/// Appends whole lines of the pool from near `from`, going round, to at least `bytes`.
fn repeat(pool: &str, from: usize, bytes: usize, out: &mut String) {
    let mut at = pool[from..].find('\n').map_or(0, |n| from + n + 1) % pool.len();
    let mut left = bytes;
    while left > 0 {
        let rest = &pool[at..];
        let cut =
            rest.get(left..).and_then(|tail| tail.find('\n')).map_or(rest.len(), |n| left + n + 1);
        out.push_str(&rest[..cut]);
        left = left.saturating_sub(cut);
        at = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_size_is_met_with_whole_lines() {
        let filler = Filler::new(1);
        for bytes in [500, 20_000, 170_000, 400_000] {
            let mut out = String::new();
            filler.scripts(bytes, 150_000, &mut out);
            assert!((bytes..bytes + 200).contains(&out.len()), "{bytes}: {}", out.len());
            assert!(out.ends_with(";\n</script>\n"));
        }
    }
}
