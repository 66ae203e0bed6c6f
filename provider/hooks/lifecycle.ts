import type * as pulumi from "@pulumi/pulumi";
import { check } from "./check";
import { create } from "./create";
import { deleteRoom } from "./delete";
import { diff } from "./diff";
import { HostProcess } from "./host";
import type { RoomShutdownInputs } from "./inputs";
import { read } from "./read";
import { plain, type RoomShutdownState } from "./state";
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
  diff: (_id: pulumi.ID, olds: Declared, news: Declared) => Promise.resolve(diff(olds, news)),
  create: async (inputs: RoomShutdownInputs) => {
    const outs = plain(await create(host, inputs));
    return { id: outs.roomId, outs };
  },
  read: async (id: pulumi.ID, state: RoomShutdownState) => ({ id, props: plain(await read(host, state)) }),
  update: async (_id: pulumi.ID, olds: RoomShutdownState, news: RoomShutdownInputs) => ({
    outs: plain(await update(host, olds, news)),
  }),
  delete: async (_id: pulumi.ID, state: RoomShutdownState) => {
    await deleteRoom(host, state);
  },
} satisfies pulumi.dynamic.ResourceProvider;
