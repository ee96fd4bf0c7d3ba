"""Reads a spool with pyarrow, as docs/spool.md says, without anything of heuristrace.

Usage: read_spool.py SPOOL
Prints one JSON object: for each table its rows as objects, and the manifests whose files have other hashes or rows.
"""

import datetime
import glob
import hashlib
import json
import os
import sys

import pyarrow.dataset as ds
import pyarrow.parquet as pq


def plain(value):
    return value.isoformat() if isinstance(value, datetime.datetime) else value


def rows(spool, table):
    files = sorted(glob.glob(f"{spool}/suite=*/step=*/batch=*/{table}.parquet"))
    hive = ds.partitioning(flavor="hive")
    data = ds.dataset(files, format="parquet", partitioning=hive, partition_base_dir=spool)
    return [{name: plain(value) for name, value in row.items()} for row in data.to_table().to_pylist()]


def wrong(folder):
    """Files of a batch that are not what its manifest says."""
    with open(os.path.join(folder, "manifest.json")) as file:
        manifest = json.load(file)
    for said in manifest["files"]:
        path = os.path.join(folder, said["table"] + ".parquet")
        with open(path, "rb") as file:
            digest = hashlib.sha256(file.read()).hexdigest()
        size, count = os.path.getsize(path), pq.read_metadata(path).num_rows
        if (digest, size, count) != (said["sha256"], said["bytes"], said["rows"]):
            yield path


def main(spool):
    batches = glob.glob(f"{spool}/suite=*/step=*/batch=*")
    names = {os.path.basename(path).split(".")[0] for path in glob.glob(f"{spool}/suite=*/step=*/batch=*/*.parquet")}
    print(
        json.dumps(
            {
                "tables": {name: rows(spool, name) for name in sorted(names)},
                "wrong": [path for folder in batches for path in wrong(folder)],
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1])
