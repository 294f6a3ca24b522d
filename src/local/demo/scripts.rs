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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_hold_the_panel() {
        let [(_, summary), _] = all();
        assert!(summary.contains("('BRCA1', 'chr17', 43044295, 43125364)"));
        assert!(!summary.contains("${panel}"));
    }
}
