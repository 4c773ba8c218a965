"""Replays captures of WARC files with pywb, over a real socket on loopback.

Usage: pywb_replay.py FILE... < REQUESTS
REQUESTS is a JSON list of {"url", "timestamp", "mode"}; mode is "id_" (as stored) or "mp_" (as
shown in a browser). Prints a JSON list of {"status", "coding", "body"}: `coding` is the
Content-Encoding of the answer, `body` is in base64 and still coded.
"""

import base64
import http.client
import json
import logging
import os
import sys
import tempfile

from gevent import monkey

monkey.patch_all()

from pywb.apps.frontendapp import FrontEndApp  # noqa: E402
from pywb.manager.manager import main as wb_manager  # noqa: E402
from pywb.utils.geventserver import GeventServer  # noqa: E402

COLLECTION = "replay"


def fetch(port, wanted):
    """One answer of the replay server."""
    path = f"/{COLLECTION}/{wanted['timestamp']}{wanted['mode']}/{wanted['url']}"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path, headers={"Accept-Encoding": "gzip, br"})
    response = connection.getresponse()
    body = base64.b64encode(response.read()).decode()
    coding = response.getheader("Content-Encoding")
    return {"status": response.status, "coding": coding, "body": body}


def main(paths):
    wanted = json.load(sys.stdin)
    paths = [os.path.abspath(path) for path in paths]
    out, sys.stdout = sys.stdout, sys.stderr  # pywb is talkative.
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        wb_manager(["init", COLLECTION])
        wb_manager(["add", COLLECTION, *paths])
        logging.getLogger().setLevel(logging.WARNING)
        server = GeventServer(FrontEndApp(), port=0, hostname="127.0.0.1")
        answers = [fetch(server.port, one) for one in wanted]
        server.stop()
        os.chdir("/")
    print(json.dumps(answers), file=out)


main(sys.argv[1:])
