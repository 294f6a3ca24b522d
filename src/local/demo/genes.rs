//! Where the sample data lies: chromosomes and a panel of genes, by GRCh38.

/// A chromosome's name and its length in bases.
pub const CHROMOSOMES: [(&str, i64); 24] = [
    ("chr1", 248_956_422),
    ("chr2", 242_193_529),
    ("chr3", 198_295_559),
    ("chr4", 190_214_555),
    ("chr5", 181_538_259),
    ("chr6", 170_805_979),
    ("chr7", 159_345_973),
    ("chr8", 145_138_636),
    ("chr9", 138_394_717),
    ("chr10", 133_797_422),
    ("chr11", 135_086_622),
    ("chr12", 133_275_309),
    ("chr13", 114_364_328),
    ("chr14", 107_043_718),
    ("chr15", 101_991_189),
    ("chr16", 90_338_345),
    ("chr17", 83_257_441),
    ("chr18", 80_373_285),
    ("chr19", 58_617_616),
    ("chr20", 64_444_167),
    ("chr21", 46_709_983),
    ("chr22", 50_818_468),
    ("chrX", 156_040_895),
    ("chrY", 57_227_415),
];

/// A gene with the first and last base of its locus.
pub struct Gene {
    pub name: &'static str,
    pub chrom: &'static str,
    pub start: i64,
    pub end: i64,
    /// What its pathogenic variants are known to cause.
    pub condition: &'static str,
}

const fn gene(
    name: &'static str,
    chrom: &'static str,
    start: i64,
    end: i64,
    condition: &'static str,
) -> Gene {
    Gene { name, chrom, start, end, condition }
}

pub const PANEL: [Gene; 24] = [
    gene("PCSK9", "chr1", 55_039_447, 55_064_852, "Hypercholesterolemia, autosomal dominant, 3"),
    gene("MUTYH", "chr1", 45_329_163, 45_340_470, "Familial adenomatous polyposis 2"),
    gene("MSH2", "chr2", 47_403_067, 47_709_830, "Lynch syndrome"),
    gene("MLH1", "chr3", 36_993_350, 37_050_918, "Lynch syndrome"),
    gene("SCN5A", "chr3", 38_548_062, 38_649_687, "Brugada syndrome"),
    gene("VHL", "chr3", 10_141_778, 10_153_667, "Von Hippel-Lindau syndrome"),
    gene("HTT", "chr4", 3_074_681, 3_243_960, "Huntington disease"),
    gene("APC", "chr5", 112_707_498, 112_846_239, "Familial adenomatous polyposis 1"),
    gene("CFTR", "chr7", 117_480_025, 117_668_665, "Cystic fibrosis"),
    gene("EGFR", "chr7", 55_019_017, 55_211_628, "Lung carcinoma"),
    gene("PTEN", "chr10", 87_862_563, 87_971_930, "Cowden syndrome"),
    gene("RET", "chr10", 43_077_069, 43_130_351, "Multiple endocrine neoplasia type 2"),
    gene("HBB", "chr11", 5_225_464, 5_227_071, "Sickle cell anemia"),
    gene("KRAS", "chr12", 25_205_246, 25_250_929, "Noonan syndrome 3"),
    gene("BRCA2", "chr13", 32_315_086, 32_400_268, "Hereditary breast and ovarian cancer syndrome"),
    gene("RB1", "chr13", 48_303_747, 48_481_890, "Retinoblastoma"),
    gene("MYH7", "chr14", 23_412_740, 23_435_660, "Hypertrophic cardiomyopathy"),
    gene("FBN1", "chr15", 48_408_313, 48_645_709, "Marfan syndrome"),
    gene("BRCA1", "chr17", 43_044_295, 43_125_364, "Hereditary breast and ovarian cancer syndrome"),
    gene("TP53", "chr17", 7_661_779, 7_687_550, "Li-Fraumeni syndrome"),
    gene("LDLR", "chr19", 11_089_418, 11_133_820, "Familial hypercholesterolemia"),
    gene("APOE", "chr19", 44_905_791, 44_909_393, "Hyperlipoproteinemia type III"),
    gene("DMD", "chrX", 31_097_677, 33_339_609, "Duchenne muscular dystrophy"),
    gene("G6PD", "chrX", 154_531_391, 154_547_572, "Glucose-6-phosphate dehydrogenase deficiency"),
];

/// The gene at this place, if it is one of the panel.
pub fn at(chrom: &str, pos: i64) -> Option<&'static Gene> {
    PANEL.iter().find(|gene| gene.chrom == chrom && (gene.start..=gene.end).contains(&pos))
}
