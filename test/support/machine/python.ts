import { join } from "node:path";
import { slowly } from "./progress";
import { run } from "./run";

/** Makes a virtual environment with these packages of PyPI. The first one names it in what is said about it. */
export async function installFromPyPi(folder: string, packages: string[]): Promise<void> {
  await slowly(`installing ${packages[0] ?? ""} from PyPI`, async (report) => {
    await run("python3", ["-m", "venv", folder]);
    const pip = ["-m", "pip", "install", "--disable-pip-version-check", ...packages];
    const onLine = (line: string) => {
      const [step] =
        /^(Collecting \S+|Building wheels|Installing collected packages)/.exec(line) ?? [];
      if (step !== undefined) report(step);
    };
    await run(join(folder, "bin", "python"), pip, { onLine });
  });
}
