//! Invented variants of one invented person, and their Parquet files: the columns are those
//! of the open data set `thousandgenomes_dragen`.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, Float64Array, Int32Array, Int32Builder, Int64Array, ListBuilder, RecordBatch,
    StringArray, StringBuilder, StructArray,
};
use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::errors::ParquetError;
use datafusion::parquet::file::properties::WriterProperties;
use rand::Rng;
use rand::rngs::SmallRng;

use super::genes::PANEL;
use crate::local::glue::types::Column;

/// Variants spread over each chromosome.
const SPREAD: usize = 1_200;
/// Variants inside each gene of the panel.
const IN_GENE: usize = 60;
/// Rows a row group: a file has a few, so that a reader can skip some.
const ROW_GROUP: usize = 512;

const BASES: [&str; 4] = ["A", "C", "G", "T"];

pub struct Variant {
    pub pos: i64,
    pub reference: &'static str,
    pub alternate: &'static str,
    /// A known one has a number in dbSNP.
    pub rsid: Option<u32>,
    pub qual: f64,
    pub filter: &'static str,
    /// The alternate allele's share in the population.
    pub af: f64,
    pub alleles: [i32; 2],
    pub depth: i32,
    /// Genotype quality.
    pub quality: i32,
}

impl Variant {
    /// `17-43045712-A-G`.
    pub fn id(&self, chrom: &str) -> String {
        let number = chrom.trim_start_matches("chr");
        format!("{number}-{}-{}-{}", self.pos, self.reference, self.alternate)
    }
}

/// The variants of a chromosome, by position.
pub fn of(chrom: &str, length: i64, random: &mut SmallRng) -> Vec<Variant> {
    let mut places: Vec<i64> = (0..SPREAD).map(|_| random.random_range(10_000..length)).collect();
    for gene in PANEL.iter().filter(|gene| gene.chrom == chrom) {
        places.extend((0..IN_GENE).map(|_| random.random_range(gene.start..=gene.end)));
    }
    places.sort_unstable();
    places.dedup();
    places.into_iter().map(|pos| variant(pos, random)).collect()
}

fn variant(pos: i64, random: &mut SmallRng) -> Variant {
    let reference = random.random_range(0..4);
    let alternate = (reference + random.random_range(1..4)) % 4;
    // Most variants are rare.
    let af: f64 = random.random::<f64>().powi(6);
    let depth = random.random_range(12..60);
    let passes = random.random_bool(0.94);
    Variant {
        pos,
        reference: BASES[reference],
        alternate: BASES[alternate],
        rsid: random.random_bool(0.8).then(|| random.random_range(100_000..1_900_000_000)),
        qual: (random.random_range(200..9_000) as f64) / 100.0,
        filter: if passes { "PASS" } else { "LowQ" },
        af: (af * 1e6).round() / 1e6,
        alleles: if random.random_bool(0.35) { [1, 1] } else { [0, 1] },
        depth,
        quality: if passes { random.random_range(30..99) } else { random.random_range(3..30) },
    }
}

/// The columns as the Data Catalog describes them; `chrom` is the partition key.
pub fn columns() -> Vec<Column> {
    [
        ("variant_id", "string"),
        ("pos", "bigint"),
        ("ref", "string"),
        ("alt", "string"),
        ("rsid", "string"),
        ("qual", "double"),
        ("filters", "array<string>"),
        ("info", "struct<af:double>"),
        ("gt", "struct<alleles:array<int>>"),
        ("dp", "int"),
        ("gq", "int"),
    ]
    .map(|(name, kind)| Column::new(name, kind))
    .to_vec()
}

/// One Parquet file.
///
/// # Errors
/// Never, in practice: it is written to memory.
pub fn parquet(chrom: &str, variants: &[Variant]) -> Result<Vec<u8>, ParquetError> {
    let batch = batch(chrom, variants)?;
    let properties =
        WriterProperties::builder().set_max_row_group_row_count(Some(ROW_GROUP)).build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties))?;
    writer.write(&batch)?;
    writer.into_inner()
}

fn batch(chrom: &str, variants: &[Variant]) -> Result<RecordBatch, ParquetError> {
    let text = |of: &dyn Fn(&Variant) -> String| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(variants.iter().map(of)))
    };
    let int = |of: &dyn Fn(&Variant) -> i32| -> ArrayRef {
        Arc::new(Int32Array::from_iter_values(variants.iter().map(of)))
    };
    let positions = Int64Array::from_iter_values(variants.iter().map(|one| one.pos));
    let rsids: StringArray =
        variants.iter().map(|one| one.rsid.map(|number| format!("rs{number}"))).collect();
    let quals = Float64Array::from_iter_values(variants.iter().map(|one| one.qual));
    let shares: ArrayRef =
        Arc::new(Float64Array::from_iter_values(variants.iter().map(|one| one.af)));
    let info = structure("af", DataType::Float64, shares);
    let alleles: ArrayRef = Arc::new(alleles(variants));
    let gt = structure("alleles", alleles.data_type().clone(), alleles);
    Ok(RecordBatch::try_from_iter([
        ("variant_id", text(&|one| one.id(chrom))),
        ("pos", Arc::new(positions) as ArrayRef),
        ("ref", text(&|one| one.reference.to_owned())),
        ("alt", text(&|one| one.alternate.to_owned())),
        ("rsid", Arc::new(rsids)),
        ("qual", Arc::new(quals)),
        ("filters", Arc::new(filters(variants))),
        ("info", info),
        ("gt", gt),
        ("dp", int(&|one| one.depth)),
        ("gq", int(&|one| one.quality)),
    ])?)
}

fn structure(field: &str, kind: DataType, values: ArrayRef) -> ArrayRef {
    Arc::new(StructArray::from(vec![(Arc::new(Field::new(field, kind, true)), values)]))
}

fn filters(variants: &[Variant]) -> datafusion::arrow::array::ListArray {
    let mut lists = ListBuilder::new(StringBuilder::new());
    for variant in variants {
        lists.values().append_value(variant.filter);
        lists.append(true);
    }
    lists.finish()
}

fn alleles(variants: &[Variant]) -> datafusion::arrow::array::ListArray {
    let mut lists = ListBuilder::new(Int32Builder::new());
    for variant in variants {
        lists.values().append_slice(&variant.alleles);
        lists.append(true);
    }
    lists.finish()
}
