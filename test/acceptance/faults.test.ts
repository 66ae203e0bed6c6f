import { faults, requests } from "../support/cases/fault-matrix";
import { testFaults } from "../support/cases/fault-test";

// The short form of test/chaos/faults.test.ts: every fault, at the request where it matters most.
const { "the delete call": deleteCall } = requests;
testFaults("a fault where it matters most", { "the delete call": deleteCall }, faults);
