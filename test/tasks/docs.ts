/** Writes into README.md what is made from the real parts, and draws its pictures. */
import { drawPictures } from "../support/docs/pictures";
import { readReadme, regenerated, writeReadme } from "../support/docs/readme";
import { withHomeserver } from "../support/engine/with-homeserver";
import { TestHomeserver } from "../support/synapse/homeserver";

async function main(): Promise<void> {
  await withHomeserver(
    () => TestHomeserver.startOwn(),
    async (homeserver) => {
      writeReadme(await regenerated(readReadme(), homeserver));
      await drawPictures(homeserver);
    },
  );
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
