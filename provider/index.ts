export type {
  RoomArchive,
  RoomExpectations,
  RoomSnapshot,
  RunOn,
  ShutdownOptions,
  SynapseRoomShutdownArgs,
} from "./program/room-shutdown-args";
export { SynapseRoomShutdown } from "./program/room-shutdown";
export { SynapseProvider, type SynapseProviderArgs } from "./program/synapse-provider";
export {
  getRooms,
  getRoomsOutput,
  type GetRoomsOptions,
  type GetRoomsOutputArgs,
} from "./program/get-rooms";
export type { FoundRoom, GetRoomsArgs, RoomFilters } from "./program/room-filters";
