/** An `up` in a process of its own, to be killed: `tsx up-process.ts FOLDER DECLARED`. */
import { program, type Declared } from "./scenario";
import { TestStack } from "./stack";

async function main([folder = "", declared = ""]: string[]): Promise<void> {
  const { stack } = await TestStack.open(folder, {
    program: program(JSON.parse(declared) as Declared),
  });
  await stack.up();
}

void main(process.argv.slice(2));
