/** Writes into README.md what is made from the real parts. */
import { TestHomeserver } from "./support/homeserver";
import { readReadme, realPreview, withPreview, writeReadme } from "./support/readme";

async function main(): Promise<void> {
  const homeserver = await TestHomeserver.start();
  try {
    writeReadme(withPreview(readReadme(), await realPreview(homeserver)));
  } finally {
    await homeserver.stop();
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
