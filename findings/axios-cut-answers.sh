#!/bin/sh
# What axios makes of an answer whose connection ends before the body does.
#
# Seen with axios 1.21.1 and axios-retry 4.5.0 on Node 20.20.2 and 24.21.0, against a server on loopback:
#
#   cut body                         outcome
#   Content-Length, 200              error ERR_BAD_RESPONSE "stream has been aborted", with a response of status 200
#   Content-Length, 403              the same, with a response of status 403, whose data is undefined
#   until the connection closes      success: the data is the text so far, since it is no JSON
#   the same, gzip                   success as well: a gzip stream without its end is decompressed as far as it goes
#
# axios-retry with its defaults sends none of these again, GET included: it takes the error for an answer, since it has a
# response. Such a request has no answer, and whether it was done is not known.
#
# Exits with 1 where any of this has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund axios@1.21.1 axios-retry@4.5.0
cat >main.cjs <<'JS'
const assert = require("node:assert/strict");
const { createServer } = require("node:net");
const { once } = require("node:events");
const { gzipSync, constants } = require("node:zlib");
const axios = require("axios");
const axiosRetry = require("axios-retry").default;

const body = Buffer.from(JSON.stringify({ delete_id: "x".repeat(200) }));
const packed = gzipSync(body, { finishFlush: constants.Z_SYNC_FLUSH });
const answer = (status, headers, whole, kept) =>
  Buffer.concat([
    Buffer.from(
      `HTTP/1.1 ${status} Word\r\nContent-Type: application/json\r\n${headers(whole)}\r\n\r\n`,
    ),
    whole.subarray(0, kept),
  ]);
const half = body.length / 2;
const length = (whole) => `Content-Length: ${whole.length}`;
const untilClose = () => "Connection: close";
const untilCloseGzip = () => "Content-Encoding: gzip\r\nConnection: close";
const error = (status) => ({
  code: "ERR_BAD_RESPONSE",
  message: "stream has been aborted",
  status,
  data: "undefined",
});
const cases = {
  "Content-Length, 200": [answer(200, length, body, half), error(200)],
  "Content-Length, 403": [answer(403, length, body, half), error(403)],
  "until the connection closes": [
    answer(200, untilClose, body, half),
    { status: 200, data: "string" },
  ],
  "until the connection closes, gzip": [
    answer(200, untilCloseGzip, packed, packed.length - 6),
    { status: 200, data: "string" },
  ],
};

async function outcomeOf(bytes) {
  let requests = 0;
  const server = createServer((socket) => {
    socket.on("error", () => undefined).once("data", () => {
      requests++;
      socket.end(bytes);
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const client = axios.create({ proxy: false, timeout: 5_000 });
  axiosRetry(client, { retries: 2 });
  const seen = await client.get(`http://127.0.0.1:${server.address().port}/`).then(
    ({ status, data }) => ({ status, data: typeof data }),
    ({ code, message, response }) => ({
      code,
      message,
      status: response?.status,
      data: typeof response?.data,
    }),
  );
  server.close();
  return { ...seen, requests };
}

(async () => {
  for (const [name, [bytes, expected]] of Object.entries(cases)) {
    const seen = await outcomeOf(bytes);
    console.log(name, JSON.stringify(seen));
    assert.deepEqual(seen, { ...expected, requests: 1 }, name);
  }
})();
JS
echo "node $(node --version), axios 1.21.1, axios-retry 4.5.0"
node main.cjs
