//! Figures for people and for programs.

use serde::Serialize;

use super::data::Set;
use super::engine::Found;
use super::metrics::{self, Agreement};

/// One method on one set.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// The set.
    pub set: String,
    /// The method.
    pub method: &'static str,
    /// Whether what outlets repeat was taken out beforehand.
    pub is_filtered: bool,
    /// Its threshold; none for ours.
    pub threshold: Option<f64>,
    /// `best` for the set at hand, or `all`.
    pub setting: &'static str,
    /// How well it did.
    #[serde(flatten)]
    pub agreement: Agreement,
    /// Texts a second.
    pub documents_per_s: Option<f64>,
    /// Memory of the index for each text, in bytes.
    pub bytes_per_document: Option<f64>,
}

/// The row of our engine.
pub fn engine_row(set: &Set, found: &Found) -> Row {
    let documents = set.texts.len().max(1) as f64;
    Row {
        set: set.name.clone(),
        method: "newshound",
        is_filtered: true,
        threshold: None,
        setting: "all",
        agreement: metrics::agreement(&found.clusters, &set.labels, &set.unsure),
        documents_per_s: Some(documents / found.took.as_secs_f64()),
        bytes_per_document: Some(found.figures.bytes() as f64 / documents),
    }
}

/// Prints the rows.
pub fn print(rows: &[Row], is_json: bool) {
    if is_json {
        for row in rows {
            println!("{}", serde_json::to_string(row).expect("figures are plain data"));
        }
        return;
    }
    println!(
        "{:<22} {:<12} {:<8} {:<4} {:>6} {:>6} {:>6} {:>6} {:>6} {:>6} {:>5} {:>5} {:>8} {:>7}",
        "set",
        "method",
        "filter",
        "for",
        "thresh",
        "P",
        "R",
        "F1",
        "ARI",
        "B3",
        "wrong",
        "miss",
        "docs/s",
        "B/doc"
    );
    for row in rows {
        let a = &row.agreement;
        println!(
            "{:<22} {:<12} {:<8} {:<4} {:>6} {:>6.3} {:>6.3} {:>6.3} {:>6.3} {:>6.3} {:>5} {:>5} \
             {:>8} {:>7}",
            row.set,
            row.method,
            if row.is_filtered { "outlet" } else { "-" },
            row.setting,
            row.threshold.map_or("-".to_owned(), |t| format!("{t:.2}")),
            a.precision,
            a.recall,
            a.f1,
            a.ari,
            a.b_cubed,
            a.wrong,
            a.missed,
            row.documents_per_s.map_or("-".to_owned(), |n| format!("{n:.0}")),
            row.bytes_per_document.map_or("-".to_owned(), |n| format!("{n:.0}")),
        );
    }
    means(rows);
}

/// The mean F1 over sets, by method.
fn means(rows: &[Row]) {
    let mut done: Vec<(&str, bool, &str)> = Vec::new();
    println!("\nmean F1 over sets");
    for row in rows {
        let key = (row.method, row.is_filtered, row.setting);
        if done.contains(&key) {
            continue;
        }
        done.push(key);
        // A set without any story has no F1.
        let has_pairs = |r: &&Row| r.agreement.right + r.agreement.missed > 0;
        let same = rows.iter().filter(|r| (r.method, r.is_filtered, r.setting) == key);
        let same = same.filter(has_pairs);
        let (sum, count) = same.fold((0.0, 0), |(sum, n), r| (sum + r.agreement.f1, n + 1));
        let filter = if row.is_filtered { "outlet" } else { "-" };
        let mean = sum / f64::from(count.max(1));
        println!("{:<12} {filter:<8} {:<4} {mean:.3}", row.method, row.setting);
    }
}

/// Prints the pairs that the engine gets wrong.
pub fn wrong(set: &Set, found: &Found) {
    let name = |n: usize| {
        let text = &set.texts[n];
        let start: String = text.text.chars().take(60).collect::<String>().replace('\n', " ");
        format!("{} [{}] {} {start}", text.id, text.site.as_deref().unwrap_or("-"), text.made)
    };
    let mut joined = metrics::pairs(&found.clusters);
    joined.sort_unstable();
    for (a, b) in joined {
        if set.labels[a] != set.labels[b] && !set.unsure.contains(&(a, b)) {
            println!("WRONG {}\n      {}", name(a), name(b));
            println!("      {:?} {:?}", found.assignments[b].kind, found.assignments[b].reasons);
        }
    }
    let mut labelled = metrics::pairs(&set.labels);
    labelled.sort_unstable();
    for (a, b) in labelled {
        if found.clusters[a] != found.clusters[b] && !set.unsure.contains(&(a, b)) {
            println!("MISSED {}\n       {}", name(a), name(b));
            for n in [a, b] {
                let said = &found.assignments[n];
                println!("       {n}: {:?} {:?} links {:?}", said.kind, said.story, said.links);
                let moved = found.assignments.iter().flat_map(|other| &other.moved);
                for moved in moved.filter(|moved| moved.article == n as u64) {
                    println!("       taken out: {moved:?}");
                }
            }
        }
    }
}

