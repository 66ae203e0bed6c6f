/** An `up` or another operation in a process of its own, to be killed: `tsx up-process.ts FOLDER DECLARED [OPERATION]`. */
import { program, type Declared } from "./scenario";
import { TestStack } from "./stack";

async function main([folder = "", declared = "", operation = "up"]: string[]): Promise<void> {
  const { stack } = await TestStack.open(folder, {
    program: program(JSON.parse(declared) as Declared),
  });
  const onOutput = (text: string) => void process.stdout.write(text);
  // What it fails with is what it has printed.
  const failed = () => (process.exitCode = 1);
  await (operation === "destroy" ? stack.destroy({ onOutput }) : stack.up({ onOutput })).catch(
    failed,
  );
}

void main(process.argv.slice(2));
