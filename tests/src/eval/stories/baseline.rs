//! The known methods, each by its best published recipe, on the tokens that our engine sees.
//!
//! All join by single link what is above a threshold. Pairs are found through inverted lists, so
//! nothing is missed for speed but what the method itself misses (the bands of `MinHash`).

use std::collections::HashMap;

use story::furniture::Furniture;
use story::tokens::{Class, Tokens};

use super::data::Set;
use super::metrics::{self, Agreement};
use super::report::Row;

/// A pair of texts and how alike a method finds them.
type Edge = (usize, usize, f64);

/// A method, its threshold for all sets, and those that are tried to find the best for one.
struct Method {
    name: &'static str,
    for_all: f64,
    edges: fn(&[Tokenised]) -> Vec<Edge>,
}

/// Thresholds for all sets: the best on four private sets, as the design gives them; for `SimHash`
/// the three bits of its paper (Manku, Jain, Das Sarma, WWW 2007).
const METHODS: [Method; 6] = [
    Method { name: "exact", for_all: 0.5, edges: exact },
    Method { name: "simhash", for_all: 1.0 - 3.0 / 64.0, edges: simhash },
    Method { name: "minhash", for_all: 0.40, edges: minhash },
    Method { name: "spotsigs", for_all: 0.44, edges: spotsigs },
    Method { name: "containment", for_all: 0.74, edges: containment },
    Method { name: "tfidf", for_all: 0.78, edges: tfidf },
];

/// A text as hashes of tokens.
struct Tokenised {
    tokens: Vec<u64>,
    class: Class,
}

/// All rows of all methods on a set.
pub fn rows(set: &Set) -> Vec<Row> {
    let plain: Vec<Tokenised> = set
        .texts
        .iter()
        .map(|text| {
            let tokens = Tokens::of(&text.text);
            Tokenised { tokens: tokens.hashes().to_vec(), class: tokens.class() }
        })
        .collect();
    let filtered = filtered(set, &plain);
    let mut rows = Vec::new();
    for method in METHODS {
        for (is_filtered, texts) in [(false, &plain), (true, &filtered)] {
            let edges = (method.edges)(texts);
            let judge = |threshold: f64| judge(set, &edges, threshold);
            let row = |setting, threshold| Row {
                set: set.name.clone(),
                method: method.name,
                is_filtered,
                threshold: Some(threshold),
                setting,
                agreement: judge(threshold),
                documents_per_s: None,
                bytes_per_document: None,
            };
            let tried = (5..100).map(|n| f64::from(n) / 100.0);
            let tried = tried.chain((1..24).map(|bits| 1.0 - f64::from(bits) / 64.0));
            let best = tried
                .map(|threshold| (judge(threshold).f1, threshold))
                .max_by(|x, y| x.0.total_cmp(&y.0))
                .map_or(method.for_all, |(_, threshold)| threshold);
            rows.push(row("best", best));
            rows.push(row("all", method.for_all));
        }
    }
    rows
}

/// The texts without what their outlets repeat, which is learnt from the whole set beforehand.
fn filtered(set: &Set, plain: &[Tokenised]) -> Vec<Tokenised> {
    let mut furniture = Furniture::default();
    let outlet = |n: usize| set.texts[n].site.as_deref().filter(|site| !site.is_empty());
    for (n, text) in set.texts.iter().enumerate() {
        if let Some(site) = outlet(n) {
            furniture.learn(site, &text.text);
        }
    }
    let strip = |(n, text): (usize, &Tokenised)| Tokenised {
        tokens: outlet(n)
            .map_or_else(|| text.tokens.clone(), |site| furniture.strip(site, &set.texts[n].text)),
        class: text.class,
    };
    plain.iter().enumerate().map(strip).collect()
}

/// Joins by single link.
fn judge(set: &Set, edges: &[Edge], threshold: f64) -> Agreement {
    let mut roots: Vec<usize> = (0..set.texts.len()).collect();
    for (a, b, _) in edges.iter().filter(|edge| edge.2 >= threshold) {
        let (a, b) = (root(&mut roots, *a), root(&mut roots, *b));
        roots[a.max(b)] = a.min(b);
    }
    let clusters: Vec<usize> = (0..roots.len()).map(|n| root(&mut roots, n)).collect();
    metrics::agreement(&clusters, &set.labels, &set.unsure)
}

fn root(roots: &mut [usize], mut at: usize) -> usize {
    while roots[at] != at {
        roots[at] = roots[roots[at]];
        at = roots[at];
    }
    at
}

fn hash(values: &[u64]) -> u64 {
    let folded = values.iter().fold(0x9E37_79B9_7F4A_7C15_u64, |hash, value| {
        (hash.rotate_left(5) ^ value).wrapping_mul(0xD6E8_FEB8_6659_FD93)
    });
    mix(folded)
}

