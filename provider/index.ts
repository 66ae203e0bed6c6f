export {
  SynapseRoomShutdown,
  type RoomSnapshot,
  type RunOn,
  type ShutdownOptions,
  type SynapseRoomShutdownArgs,
} from "./room-shutdown";
