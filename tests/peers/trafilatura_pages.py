"""Reads the pages of a folder with trafilatura; prints what it makes of them as one JSON object.

Usage: trafilatura_pages.py DIR, where DIR has an index.json in the form of the fixtures.
"""

import gzip
import json
import pathlib
import resource
import sys
import time

import trafilatura


def read(page: bytes, url: str | None) -> dict:
    """One page: its text without comments, and what it declares; with the CPU time of both."""
    begin = time.process_time()
    found = trafilatura.bare_extraction(
        page, url=url, include_comments=False, with_metadata=True
    )
    ms = (time.process_time() - begin) * 1000
    if found is None:
        return {"ms": ms}
    found = found.as_dict()
    authors = [name.strip() for name in (found.get("author") or "").split(";")]
    return {
        "text": found.get("text") or "",
        "title": found.get("title"),
        "authors": [name for name in authors if name],
        "days": [found["date"]] if found.get("date") else [],
        "ms": ms,
    }


def main() -> None:
    folder = pathlib.Path(sys.argv[1])
    index = json.loads((folder / "index.json").read_text("utf-8"))
    pages = []
    for entry in index:
        page = gzip.decompress((folder / entry["file"]).read_bytes())
        pages.append(read(page, entry.get("url")))
    # Linux counts in KiB.
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"pages": pages, "memory_bytes": memory}))


main()
