#!/bin/sh
# The host of dynamic providers outlives an engine that is killed, and then spins for ever.
#
# With @pulumi/pulumi 3.248.0 and 3.276.0 (Node.js 20.20 and 24.21, Linux), a SIGKILL of the engine leaves the host running,
# with the hooks that it was asked for. It notices nothing until a provider writes a few lines: that is an uncaught EPIPE, and
# the host's handler of uncaught exceptions (cmd/dynamic-provider/index.js) reports it by console.error, to a pipe that is
# closed as well, whose EPIPE is the next uncaught exception. A processor is busy from then on, and since the handler keeps
# each error that it has seen, memory grows until the process dies of it.
#
# Seen, with 3.276.0 and Node.js 20.20: "5 s later the host still runs; it has used 1.47 s of CPU, and 87 MB more".
#
# This starts the host as the engine does, by the launcher of the package and in pipes, and has it create one resource of a
# provider that writes five lines once its standard input has ended, and then waits. Exit code 0: it is as described.
set -eu

version=3.276.0
folder=$(mktemp -d)
engine='' host=''
clean() {
  for pid in $engine $host; do kill -9 "$pid" 2>/dev/null || true; done
  rm -rf "$folder"
}
trap clean EXIT
trap 'exit 1' INT TERM HUP
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts "@pulumi/pulumi@$version"

cat >engine.cjs <<'JS'
const { spawn } = require("node:child_process");
const { writeFileSync } = require("node:fs");
const { dirname, join } = require("node:path");
const sdk = dirname(require.resolve("@pulumi/pulumi/package.json"));
const ofSdk = (name) => require(require.resolve(name, { paths: [sdk] }));
const grpc = ofSdk("@grpc/grpc-js");
const { Struct } = ofSdk("google-protobuf/google/protobuf/struct_pb");
const { ResourceProviderClient } = require("@pulumi/pulumi/proto/provider_grpc_pb");
const { ConfigureRequest, CreateRequest } = require("@pulumi/pulumi/proto/provider_pb");

const provider = `exports.handler = () => ({
  create: () => {
    require("node:fs").writeFileSync("host.pid", String(process.pid));
    const write = () => {
      for (let i = 1; i <= 5; i++) setTimeout(() => console.log("step " + i), 100 * i);
    };
    process.stdin.resume().once("end", write);
    return new Promise(() => undefined);
  },
});`;

const host = spawn("sh", [join(sdk, "pulumi-resource-pulumi-nodejs"), "127.0.0.1:1"], {
  detached: true, // The engine gives it a process group of its own.
  stdio: ["pipe", "pipe", "pipe"],
});
host.stderr.pipe(process.stderr);
host.stdout.once("data", (port) => {
  const address = `127.0.0.1:${String(port).trim()}`;
  const client = new ResourceProviderClient(address, grpc.credentials.createInsecure());
  const configuration = new ConfigureRequest();
  configuration.setArgs(Struct.fromJavaScript({}));
  client.configure(configuration, () => {
    const request = new CreateRequest();
    request.setProperties(Struct.fromJavaScript({ __provider: provider }));
    client.create(request, () => undefined);
  });
});
JS
node engine.cjs &
engine=$!

left=60
until [ -s host.pid ]; do
  left=$((left - 1))
  [ "$left" -gt 0 ] || { echo "the host has not come to its create hook" >&2; exit 1; }
  sleep 1
done
host=$(cat host.pid)

# User and system time in hundredths of a second, and resident memory in KiB.
used() { awk '{ print $14 + $15 }' "/proc/$host/stat"; }
memory() { awk '/^VmRSS/ { print $2 }' "/proc/$host/status"; }

sleep 2 # It idles.
memory_before=$(memory)
kill -9 "$engine"
sleep 2
used_before=$(used)
sleep 5
used=$(($(used) - used_before))
memory=$((($(memory) - memory_before) / 1024))
printf '5 s later the host still runs; it has used %d.%02d s of CPU, and %d MB more\n' $((used / 100)) $((used % 100)) "$memory"
[ "$used" -ge 50 ] || { echo "it does not spin any more" >&2; exit 1; }
[ "$memory" -ge 10 ] || { echo "its memory does not grow any more" >&2; exit 1; }
