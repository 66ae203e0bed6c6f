#!/usr/bin/env node
import { cleanAtSignals } from "../homeserver/at-exit";
import { runCommand, unexpected } from "./run";

cleanAtSignals();

// Whoever reads the list has gone, as `head` does, or the disk is full: then the list is not whole.
process.stdout.on("error", ({ code }: NodeJS.ErrnoException) => {
  if (code !== "EPIPE") {
    console.error(`The list could not be written: ${code ?? "unknown reason"}.`);
  }
  process.exit(1);
});

const terminal = {
  env: process.env,
  out: (text: string) => void process.stdout.write(text),
  err: (text: string) => void process.stderr.write(text),
};

runCommand(process.argv.slice(2), terminal).then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error: unknown) => {
    console.error(unexpected(error));
    process.exitCode = 1;
  },
);
