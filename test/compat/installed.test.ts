import { TestHomeserver } from "../support/homeserver";
import { PackedPackage, commonJs } from "../support/installed-project";
import { findNode } from "../support/node";
import { startSynapse } from "../support/synapse-process";

const { TEST_PULUMI_VERSION: pulumi = "3.248.0", TEST_NODE_VERSION: node = "20" } = process.env;

describe("the package, installed", () => {
  let packed: PackedPackage;
  let homeserver: TestHomeserver;
  before(async () => {
    packed = PackedPackage.pack();
    homeserver = await TestHomeserver.of(await startSynapse());
  });
  after(async () => {
    await homeserver.stop();
    packed.remove();
  });

  it(`with @pulumi/pulumi ${pulumi} and Node ${node}: types, preview, up, destroy`, async () => {
    const binary = await findNode(node);
    const command = ["npm", "install", "--no-audit", "--no-fund"];
    const project = packed.install("project", command, { "@pulumi/pulumi": pulumi }, binary);
    await project.shutsDown(homeserver, commonJs);
  });
});
