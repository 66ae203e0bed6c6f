import assert from "node:assert/strict";
import { regenerated } from "../support/docs/generated";
import { readPage } from "../support/docs/pages";
import { ownHomeserver } from "../support/synapse/shared";

describe("README.md and docs/", () => {
  it("show the preview and the hooks as they really are", async () => {
    for (const [page, text] of await regenerated(await ownHomeserver())) {
      assert.equal(text, readPage(page), `run npm run docs: ${page}`);
    }
  });
});
