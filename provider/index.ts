export {
  SynapseRoomShutdown,
  type RoomExpectations,
  type RoomSnapshot,
  type RunOn,
  type ShutdownOptions,
  type SynapseRoomShutdownArgs,
} from "./program/room-shutdown";
export { SynapseProvider, type SynapseProviderArgs } from "./program/synapse-provider";
