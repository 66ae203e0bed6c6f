/** What of the repository a release is made from. */
export interface ReleaseFiles {
  readonly manifest: { readonly version: string; readonly repository?: unknown };
  readonly changelog: string;
}

/**
 * The notes of a release: what CHANGELOG.md says of it.
 * @throws Error that names all that does not fit the tag.
 */
export function releaseNotes(tag: string, { manifest, changelog }: ReleaseFiles): string {
  const notes = sectionOf(changelog, manifest.version);
  const faults = [
    tag !== `v${manifest.version}` &&
      `the tag is ${tag}, and package.json has version ${manifest.version}: the tag must be v${manifest.version}`,
    notes === undefined &&
      `CHANGELOG.md has nothing under a heading "## [${manifest.version}] - YYYY-MM-DD"`,
    manifest.repository === undefined &&
      "package.json has no repository: npm refuses a package with provenance whose repository is another one",
  ].filter((fault) => fault !== false);
  if (notes === undefined || faults.length > 0) throw new Error(faults.join("\n"));
  return notes;
}

/** What stands under the dated heading of a version. */
function sectionOf(changelog: string, version: string): string | undefined {
  const [, ...sections] = changelog.split(/^## /m);
  for (const section of sections) {
    const [, named, text] = /^\[(.*?)\] - \d{4}-\d{2}-\d{2}\n(.*)$/s.exec(section) ?? [];
    if (named === version && text !== undefined && text.trim() !== "") return text.trim();
  }
  return undefined;
}
