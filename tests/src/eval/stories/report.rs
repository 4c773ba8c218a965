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
        "set", "method", "filter", "for", "thresh", "P", "R", "F1", "ARI", "B3", "wrong", "miss",
        "docs/s", "B/doc"
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
        let same = rows.iter().filter(|r| (r.method, r.is_filtered, r.setting) == key);
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
        }
    }
}