/// What the goals ask of stress sets, as shares.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Goals {
    /// Precision of pairs across outlets.
    pub precision_across: f64,
    /// Recall of parts of a quarter and more, beside the text they are from.
    pub excerpts: f64,
    /// The same amid local text.
    pub excerpts_and_local: f64,
    /// Texts alone by their label that were joined to any, digests aside.
    pub negatives_joined: f64,
    /// Digests that were joined to a story.
    pub digests_merged: f64,
    /// Recall by what was done.
    pub recall: Vec<(&'static str, usize, f64)>,
}

/// Judges the goals over all sets.
pub fn goals(sets: &[(&Set, &Found)]) -> Goals {
    let (mut right, mut wrong) = (0_usize, 0_usize);
    let mut tallies: Vec<(&'static str, usize, usize)> = Vec::new();
    for (set, found) in sets {
        for (a, b) in metrics::pairs(&found.clusters) {
            let is_across = set.texts[a].site != set.texts[b].site;
            match (is_across && !set.unsure.contains(&(a, b)), set.labels[a] == set.labels[b]) {
                (true, true) => right += 1,
                (true, false) => wrong += 1,
                _ => {}
            }
        }
        for (n, text) in set.texts.iter().enumerate().filter(|(_, text)| !text.made.is_empty()) {
            let is_alone = text.cluster.is_none();
            let others = (0..set.texts.len()).filter(|other| *other != n);
            let mut joined = others.filter(|other| found.clusters[*other] == found.clusters[n]);
            let wire = |other: &usize| {
                set.texts[*other].made == "wire" && set.labels[*other] == set.labels[n]
            };
            let is_hit = if is_alone { joined.next().is_some() } else { joined.any(|o| wire(&o)) };
            if text.made == "wire" {
                continue;
            }
            match tallies.iter_mut().find(|(made, ..)| *made == text.made) {
                Some(tally) => {
                    tally.1 += 1;
                    tally.2 += usize::from(is_hit);
                }
                None => tallies.push((text.made, 1, usize::from(is_hit))),
            }
        }
    }
    tallies.sort_unstable();
    let share = |names: &[&str]| {
        let chosen = tallies.iter().filter(|(made, ..)| names.contains(made));
        let (all, hits) = chosen.fold((0, 0), |(all, hits), t| (all + t.1, hits + t.2));
        hits as f64 / all.max(1) as f64
    };
    let edits = ["verbatim", "cut", "middle", "local", "cut+local", "middle+local", "lede"];
    let more = ["credit", "spelling", "noise", "update", "digest"];
    let negatives: Vec<&str> = tallies
        .iter()
        .map(|(made, ..)| *made)
        .filter(|made| !edits.contains(made) && !more.contains(made))
        .collect();
    Goals {
        precision_across: right as f64 / (right + wrong).max(1) as f64,
        excerpts: share(&["cut", "middle"]),
        excerpts_and_local: share(&["cut+local", "middle+local"]),
        negatives_joined: share(&negatives),
        digests_merged: share(&["digest"]),
        recall: tallies
            .iter()
            .map(|(m, all, hits)| (*m, *all, *hits as f64 / *all as f64))
            .collect(),
    }
}

/// Prints the goals.
pub fn print_goals(goals: &Goals, is_json: bool) {
    if is_json {
        println!("{}", serde_json::to_string(goals).expect("figures are plain data"));
        return;
    }
    println!("\nprecision across outlets {:.4}", goals.precision_across);
    println!(
        "excerpts found {:.3}, with local text {:.3}",
        goals.excerpts, goals.excerpts_and_local
    );
    println!(
        "lookalikes joined {:.4}, digests merged {:.4}",
        goals.negatives_joined, goals.digests_merged
    );
    for (made, all, share) in &goals.recall {
        println!("  {made:<14} {all:>5} texts, {share:.3} joined");
    }
}
