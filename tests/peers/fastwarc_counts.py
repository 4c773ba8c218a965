"""How many records of each type FastWARC finds in WARC files, and whose digests are wrong.

Usage: fastwarc_counts.py FILE...
Prints one JSON object: {"records": {TYPE: COUNT}, "bad": [SENTENCE], "revisits_unproven": COUNT}.

FastWARC compares a revisit's payload digest with the payload that the record does not have, so it
calls each one bad; these are counted apart. A missing digest is a wrong one.
"""

import collections
import json
import sys

from fastwarc.warc import ArchiveIterator, WarcRecordType

HTTP = WarcRecordType.request | WarcRecordType.response | WarcRecordType.revisit
PAYLOAD = WarcRecordType.response


def main(paths):
    counts = collections.Counter()
    bad = []
    unproven = 0
    for path in paths:
        for record in ArchiveIterator(path, parse_http=False):
            kind = record.headers["WARC-Type"]
            where = f"{path} at {record.stream_pos}: {kind}"
            counts[kind] += 1
            if not record.verify_block_digest():
                bad.append(f"{where}: block digest")
            if record.record_type & HTTP:
                record.parse_http()
                proven = record.verify_payload_digest()
                unproven += kind == "revisit" and not proven
                if record.record_type & PAYLOAD and not proven:
                    bad.append(f"{where}: payload digest")
    print(json.dumps({"records": counts, "bad": bad, "revisits_unproven": unproven}))


main(sys.argv[1:])
