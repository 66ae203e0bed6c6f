import assert from "node:assert/strict";
import { join } from "node:path";
import { SynapseRoomShutdown, type SynapseRoomShutdownArgs } from "pulumi-synapse";
import { Scenario, connectionTo, refused, succeeded } from "../support/engine/scenario";
import type { TestHomeserver } from "../support/synapse/homeserver";
import { sharedHomeserver } from "../support/synapse/shared";

/** What depends on a resource that is replaced is compared with unknown values, and deleted first where that says "replace". */
describe("a target that is not known until the apply", () => {
  let homeserver: TestHomeserver;
  let scenario: Scenario;
  before(async () => (homeserver = await sharedHomeserver()));
  beforeEach(async () => (scenario = await Scenario.create(connectionTo(homeserver), {})));
  afterEach(() => {
    scenario.remove();
  });

  /** `first` keeps its room, and its triggers change with each wave. `later` depends on it, and purges on delete. */
  const declare = (
    roomId: string,
    wave: number,
    dependent: (first: SynapseRoomShutdown) => Partial<SynapseRoomShutdownArgs>,
  ) => {
    scenario.run(async () => {
      const first = new SynapseRoomShutdown("first", { roomId, purge: false, triggers: [wave] });
      const args = { runOn: "delete", purge: true, ...dependent(first) } as SynapseRoomShutdownArgs;
      new SynapseRoomShutdown("later", args);
      return Promise.resolve();
    });
  };
  const rooms = async (): Promise<[string, string, string]> => {
    const { roomId: first } = await homeserver.createRoom();
    const { roomId: second } = await homeserver.createRoom();
    return [first, second, (await homeserver.createRoom()).roomId];
  };
  /** A room that no preview knows while the first resource is to be replaced. */
  const pointing =
    (roomId: string) =>
    ({ deleteId }: SynapseRoomShutdown) => ({ roomId: deleteId.apply(() => roomId) });
  const isThere = async (roomId: string) => (await homeserver.roomDetails(roomId)).status === 200;
  const tasksOf = async (roomId: string) => (await homeserver.shutdownTasks(roomId)).length;
  const line = (what: string) => new RegExp(`planned: decided at the apply, once ${what} is known`);

  for (const [what, says, dependent] of [
    // A preview takes what a replacement declares for what it will have.
    ["roomId", /2 unchanged/, ({ roomId }) => ({ roomId })],
    ["triggers", line("triggers"), ({ roomId, status }) => ({ roomId, triggers: [{ status }] })],
  ] as [string, RegExp, (first: SynapseRoomShutdown) => Partial<SynapseRoomShutdownArgs>][]) {
    it(`keeps the room where the replacement of another resource leaves it the same: ${what}`, async () => {
      const { roomId } = await homeserver.createRoom({ members: 2 });
      declare(roomId, 1, dependent);
      succeeded(await scenario.up());
      declare(roomId, 2, dependent);
      assert.match(succeeded(await scenario.preview()), says);
      const output = succeeded(await scenario.up());
      assert.match(output, /first replaced/);
      assert.doesNotMatch(output, /later/);
      assert.equal(await isThere(roomId), true);
      assert.equal(await tasksOf(roomId), 2);
      assert.equal(scenario.outputs("later")["status"], "not-run");
    });
  }

  it("keeps it with a plan, too, and refuses another room than the plan has", async () => {
    const [kept, room, other] = await rooms();
    declare(kept, 1, pointing(room));
    succeeded(await scenario.up());
    const plan = join(scenario.folder, "plan.json");
    declare(kept, 2, pointing(room));
    succeeded(await scenario.preview({ plan }));
    succeeded(await scenario.up({ plan }));
    assert.equal(await tasksOf(kept), 2);
    declare(kept, 3, pointing(other));
    succeeded(await scenario.preview({ plan }));
    assert.match(refused(await scenario.up({ plan })), /later violates plan/);
    for (const roomId of [kept, room, other]) assert.equal(await isThere(roomId), true);
    for (const roomId of [room, other]) assert.equal(await tasksOf(roomId), 0);
  });

  it("keeps it by its alias", async () => {
    const [room, other] = [await homeserver.createRoom(), await homeserver.createRoom()];
    const roomAlias = homeserver.newAlias();
    await homeserver.setAlias(room, roomAlias);
    const dependent = ({ deleteId }: SynapseRoomShutdown) => ({
      roomAlias: deleteId.apply(() => roomAlias),
    });
    declare(other.roomId, 1, dependent);
    succeeded(await scenario.up());
    declare(other.roomId, 2, dependent);
    assert.match(succeeded(await scenario.preview()), line("roomAlias"));
    assert.doesNotMatch(succeeded(await scenario.up()), /later/);
    assert.equal(await isThere(room.roomId), true);
    assert.equal(await tasksOf(room.roomId), 0);
    assert.equal(await tasksOf(other.roomId), 2);
  });

  it("replaces the resource at the apply where it is another room by then", async () => {
    const [kept, before, after] = await rooms();
    declare(kept, 1, pointing(before));
    succeeded(await scenario.up());
    declare(kept, 2, pointing(after));
    assert.match(succeeded(await scenario.preview()), line("roomId"));
    succeeded(await scenario.up());
    assert.equal(scenario.resource("later").id, after);
    // The resource was deleted for another room: its shutdown on delete has run.
    assert.deepEqual(await Promise.all([kept, before, after].map(isThere)), [true, false, true]);
  });
});
