#!/usr/bin/env python3
"""Makes the files beside this one, which the tests of the previewers read.

They come from the tools that people use, not from lakehand: run with
    pip install pyarrow==26.0.1 pysam==0.24.1 && python3 make.py
and look at what changed before committing it.
"""

import gzip
import json
import os
from array import array
from datetime import date, datetime, timezone
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pysam

HERE = Path(__file__).parent


def parquet():
    count = 300
    patient = pa.struct([("name", pa.string()), ("born", pa.date32())])
    table = pa.table(
        {
            "id": pa.array(range(count), pa.int64()),
            "small": pa.array([n % 100 - 50 for n in range(count)], pa.int8()),
            "flag": pa.array([None if n % 7 == 0 else n % 2 == 0 for n in range(count)]),
            "score": pa.array([n / 4 for n in range(count)], pa.float64()),
            "price": pa.array([Decimal(n) / 100 for n in range(count)], pa.decimal128(10, 2)),
            "at": pa.array(
                [datetime(2024, 2, 29, 12, 30, n % 60, 5000, timezone.utc) for n in range(count)],
                pa.timestamp("us", "UTC"),
            ),
            "day": pa.array([date(1969, 12, 31) for _ in range(count)]),
            "chrom": pa.array([f"chr{n % 3 + 1}" for n in range(count)]).dictionary_encode(),
            "raw": pa.array([bytes([0, n % 256]) for n in range(count)], pa.binary()),
            "tags": pa.array(
                [None if n % 5 == 0 else [f"t{k}" for k in range(n % 3)] for n in range(count)],
                pa.list_(pa.string()),
            ),
            "patient": pa.array(
                [{"name": f"P{n}", "born": date(1980, 1, n % 28 + 1)} for n in range(count)], patient
            ),
            "visits": pa.array(
                [[{"name": 'a "b"', "born": None}] * (n % 2) for n in range(count)], pa.list_(patient)
            ),
            "counts": pa.array(
                [[("x", n), ("y", None)] for n in range(count)], pa.map_(pa.string(), pa.int32())
            ),
        }
    )
    pq.write_table(
        table, HERE / "nested.parquet", compression="zstd", row_group_size=120, write_page_index=True
    )
    flat = table.select(["id", "score", "chrom"])
    for codec in ["snappy", "gzip", "brotli", "lz4", "none"]:
        pq.write_table(
            flat, HERE / f"flat-{codec}.parquet", compression=codec, data_page_version="2.0",
            data_page_size=512,
        )
    counts = pa.map_(pa.string(), pa.int32())
    tallies = [[("x", 1), ("y", None)], [], None, [("z", 3)]]
    maps = pa.table(
        {
            "plain": pa.array(tallies, counts),
            "listed": pa.array([[one, [("n", 9)]] for one in tallies], pa.list_(counts)),
            "mapped": pa.array([[(7, one)] for one in tallies], pa.map_(pa.int16(), counts)),
            "member": pa.array([{"counts": one} for one in tallies], pa.struct([("counts", counts)])),
            "visits": pa.array(
                [[("a", {"name": "P", "born": None}), ("b", None)], None, [], []],
                pa.map_(pa.string(), patient),
            ),
            "tags": pa.array(
                [[("a", ["t", None]), ("b", [])], [("c", None)], None, []],
                pa.map_(pa.string(), pa.list_(pa.string())),
            ),
            "keyed": pa.array(
                [[({"name": "P", "born": date(1980, 1, 1)}, Decimal("1.50"))], [], [], None],
                pa.map_(patient, pa.decimal128(5, 2)),
            ),
        }
    )
    pq.write_table(maps, HERE / "maps.parquet", compression="zstd")
    pq.write_table(
        pa.table({"none": pa.nulls(3), "nones": pa.array([[None, None], None, []])}),
        HERE / "nulls.parquet", compression="none",
    )
    lists = pa.table({"tags": pa.array([[n] * (n % 4) for n in range(count)], pa.list_(pa.int32()))})
    for version in ["1.0", "2.0"]:
        pq.write_table(
            lists, HERE / f"pages-{version[0]}.parquet", compression="zstd", write_batch_size=20,
            data_page_version=version, data_page_size=64, use_dictionary=False,
        )
    wide = pa.table({f"c{n:03}": pa.array([n, None], pa.int32()) for n in range(100)})
    pq.write_table(wide, HERE / "wide.parquet", compression="none", write_statistics=False)


