/** Writes into README.md and docs/ what is made from the real parts, and draws the pictures. */
import { regenerated } from "../support/docs/generated";
import { writePage } from "../support/docs/pages";
import { drawPictures } from "../support/docs/pictures";
import { withHomeserver } from "../support/engine/with-homeserver";
import { TestHomeserver } from "../support/synapse/homeserver";

async function main(): Promise<void> {
  await withHomeserver(
    () => TestHomeserver.startOwn(),
    async (homeserver) => {
      for (const [page, text] of await regenerated(homeserver)) writePage(page, text);
      await drawPictures(homeserver);
    },
  );
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
