/** Writes docs/reference.md from the code and its comments. */
import { writeFileSync } from "node:fs";
import { referenceFile, referencePage } from "../support/reference/page";
import { PublicApi } from "../support/reference/public-api";

async function main(): Promise<void> {
  writeFileSync(referenceFile, await referencePage(await PublicApi.read()));
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
