import { allCuts, faults, requests } from "../support/cases/fault-matrix";
import { testFaults } from "../support/cases/fault-test";

testFaults("every fault at every request of a create", requests, faults);

const { "the delete call": deleteCall } = requests;
testFaults("every cut of the answer that matters most", { "the delete call": deleteCall }, allCuts);
