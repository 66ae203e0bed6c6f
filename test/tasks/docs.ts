/** Writes into README.md what is made from the real parts, and draws its pictures. */
import { TestHomeserver } from "../support/synapse/homeserver";
import { startSynapse } from "../support/synapse/synapse-process";
import { drawPictures } from "../support/docs/pictures";
import { readReadme, regenerated, writeReadme } from "../support/docs/readme";

async function main(): Promise<void> {
  const homeserver = await TestHomeserver.of(await startSynapse());
  try {
    writeReadme(await regenerated(readReadme(), homeserver));
    await drawPictures(homeserver);
  } finally {
    await homeserver.stop();
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
