import type * as pulumi from "@pulumi/pulumi";
import { check } from "./check";
import { create } from "./create";
import { deleteRoom } from "./delete";
import { diff } from "../resource/changes";
import { HostProcess } from "./operation";
import { complete, withoutQuietDefaults, type RoomShutdownInputs } from "../resource/arguments";
import { plannedLine } from "../resource/plan";
import { read } from "./read";
import { plain, plainState, type RoomShutdownState } from "../resource/state";
import { update } from "./update";

type Declared = Record<string, unknown>;

const host = new HostProcess();

/** The hooks of `SynapseRoomShutdown`, in the order in which the engine calls them. */
export const roomShutdown = {
  configure: ({ config }: pulumi.dynamic.ConfigureRequest) => {
    host.configure(config);
    return Promise.resolve();
  },
  check: (olds: Declared, news: Declared) => check(host, olds, news),
  diff: (id: pulumi.ID, olds: Declared, news: Declared) => {
    const declared = complete(news);
    const result = diff(olds, declared);
    if (!result.changes) return Promise.resolve(result);
    const state = olds as unknown as RoomShutdownState;
    if (result.replaces.length > 0) host.operation.noteReplacement(state, result.replaces);
    host.log(id, plannedLine(state, declared as unknown as RoomShutdownInputs, result));
    return Promise.resolve(result);
  },
  create: async (inputs: RoomShutdownInputs) => {
    const outs = plainState(await create(host, complete(inputs)));
    return { id: outs.roomId, outs };
  },
  read: async (id: pulumi.ID, state: RoomShutdownState) => {
    const found = await read(host, state);
    return found === "gone"
      ? {}
      : { id, props: plainState(found.state), inputs: withoutQuietDefaults(plain(found.inputs)) };
  },
  update: async (_id: pulumi.ID, olds: RoomShutdownState, news: RoomShutdownInputs) => ({
    outs: plainState(await update(host, olds, complete(news))),
  }),
  delete: async (_id: pulumi.ID, state: RoomShutdownState) => {
    await deleteRoom(host, state);
  },
} satisfies pulumi.dynamic.ResourceProvider;
