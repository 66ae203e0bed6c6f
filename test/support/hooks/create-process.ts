/** A create hook in a process of its own: `tsx create-process.ts URL TOKEN ARGS`. Says "ready", and begins at a line. */
import { once } from "node:events";
import { create } from "../../../provider/hooks/create";
import { inputsOf, realOperation } from "./real-operation";

async function main([url = "", adminToken = "", args = ""]: string[]): Promise<void> {
  const operation = realOperation({ url, adminToken });
  await operation.connect().serverName(); // The connection is there before the race begins.
  console.log("ready");
  await once(process.stdin, "data");
  const { deleteId } = await create(
    operation,
    inputsOf(JSON.parse(args) as Record<string, unknown>),
  );
  console.log(deleteId);
  process.exit();
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
