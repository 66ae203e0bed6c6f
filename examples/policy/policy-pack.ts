import { PolicyPack, validateResourceOfType } from "@pulumi/policy";
import { SynapseRoomShutdown } from "pulumi-synapse";

/** With more local members than this a room is large. */
const large = 100;

new PolicyPack("synapse-room-shutdowns", {
  enforcementLevel: "mandatory",
  policies: [
    {
      name: "says-which-room",
      description: "Every shutdown says what its room is expected to be like.",
      validateResource: validateResourceOfType(
        SynapseRoomShutdown,
        ({ expect = {} }, _, reportViolation) => {
          if ([expect.name, expect.canonicalAlias, expect.creator].some(isGiven)) return;
          reportViolation(
            "Declare the name, the canonicalAlias or the creator of the room in expect.",
          );
        },
      ),
    },
    {
      name: "large-rooms-are-acknowledged",
      description:
        `Every shutdown says how many local members the room has at most. For more than ${large}, the program acknowledges ` +
        "that this is meant: expect has the room's name or canonicalAlias, and its creator, too.",
      validateResource: validateResourceOfType(
        SynapseRoomShutdown,
        ({ expect = {} }, _, reportViolation) => {
          const { maxLocalMembers: most, name, canonicalAlias, creator } = expect;
          if (most === undefined) {
            reportViolation(
              `Declare expect.maxLocalMembers: ${large}, or more if this room is to go with more.`,
            );
          } else if (most > large && !([name, canonicalAlias].some(isGiven) && isGiven(creator))) {
            reportViolation(
              `expect.maxLocalMembers is more than ${large}. If this is meant, acknowledge it: declare in expect the room's ` +
                "name or canonicalAlias, and its creator.",
            );
          }
        },
      ),
    },
    {
      name: "no-force-purge",
      description: "Only rooms that are exempt are purged while somebody is in them.",
      configSchema: {
        properties: {
          exemptRooms: { type: "array", items: { type: "string" }, default: [] },
        },
      },
      validateResource: validateResourceOfType(
        SynapseRoomShutdown,
        ({ roomId, forcePurge, onDelete }, args, reportViolation) => {
          const { exemptRooms = [] } = args.getConfig<{ exemptRooms?: string[] }>();
          if (forcePurge !== true && onDelete?.forcePurge !== true) return;
          if (roomId !== undefined && exemptRooms.includes(roomId)) return;
          reportViolation(
            "forcePurge needs an exemption: exemptRooms of this policy has to name the room's id.",
          );
        },
      ),
    },
  ],
});

/** "" would be a room that has none: it says nothing about which room it is. */
function isGiven(text: string | undefined): boolean {
  return text !== undefined && text !== "";
}
