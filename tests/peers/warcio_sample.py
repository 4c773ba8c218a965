"""Writes a small WARC file with warcio, in the shape of ours: what the peer readers are tried on.

Usage: warcio_sample.py FILE
A plain page, a page sent with gzip, and a revisit of the second one.
"""

import gzip
import io
import sys

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

HOST = "http://outlet-001.test"
PAGE = b"<html><head><title>Port</title></head><body><p>The harbour reopened.</p></body></html>"
FIRST = "2026-11-25T01:02:03.123456Z"
SECOND = "2026-11-25T01:09:03.654321Z"


def http_head(length, coding):
    fields = [("Content-Type", "text/html"), ("Content-Length", str(length))]
    fields += [("Content-Encoding", coding)] if coding else []
    return StatusAndHeaders("200 OK", fields, protocol="HTTP/1.1")


def write_exchange(writer, path, payload, coding):
    """Request, response and metadata of one attempt; returns the response."""
    fields = {"WARC-Date": FIRST, "WARC-IP-Address": "127.0.0.1"}
    response = writer.create_warc_record(
        HOST + path,
        "response",
        payload=io.BytesIO(payload),
        http_headers=http_head(len(payload), coding),
        warc_headers_dict=dict(fields),
    )
    head = StatusAndHeaders(f"GET {path} HTTP/1.1", [("Host", HOST)], is_http_request=True)
    request = writer.create_warc_record(
        HOST + path, "request", http_headers=head, warc_headers_dict=dict(fields)
    )
    metadata = writer.create_warc_record(
        HOST + path,
        "metadata",
        payload=io.BytesIO(b"outcome: fetched\r\n"),
        warc_content_type="application/warc-fields",
        warc_headers_dict=dict(fields),
    )
    writer.write_request_response_pair(request, response)
    writer.write_record(metadata)
    return response


def main(path):
    with open(path, "wb") as stream:
        writer = WARCWriter(stream, gzip=True, warc_version="1.1")
        writer.write_record(writer.create_warcinfo_record(path, {"software": "a sample"}))
        write_exchange(writer, "/plain", PAGE, None)
        coded = gzip.compress(PAGE)
        response = write_exchange(writer, "/coded", coded, "gzip")
        revisit = writer.create_revisit_record(
            HOST + "/coded",
            response.rec_headers.get_header("WARC-Payload-Digest"),
            HOST + "/coded",
            FIRST,
            http_headers=http_head(len(coded), "gzip"),
            warc_headers_dict={"WARC-Date": SECOND, "WARC-IP-Address": "127.0.0.1"},
        )
        writer.write_record(revisit)


main(sys.argv[1])