def vcf():
    header = pysam.VariantHeader()
    header.add_line("##source=make.py")
    header.contigs.add("chr1", length=248956422)
    header.contigs.add("chr2", length=242193529)
    header.info.add("DP", 1, "Integer", "Depth of all reads")
    header.info.add("AF", "A", "Float", "Frequency of each allele")
    header.filters.add("q10", None, None, "Quality below 10")
    header.formats.add("GT", 1, "String", "Genotype")
    header.add_sample("NA12878")
    header.add_sample("NA12891")
    with pysam.VariantFile(str(HERE / "calls.vcf.gz"), "wz", header=header) as out:
        for n in range(200):
            record = header.new_record(
                contig="chr1", start=9_999 + 10 * n, alleles=("A", "G"), qual=30 + n % 10,
                id=f"rs{n}", filter="PASS" if n % 4 else "q10", info={"DP": n, "AF": (0.5,)},
            )
            record.samples["NA12878"]["GT"] = (0, 1)
            record.samples["NA12891"]["GT"] = (None, None)
            out.write(record)


def reads():
    header = {
        "HD": {"VN": "1.6", "SO": "coordinate"},
        "SQ": [{"SN": "chr1", "LN": 248956422}, {"SN": "chr2", "LN": 242193529}],
        "RG": [{"ID": "lane1", "SM": "NA12878"}],
        "PG": [{"ID": "make", "PN": "make.py"}],
    }
    for name, mode in [("reads.bam", "wb"), ("reads.sam", "wh")]:
        with pysam.AlignmentFile(str(HERE / name), mode, header=header) as out:
            for n in range(100):
                read = pysam.AlignedSegment(out.header)
                read.query_name = f"read{n}"
                read.flag = 99 if n else 4
                read.reference_id = n % 2 if n else -1
                read.reference_start = 1000 + n if n else -1
                read.mapping_quality = 60 if n else 0
                read.query_sequence = "ACGTN" * 4
                read.query_qualities = pysam.qualitystring_to_array("I" * 20)
                if n:
                    read.cigarstring = "5S10M1I4M"
                    read.next_reference_id = read.reference_id
                    read.next_reference_start = 1200 + n
                    read.template_length = 220
                read.set_tag("RG", "lane1")
                read.set_tag("NM", n % 3)
                read.set_tag("ZB", array("b", [1, -2, 3]))
                out.write(read)


def sequences():
    with pysam.BGZFile(str(HERE / "genome.fa.gz"), "wb") as out:
        out.write(b">chr1 a made-up one\n")
        for _ in range(250):
            out.write(b"ACGT" * 15 + b"\n")
        out.write(b">chrM\nACGTACGT\n")
    with open(HERE / "reads.fastq.gz", "wb") as raw, gzip.GzipFile("", "wb", 9, raw, 0) as out:
        for n in range(100):
            out.write(b"@read%d 1:N:0\n%s\n+\n%s\n" % (n, b"ACGT" * 5, b"I5+!" * 5))


def fhir():
    with open(HERE / "bundle.ndjson", "w", encoding="utf-8") as out:
        for n in range(20):
            out.write(json.dumps({
                "resourceType": "Patient", "id": f"p{n}", "gender": "female",
                "birthDate": "1980-01-01", "name": [{"family": f"Müller{n}", "given": ["Ada"]}],
            }) + "\n")
            for k in range(2):
                out.write(json.dumps({
                    "resourceType": "Observation", "id": f"o{n}-{k}", "status": "final",
                    "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4",
                                         "display": "Heart rate"}]},
                    "subject": {"reference": f"Patient/p{n}"},
                    "valueQuantity": {"value": 60 + n, "unit": "beats/minute"},
                }) + "\n")


if __name__ == "__main__":
    os.environ["TZ"] = "UTC"
    parquet()
    vcf()
    reads()
    sequences()
    fhir()
