import { scheduledTasksSchema } from "./schemas";
import type { UnendedStatus } from "./task-status";

/** Which shutdowns are asked for: all, those of one room, those of one status. */
export interface WantedTasks {
  readonly roomId?: string;
  readonly status?: UnendedStatus;
}

/** The only kind of task that the v2 delete call starts. */
const shutdownAction = "shutdown_and_purge_room";

/** `GET /_synapse/admin/v1/scheduled_tasks` */
export function scheduledTasksRequest({ roomId, status }: WantedTasks) {
  const endpoint = "/_synapse/admin/v1/scheduled_tasks";
  const query = new URLSearchParams({ action_name: shutdownAction });
  if (roomId !== undefined) query.set("resource_id", roomId);
  // The second is what the first versions call it.
  if (status !== undefined) for (const name of ["status", "job_status"]) query.set(name, status);
  return {
    method: "GET" as const,
    path: `${endpoint}?${query.toString()}`,
    endpoint,
    id: roomId,
    schema: scheduledTasksSchema,
  };
}
