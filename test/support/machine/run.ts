import { spawn, type SpawnOptions } from "node:child_process";
import { createInterface } from "node:readline";

/** How a program is run. `onLine`: called with each line that it prints. */
interface RunOptions extends Pick<SpawnOptions, "cwd" | "env" | "uid" | "gid"> {
  readonly onLine?: (line: string) => void;
}

/** Runs a program to its end and gives its output. A failure shows the end of it. */
export async function run(
  command: string,
  args: string[],
  { onLine, ...options }: RunOptions = {},
): Promise<string> {
  const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const collect = (chunk: Buffer) => (output += chunk.toString());
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", collect);
    if (onLine !== undefined) createInterface(stream).on("line", onLine);
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", (error) => {
      reject(new Error(`${command} can't be started: ${error.message}`));
    });
    child.once("close", resolve);
  });
  if (code !== 0) {
    throw new Error(
      `${command} ${args.join(" ")} ended with ${code ?? "a signal"}:\n${output.slice(-2000)}`,
    );
  }
  return output;
}
