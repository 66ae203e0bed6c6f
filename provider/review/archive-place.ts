import { access, constants, lstat, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";

/** Where an archive is to be written: the path in full, and what is there. */
export interface ArchivePlace {
  readonly path: string;
  /** Whether a file has this name already. */
  readonly isTaken: boolean;
  /** Why it can't be written here, as the end of a sentence about it. */
  readonly obstacle: string | undefined;
}

/** Looks at a place. A path is relative to the Pulumi project, the working directory of the host. */
export async function lookAt(archiveFile: string): Promise<ArchivePlace> {
  const path = resolve(archiveFile);
  const place = { path, isTaken: false };
  try {
    const folder = dirname(path);
    if (!(await stat(folder)).isDirectory()) throw coded("ENOTDIR");
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    const there = await lstat(path).catch(unlessCode("ENOENT"));
    if (there === undefined) return { ...place, obstacle: undefined };
    const obstacle = there.isFile() ? undefined : "what has this name is no ordinary file";
    return { path, isTaken: true, obstacle };
  } catch (error) {
    return { ...place, obstacle: obstacleOf(error) };
  }
}

/** Whether there is nothing at a path, and not merely nothing that can be seen from here. */
export async function isMissing(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return false;
  } catch (error) {
    return ["ENOENT", "ENOTDIR"].includes(codeOf(error) ?? "");
  }
}

/** What an error of the file system means, as the end of a sentence about a file. */
export function obstacleOf(error: unknown): string {
  const code = codeOf(error) ?? "";
  return obstacles[code] ?? `the file system says ${code || "no more than that it failed"}`;
}

/** The code of an error of the file system. */
export function codeOf(error: unknown): string | undefined {
  const isCoded = error instanceof Error && "code" in error && typeof error.code === "string";
  return isCoded ? (error.code as string) : undefined;
}

const noRight = "this process may not read and write its folder";

const obstacles: Readonly<Record<string, string>> = {
  ENOENT: "its folder does not exist",
  ENOTDIR: "its folder is no folder",
  EACCES: noRight,
  EPERM: noRight,
  EROFS: "its folder is on a disk that is read only",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EFBIG: "the disk takes no file of this length",
  ENAMETOOLONG: "its name is too long",
  ELOOP: "its folder is a link that leads to itself",
  EEXIST: "another archive is being written there, or a file of this name has come up meanwhile",
};

/** For a failure that says nothing bad: undefined in its place. */
function unlessCode(code: string) {
  return (error: unknown): undefined => {
    if (codeOf(error) !== code) throw error;
  };
}

function coded(code: string): Error {
  return Object.assign(new Error(code), { code });
}
