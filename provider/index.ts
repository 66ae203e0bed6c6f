export {
  SynapseRoomShutdown,
  type RoomExpectations,
  type RoomSnapshot,
  type RunOn,
  type ShutdownOptions,
  type SynapseRoomShutdownArgs,
} from "./room-shutdown";
export { SynapseProvider, type SynapseProviderArgs } from "./synapse-provider";
