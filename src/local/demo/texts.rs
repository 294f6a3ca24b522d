//! The sample data that is text: ClinVar-like, VCF, BED, reads, quality control.

use std::fmt::Write as _;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use rand::Rng;
use rand::rngs::SmallRng;

use super::genes::{self, CHROMOSOMES, PANEL};
use super::variants::Variant;

/// Variants by chromosome.
pub type Genome = Vec<(&'static str, Vec<Variant>)>;

/// A gzip file of this text.
pub fn gzip(text: &str) -> std::io::Result<Vec<u8>> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(text.as_bytes())?;
    packed.finish()
}

fn pick<'a>(random: &mut SmallRng, from: &[&'a str]) -> &'a str {
    from[random.random_range(0..from.len())]
}

/// Like ClinVar's `variant_summary.txt`: the variants inside the panel's genes, with what is
/// known of them. Tab separated, with a header.
pub fn clinvar(genome: &Genome, random: &mut SmallRng) -> String {
    let mut text = "AlleleID\tType\tName\tGeneSymbol\tClinicalSignificance\tRS\tPhenotypeList\tOrigin\tAssembly\tChromosome\tStart\tStop\tReferenceAllele\tAlternateAllele\tReviewStatus\n".to_owned();
    let mut allele = 15_000;
    for (chrom, variants) in genome {
        for variant in variants {
            let Some(gene) = genes::at(chrom, variant.pos) else { continue };
            allele += random.random_range(1..400);
            let meaning = significance(random, variant.af);
            let condition =
                if meaning.contains("athogenic") { gene.condition } else { "not provided" };
            let review = pick(
                random,
                &[
                    "criteria provided, single submitter",
                    "criteria provided, multiple submitters, no conflicts",
                    "no assertion criteria provided",
                    "reviewed by expert panel",
                ],
            );
            let rs = variant.rsid.map_or(-1, i64::from);
            let (pos, from, to) = (variant.pos, variant.reference, variant.alternate);
            let number = chrom.trim_start_matches("chr");
            let _ = writeln!(
                text,
                "{allele}\tsingle nucleotide variant\t{gene}:g.{pos}{from}>{to}\t{gene}\t{meaning}\t{rs}\t{condition}\tgermline\tGRCh38\t{number}\t{pos}\t{pos}\t{from}\t{to}\t{review}",
                gene = gene.name,
            );
        }
    }
    text
}

/// Common variants are hardly ever pathogenic.
fn significance(random: &mut SmallRng, af: f64) -> &'static str {
    if af > 0.05 {
        return "Benign";
    }
    let likely = [
        "Uncertain significance",
        "Uncertain significance",
        "Likely benign",
        "Benign",
        "Likely pathogenic",
        "Pathogenic",
    ];
    pick(random, &likely)
}

/// The panel's variants as a VCF of one sample.
pub fn vcf(genome: &Genome, sample: &str) -> String {
    let mut text = "##fileformat=VCFv4.2\n##reference=GRCh38\n##source=generated sample data, no person's\n##INFO=<ID=AF,Number=A,Type=Float,Description=\"Allele frequency\">\n##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">\n##FORMAT=<ID=DP,Number=1,Type=Integer,Description=\"Depth\">\n##FORMAT=<ID=GQ,Number=1,Type=Integer,Description=\"Genotype quality\">\n".to_owned();
    for (chrom, length) in CHROMOSOMES {
        let _ = writeln!(text, "##contig=<ID={chrom},length={length}>");
    }
    let _ = writeln!(text, "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t{sample}");
    for (chrom, variants) in genome {
        for one in variants.iter().filter(|one| genes::at(chrom, one.pos).is_some()) {
            let id = one.rsid.map_or_else(|| ".".to_owned(), |number| format!("rs{number}"));
            let _ = writeln!(
                text,
                "{chrom}\t{}\t{id}\t{}\t{}\t{}\t{}\tAF={}\tGT:DP:GQ\t{}/{}:{}:{}",
                one.pos,
                one.reference,
                one.alternate,
                one.qual,
                one.filter,
                one.af,
                one.alleles[0],
                one.alleles[1],
                one.depth,
                one.quality,
            );
        }
    }
    text
}

/// The panel as BED: zero-based, half-open, without a header.
pub fn bed() -> String {
    let mut text = String::new();
    for gene in &PANEL {
        let _ = writeln!(text, "{}\t{}\t{}\t{}", gene.chrom, gene.start - 1, gene.end, gene.name);
    }
    text
}

/// Paired reads of one invented sample: the first and the second file.
pub fn fastq(sample: &str, reads: usize, random: &mut SmallRng) -> [String; 2] {
    let mut files = [String::new(), String::new()];
    for read in 1..=reads {
        let (lane, tile) = (random.random_range(1..5), random.random_range(1101..2600));
        for (index, file) in files.iter_mut().enumerate() {
            let mate = index + 1;
            let _ = writeln!(file, "@DEMO:{lane}:{tile}:{read} {mate}:N:0:{sample}");
            file.extend((0..100).map(|_| ['A', 'C', 'G', 'T'][random.random_range(0..4)]));
            file.push_str("\n+\n");
            file.extend((0..100).map(|_| char::from(random.random_range(b'5'..=b'I'))));
            file.push('\n');
        }
    }
    files
}

/// A sequencing centre's table of runs; the comments hold commas, so there are quotes.
pub fn quality(random: &mut SmallRng) -> String {
    let mut text = "sample_id,run_date,mean_coverage,pct_mapped,contamination,comment\n".to_owned();
    for number in 1..=96 {
        let coverage = f64::from(random.random_range(1800..4500)) / 100.0;
        let mapped = f64::from(random.random_range(9_400..9_999)) / 100.0;
        let contamination = f64::from(random.random_range(0..300)) / 10_000.0;
        let comment =
            if coverage < 20.0 { "low coverage, sequence again" } else { "passed, no action" };
        let day = 1 + number % 28;
        let _ = writeln!(
            text,
            "DEMO{number:04},2026-03-{day:02},{coverage},{mapped},{contamination},\"{comment}\""
        );
    }
    text
}
