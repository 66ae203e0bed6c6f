import { packedWithHomeserver, commonJs } from "../support/package/installed-project";
import { findNode } from "../support/machine/node";

const { TEST_PULUMI_VERSION: pulumi = "3.248.0", TEST_NODE_VERSION: node = "20" } = process.env;

describe("the package, installed", () => {
  const shared = packedWithHomeserver();

  it(`with @pulumi/pulumi ${pulumi} and Node ${node}: types, preview, up, destroy`, async () => {
    const binary = await findNode(node);
    const command = ["npm", "install", "--no-audit", "--no-fund"];
    const project = shared.packed.install("project", command, { "@pulumi/pulumi": pulumi }, binary);
    await project.shutsDown(shared.homeserver, commonJs);
  });
});