fn mix(mut hash: u64) -> u64 {
    hash = (hash ^ (hash >> 32)).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    hash = (hash ^ (hash >> 32)).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    hash ^ (hash >> 32)
}

/// The set of grams of five words or ten characters, sorted.
fn grams(text: &Tokenised) -> Vec<u64> {
    let k = match text.class {
        Class::Words => 5,
        Class::Ideographs => 10,
        Class::Syllables => 20,
    };
    let mut grams: Vec<u64> = text.tokens.windows(k).map(hash).collect();
    grams.sort_unstable();
    grams.dedup();
    grams
}

/// The units that stand for words: words, or pairs of characters.
fn words(text: &Tokenised) -> Vec<u64> {
    match text.class {
        Class::Words => text.tokens.clone(),
        _ => text.tokens.windows(2).map(hash).collect(),
    }
}

/// How much of each pair's features is shared: sums of the lesser counts.
fn overlaps(features: &[HashMap<u64, u32>]) -> HashMap<(usize, usize), u32> {
    let mut lists: HashMap<u64, Vec<(usize, u32)>> = HashMap::new();
    let mut overlaps: HashMap<(usize, usize), u32> = HashMap::new();
    for (n, counts) in features.iter().enumerate() {
        for (feature, count) in counts {
            let list = lists.entry(*feature).or_default();
            for (other, others) in list.iter() {
                *overlaps.entry((*other, n)).or_default() += count.min(others);
            }
            list.push((n, *count));
        }
    }
    overlaps
}

fn as_set(features: &[u64]) -> HashMap<u64, u32> {
    features.iter().map(|feature| (*feature, 1)).collect()
}

fn exact(texts: &[Tokenised]) -> Vec<Edge> {
    let mut first: HashMap<&[u64], usize> = HashMap::new();
    let mut edges = Vec::new();
    for (n, text) in texts.iter().enumerate().filter(|(_, text)| !text.tokens.is_empty()) {
        let other = *first.entry(&text.tokens).or_insert(n);
        if other != n {
            edges.push((other, n, 1.0));
        }
    }
    edges
}

/// Inverse document frequencies.
fn idf(texts: &[Vec<u64>]) -> HashMap<u64, f64> {
    let mut seen: HashMap<u64, f64> = HashMap::new();
    for text in texts {
        for word in as_set(text).keys() {
            *seen.entry(*word).or_default() += 1.0;
        }
    }
    let all = texts.len() as f64;
    seen.into_iter().map(|(word, count)| (word, (all / count).ln())).collect()
}

fn counts(features: &[u64]) -> HashMap<u64, u32> {
    let mut counts = HashMap::new();
    for feature in features {
        *counts.entry(*feature).or_default() += 1;
    }
    counts
}

/// Words weighted by frequency and rarity, 64 bits; likeness is the share of equal bits.
fn simhash(texts: &[Tokenised]) -> Vec<Edge> {
    let texts: Vec<Vec<u64>> = texts.iter().map(words).collect();
    let idf = idf(&texts);
    let print = |text: &Vec<u64>| {
        let mut sums = [0.0_f64; 64];
        for (word, count) in counts(text) {
            let weight = f64::from(count) * idf[&word];
            for (bit, sum) in sums.iter_mut().enumerate() {
                *sum += if mix(word) >> bit & 1 == 1 { weight } else { -weight };
            }
        }
        sums.iter()
            .enumerate()
            .fold(0_u64, |print, (bit, sum)| print | (u64::from(*sum > 0.0) << bit))
    };
    let prints: Vec<u64> = texts.iter().map(print).collect();
    let mut edges = Vec::new();
    for a in 0..prints.len() {
        for b in a + 1..prints.len() {
            let bits = (prints[a] ^ prints[b]).count_ones();
            if bits < 24 && !texts[a].is_empty() && !texts[b].is_empty() {
                edges.push((a, b, 1.0 - f64::from(bits) / 64.0));
            }
        }
    }
    edges
}

