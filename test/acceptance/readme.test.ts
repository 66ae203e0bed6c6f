import assert from "node:assert/strict";
import { readReadme, realPreview, withPreview } from "../support/readme";
import { ownHomeserver } from "../support/shared";

describe("README", () => {
  it("shows the preview as it really is", async () => {
    const text = readReadme();
    assert.equal(withPreview(text, await realPreview(await ownHomeserver())), text, "run npm run docs");
  });
});
