import assert from "node:assert/strict";
import { releaseNotes } from "../support/package/release";

const changelog = `# Changelog

## [Unreleased]

## [1.2.0] - 2026-11-26

### Added

- Something.

## [1.1.0] - 2026-10-01

- Something else.
`;
const manifest = { version: "1.2.0", repository: "github:someone/pulumi-synapse" };

describe("the notes of a release", () => {
  it("are what the changelog says of its version, and nothing of others", () => {
    assert.equal(releaseNotes("v1.2.0", { manifest, changelog }), "### Added\n\n- Something.");
  });

  const faults: [string, () => string, RegExp][] = [
    [
      "a tag of another version",
      () => releaseNotes("v1.1.0", { manifest, changelog }),
      /^the tag is v1\.1\.0, and package\.json has version 1\.2\.0: the tag must be v1\.2\.0$/,
    ],
    [
      "a version that the changelog does not have",
      () =>
        releaseNotes("v1.2.0", { manifest, changelog: changelog.replace("[1.2.0]", "[1.2.1]") }),
      /^CHANGELOG\.md has nothing under a heading "## \[1\.2\.0\] - YYYY-MM-DD"$/,
    ],
    [
      "a version without an entry",
      () =>
        releaseNotes("v1.2.0", {
          manifest,
          changelog: changelog.replace("### Added\n\n- Something.", ""),
        }),
      /^CHANGELOG\.md has nothing under/,
    ],
    [
      "a package without a repository",
      () => releaseNotes("v1.2.0", { manifest: { version: "1.2.0" }, changelog }),
      /^package\.json has no repository/,
    ],
    [
      "all faults at once",
      () => releaseNotes("v3.0.0", { manifest: { version: "2.0.0" }, changelog }),
      /^the tag is .*\nCHANGELOG.*\npackage\.json/,
    ],
  ];
  for (const [what, notes, message] of faults) {
    it(`are refused: ${what}`, () => {
      assert.throws(notes, { message });
    });
  }
});
