import assert from "node:assert/strict";
import { readReadme, regenerated } from "../support/docs/readme";
import { ownHomeserver } from "../support/synapse/shared";

describe("README", () => {
  it("shows the preview and the hooks as they really are", async () => {
    const text = readReadme();
    assert.equal(await regenerated(text, await ownHomeserver()), text, "run npm run docs");
  });
});
