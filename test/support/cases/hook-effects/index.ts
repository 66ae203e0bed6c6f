import { checkEffects } from "./check";
import { createEffects } from "./create";
import { deleteEffects } from "./delete";
import type { HookEffect } from "./hook-effect";
import { readEffects } from "./read";
import { updateEffects } from "./update";

/** The table "What each hook does" of docs/lifecycle.md. Each line is run against the real engine and homeserver. */
export const hookEffects: readonly HookEffect[] = [
  ...checkEffects,
  ...createEffects,
  ...readEffects,
  ...updateEffects,
  ...deleteEffects,
];
