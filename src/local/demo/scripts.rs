//! The demo's SQL: the scripts of its jobs, and its saved queries.

use super::genes::PANEL;

pub const SUMMARY: &str = "scripts/gene-summary.sql";
pub const EGRESS: &str = "scripts/approved-egress.sql";

/// Key and text of each script.
pub fn all() -> [(&'static str, String); 2] {
    let summary = include_str!("../../../assets/demo/gene-summary.sql");
    let egress = include_str!("../../../assets/demo/approved-egress.sql");
    [(SUMMARY, summary.replace("${panel}", &panel())), (EGRESS, egress.to_owned())]
}

/// The panel's genes as rows of VALUES.
fn panel() -> String {
    let rows = PANEL.iter().map(|gene| {
        format!("        ('{}', '{}', {}, {})", gene.name, gene.chrom, gene.start, gene.end)
    });
    rows.collect::<Vec<_>>().join(",\n")
}

/// A query to be found in the list of saved ones.
#[derive(Debug, PartialEq, Eq)]
pub struct Saved {
    pub name: &'static str,
    pub about: &'static str,
    pub sql: &'static str,
}

/// The saved queries: each begins with its name and what it is about.
pub fn saved() -> Vec<Saved> {
    let text = include_str!("../../../assets/demo/queries.sql");
    let blocks = text.split("-- name: ").skip(1);
    let read = |block: &'static str| {
        let (name, rest) = block.split_once('\n')?;
        let (about, sql) = rest.strip_prefix("-- about: ")?.split_once('\n')?;
        Some(Saved { name, about, sql: sql.trim().trim_end_matches(';') })
    };
    blocks.filter_map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_saved_query_is_whole() {
        let text = include_str!("../../../assets/demo/queries.sql");
        let saved = saved();
        assert_eq!(saved.len(), text.matches("-- name: ").count());
        for query in saved {
            assert!(query.sql.starts_with("SELECT"), "{query:?}");
        }
    }

    #[test]
    fn scripts_hold_the_panel() {
        let [(_, summary), _] = all();
        assert!(summary.contains("('BRCA1', 'chr17', 43044295, 43125364)"));
        assert!(!summary.contains("${panel}"));
    }
}
