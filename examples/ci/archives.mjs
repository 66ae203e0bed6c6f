// Copy this to ci/archives.mjs of the project that the workflows are in. It sees to it that no archive (archiveFile) goes with the
// runner. Run it in the folder of Pulumi.yaml, with the name of the stack in STACK:
//
//   node ci/archives.mjs before-up        fails where `pulumi up` would write one that the job's artifact does not keep
//   node ci/archives.mjs before-destroy   the same for the shutdowns that `pulumi destroy` runs
//   node ci/archives.mjs after            fails where one that was written since is not there, or is another
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, existsSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";

const { STACK: stack = "prod", GITHUB_WORKSPACE, CI_PROJECT_DIR } = process.env;
const repository = realpathSync(GITHUB_WORKSPACE ?? CI_PROJECT_DIR ?? ".");
const notes = `.archives-before-${stack.replaceAll("/", "-")}.json`;

function pulumi(...args) {
  const stdio = ["ignore", "pipe", "inherit"];
  const options = { encoding: "utf8", maxBuffer: 2 ** 30, stdio };
  const { status, stdout, error } = spawnSync("pulumi", [...args, "--stack", stack], options);
  if (status === 0) return JSON.parse(stdout);
  refuse(`pulumi ${args.join(" ")} has failed`, [error?.message ?? "", ...diagnosticsOf(stdout)]);
}

/** What a preview as JSON says of its failure. What else is in it, such as the configuration, is not for the log. */
function diagnosticsOf(stdout) {
  try {
    return JSON.parse(stdout).diagnostics.map(({ message }) => message.trim());
  } catch {
    return [];
  }
}

const isShutdown = (resource) => resource?.type?.endsWith("synapse:SynapseRoomShutdown");
const runsOnDelete = ({ inputs }) => inputs.runOn !== "create";
const inState = () => (pulumi("stack", "export").deployment.resources ?? []).filter(isShutdown);

/** The shutdowns that the next `up` may run: those that it makes, changes or deletes. */
function planned() {
  const { steps } = pulumi("preview", "--refresh", "--json");
  const changes = steps.filter(({ op }) => op !== "same" && op !== "refresh");
  const made = changes.map(({ newState }) => newState).filter(isShutdown);
  const deleted = changes.map(({ oldState }) => oldState).filter(isShutdown);
  return [...made, ...deleted.filter(runsOnDelete)];
}

/** Why the artifact (all that is called *.jsonl*, without node_modules) would not hold a file, or undefined. */
function whyLost(file) {
  if (/^[0-9a-f-]{36}$/.test(file)) return "is not known before the up: declare it as plain text";
  const folder = dirname(resolve(file));
  if (!existsSync(folder))
    return "is in a folder that this checkout does not have: commit a file in it";
  const place = relative(repository, join(realpathSync(folder), basename(file)));
  const parts = place.split(sep);
  if (parts[0] === ".." || isAbsolute(place)) return "is outside of the repository";
  if (parts.includes("node_modules")) return "is in node_modules";
  if (parts.some((part) => part.startsWith("."))) return "is hidden: leave out the dot";
  if (/["<>|*?:\r\n\\]/.test(place)) return "has a character that artifacts can't have";
  return basename(file).includes(".jsonl") ? undefined : "is not called *.jsonl or *.jsonl.gz";
}

function before(shutdowns, there) {
  const files = shutdowns.map(({ inputs }) => inputs.archiveFile).filter(Boolean);
  const faults = [...new Set(files)].filter(whyLost).map((file) => `${file} ${whyLost(file)}`);
  refuse("Nothing was started. The artifact of this job would not keep these archives", faults);
  const noted = there.map(({ urn, inputs, outputs }) => ({
    urn,
    inputs,
    archive: outputs?.archive,
  }));
  writeFileSync(notes, JSON.stringify(noted));
}

async function after() {
  const noted = JSON.parse(readFileSync(notes, "utf8"));
  const there = inState();
  const isNew = ({ sha256 }) => noted.every(({ archive }) => archive?.sha256 !== sha256);
  const archives = there.map(({ outputs }) => outputs?.archive).filter(Boolean);
  const faults = [];
  for (const { file, sha256 } of archives.filter(isNew)) {
    const why = await whyMissing(file, sha256);
    if (why === undefined) console.log(`${sha256}  ${file}`);
    else faults.push(`${file} ${why}`);
  }
  const isGone = ({ urn }) => there.every((resource) => resource.urn !== urn);
  for (const { urn, inputs } of noted.filter(isGone).filter(runsOnDelete)) {
    if (!inputs.archiveFile || existsSync(inputs.archiveFile)) continue;
    console.log(
      `warning: ${urn} is deleted, and ${inputs.archiveFile} is not here: its log says why`,
    );
  }
  refuse("The artifact of this job does not have these archives. Save them now", faults);
}

async function whyMissing(file, sha256) {
  if (!existsSync(file)) return "is not on this runner";
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  const found = hash.digest("hex");
  return found === sha256 ? whyLost(file) : `has the sha256 ${found}, and not ${sha256}`;
}

function refuse(what, faults) {
  if (faults.length === 0) return;
  console.error(
    `${what}:\n${faults
      .filter(Boolean)
      .map((fault) => `  ${fault}`)
      .join("\n")}`,
  );
  process.exit(1);
}

const commands = {
  "before-up": () => before(planned(), inState()),
  "before-destroy": () => before(inState().filter(runsOnDelete), inState()),
  after,
};
const command = commands[process.argv[2]];
if (command === undefined) refuse("Say which", Object.keys(commands));
await command();