/// 256 permutations of grams in 64 bands of four (Broder; LSH after Leskovec, Rajaraman, Ullman).
fn minhash(texts: &[Tokenised]) -> Vec<Edge> {
    const PERMUTATIONS: u64 = 256;
    const BAND: usize = 4;
    let sketch = |text: &Tokenised| -> Vec<u64> {
        let grams = grams(text);
        if grams.is_empty() {
            return Vec::new();
        }
        let least = |seed: u64| grams.iter().map(|gram| mix(gram ^ mix(seed + 1))).min();
        (0..PERMUTATIONS).map(|seed| least(seed).unwrap_or(0)).collect()
    };
    let sketches: Vec<Vec<u64>> = texts.iter().map(sketch).collect();
    let mut bands: HashMap<(usize, &[u64]), Vec<usize>> = HashMap::new();
    for (n, sketch) in sketches.iter().enumerate() {
        for (band, values) in sketch.chunks(BAND).enumerate() {
            bands.entry((band, values)).or_default().push(n);
        }
    }
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for members in bands.values() {
        for (n, a) in members.iter().enumerate() {
            pairs.extend(members[n + 1..].iter().map(|b| (*a, *b)));
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    let alike = |(a, b): (usize, usize)| {
        let same = sketches[a].iter().zip(&sketches[b]).filter(|(x, y)| x == y).count();
        (a, b, same as f64 / PERMUTATIONS as f64)
    };
    pairs.into_iter().map(alike).collect()
}

/// Chains of two content words behind an antecedent, weighted Jaccard (Theobald, Siddharth,
/// Paepcke,
/// SIGIR 2008). Antecedents are the most frequent words of the set, so that every language has
/// them.
fn spotsigs(texts: &[Tokenised]) -> Vec<Edge> {
    const ANTECEDENTS: usize = 25;
    const STOPWORDS: usize = 120;
    const CHAIN: usize = 2;
    let texts: Vec<Vec<u64>> = texts.iter().map(words).collect();
    let mut frequent: HashMap<u64, u32> = HashMap::new();
    for word in texts.iter().flatten() {
        *frequent.entry(*word).or_default() += 1;
    }
    let mut frequent: Vec<(u32, u64)> = frequent.into_iter().map(|(w, n)| (n, w)).collect();
    frequent.sort_unstable_by(|x, y| y.cmp(x));
    let rank: HashMap<u64, usize> = frequent
        .iter()
        .take(STOPWORDS)
        .enumerate()
        .map(|(rank, (_, word))| (*word, rank))
        .collect();
    let spots = |text: &Vec<u64>| {
        let mut spots = Vec::new();
        for (at, word) in text.iter().enumerate() {
            if rank.get(word).is_none_or(|rank| *rank >= ANTECEDENTS) {
                continue;
            }
            let content = text[at + 1..].iter().filter(|word| !rank.contains_key(word));
            let chain: Vec<u64> =
                std::iter::once(word).chain(content.take(CHAIN)).copied().collect();
            if chain.len() == CHAIN + 1 {
                spots.push(hash(&chain));
            }
        }
        counts(&spots)
    };
    let features: Vec<HashMap<u64, u32>> = texts.iter().map(spots).collect();
    let sizes: Vec<u32> = features.iter().map(|counts| counts.values().sum()).collect();
    let jaccard = |((a, b), both): ((usize, usize), u32)| {
        (a, b, f64::from(both) / f64::from(sizes[a] + sizes[b] - both))
    };
    overlaps(&features).into_iter().map(jaccard).collect()
}

/// The share of the smaller text's grams that the larger has.
fn containment(texts: &[Tokenised]) -> Vec<Edge> {
    let features: Vec<HashMap<u64, u32>> = texts.iter().map(|text| as_set(&grams(text))).collect();
    let contained = |((a, b), both): ((usize, usize), u32)| {
        (a, b, f64::from(both) / features[a].len().min(features[b].len()) as f64)
    };
    // The smallest texts are contained by chance.
    let is_long = |(a, b, _): &Edge| features[*a].len().min(features[*b].len()) >= 16;
    overlaps(&features).into_iter().map(contained).filter(is_long).collect()
}

/// Cosine of word vectors: logarithmic frequency times one more than rarity, as the usual libraries
/// weigh them, so that frequent words count a little.
fn tfidf(texts: &[Tokenised]) -> Vec<Edge> {
    let texts: Vec<Vec<u64>> = texts.iter().map(words).collect();
    let idf = idf(&texts);
    let mut lists: HashMap<u64, Vec<(usize, f64)>> = HashMap::new();
    let mut edges = Vec::new();
    for (n, text) in texts.iter().enumerate() {
        let mut weights: Vec<(u64, f64)> = counts(text)
            .into_iter()
            .map(|(word, count)| (word, (1.0 + f64::from(count).ln()) * (1.0 + idf[&word])))
            .collect();
        let norm = weights.iter().map(|(_, weight)| weight * weight).sum::<f64>().sqrt();
        weights.retain(|(_, weight)| *weight > 0.0);
        let mut sums = vec![0.0_f64; n];
        for (word, weight) in weights {
            let weight = weight / norm;
            let list = lists.entry(word).or_default();
            for (other, others) in list.iter() {
                sums[*other] += weight * others;
            }
            list.push((n, weight));
        }
        let alike = sums.iter().enumerate().filter(|(_, sum)| **sum > 0.05);
        edges.extend(alike.map(|(other, sum)| (other, n, *sum)));
    }
    edges
}
